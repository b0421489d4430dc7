# The manifest: what `fleet activate` reads on the machine. Its format is described in src/format/manifest.rs.
#
# A sealed file is copied to the store by itself, under a name that says which secret it is. So a machine's manifest changes
# with the secrets that the machine reads, and with nothing else in the repository.
{ lib, cfg, used }:
let
  plain = builtins.replaceStrings [ "@" ] [ "-" ];
  sealed = service: name: secret: builtins.path {
    path = secret.encrypted.file;
    name = plain "secret-${service}-${name}.age";
  };
  # A field is left out where it says what is so anyway.
  unless = default: name: value: if value == default then { } else { ${name} = value; };

  secret = service: name: it:
    let built = it.decrypted.builder != null;
    in
    {
      file = "${sealed service name it}";
      # What a builder reads is for the builder alone.
      owner = if it.decrypted.user == null || built then "root" else it.decrypted.user;
      mode = if built then "0400" else it.decrypted.mode;
    }
    // unless name "name" it.decrypted.name
    // unless null "group" (if built then null else it.decrypted.group)
    // unless [ ] "restart" (lib.optional built "${builder service}.service" ++ it.restart)
    // unless [ ] "reload" it.reload
    // unless [ ] "before" (it.before ++ lib.optional (built && service == "system") "${builder service}.service")
    // unless false "needed_for_users" it.neededForUsers;

  # The unit that runs a service's builders.
  builder = service: "${if service == "system" then cfg.system.secretsServiceName else used.${service}.secretsServiceName}-build";

  sealedOnly = lib.filterAttrs (_: it: it.encrypted.file != null);
  service = name: it: {
    unit = "${it.systemdService}.service";
    keys_unit = "${it.secretsServiceName}.service";
    directory = it.secretsDirName;
    secrets = lib.mapAttrs (secret name) (sealedOnly it.secrets);
  } // unless false "dynamic_user" it.dynamicUser;

  system = lib.optionalAttrs (cfg.system.secrets != { }) {
    system = {
      keys_unit = "${cfg.system.secretsServiceName}.service";
      directory = cfg.system.secretsDir.name;
      secrets = lib.mapAttrs (secret "system") (sealedOnly cfg.system.secrets);
    };
  };
in
{
  text = builtins.toJSON {
    version = 1;
    identity = cfg.hostIdentityFile;
    services = lib.mapAttrs service used // system;
  };
}
