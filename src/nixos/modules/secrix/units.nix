# The units around `fleet activate`: who opens what, when, and who waits. They say what `fleet activate --units` writes on a
# machine that is not NixOS, and src/activate/units.rs has the reasons.
#
# **No unit here names a sealed file, the manifest or a build of fleet**: all of them start /etc/fleet/fleet, a link that the
# configuration keeps. So neither a rekey, nor a new value, nor an upgrade of fleet is a reason for NixOS to restart a unit.
# Nor is a change of a unit that opens secrets (its environment has the machine's coreutils in it): restarting it
# would stop the service that needs it.
#
# A switch to a new generation runs `fleet-renew`, as it does every oneshot unit of multi-user.target that has ended. It
# opens what changed and tells the units that asked; when it fails, the switch says so.
{ config, lib, pkgs, cfg, used, text }:
let
  program = "/etc/fleet/fleet";
  keyMakers = [ "sshd-keygen.service" "sshd-keygen.target" ];
  word = builtins.replaceStrings [ "\\" "\"" "%" ] [ "\\\\" "\\\"" "%%" ];
  mounts = ''/etc/fleet "${word (dirOf cfg.hostIdentityFile)}" /run/fleet/secrets'';
  oneshot = { Type = "oneshot"; RemainAfterExit = true; };
  quiet = { restartIfChanged = false; };
  service = name: "${name}.service";

  systemSecrets = lib.attrValues cfg.system.secrets;
  forUsers = lib.any (secret: secret.neededForUsers) systemSecrets;
  # Where a unit makes the accounts, a unit opens their passwords; elsewhere NixOS's activation script makes them.
  accountsByUnit = config.systemd.sysusers.enable or false || config.services.userborn.enable or false;

  # A service's secrets.
  keys = name: it: {
    ${it.secretsServiceName} = quiet // {
      description = "Secrets of ${it.systemdService}.service";
      wants = [ "sshd-keygen.service" ];
      after = keyMakers;
      before = [ (service it.systemdService) ];
      unitConfig = { StopWhenUnneeded = true; RequiresMountsFor = mounts; };
      serviceConfig = oneshot // {
        ExecStart = "${program} activate --service ${name}";
        ExecReload = "${program} activate --service ${name}";
        ExecStopPost = "${program} activate --remove --service ${name}";
      };
    };
    ${it.systemdService} = {
      requires = [ (service it.secretsServiceName) ];
      after = [ (service it.secretsServiceName) ];
      serviceConfig = lib.optionalAttrs it.dynamicUser {
        LoadCredential = lib.mapAttrsToList
          (_: secret: "${secret.decrypted.name}:/run/${it.secretsDirName}/${secret.decrypted.name}")
          it.secrets;
      } // lib.optionalAttrs (it.additionalRuntimeDirNames != [ ]) {
        RuntimeDirectory = (if it.forceRuntimeDirs then lib.mkForce else (x: x)) it.additionalRuntimeDirNames;
      };
    };
  };

  # The machine's own: units that are told of a change start after it; those in `before` insist.
  waiting = lib.concatMap
    (secret: map (unit: { inherit unit secret; }) (lib.unique (secret.before ++ secret.restart ++ secret.reload)))
    systemSecrets;
  waits = { unit, secret }: {
    ${lib.removeSuffix ".service" unit} = {
      wants = [ (service cfg.system.secretsServiceName) ];
      after = [ (service cfg.system.secretsServiceName) ];
      unitConfig = lib.optionalAttrs (lib.elem unit secret.before) {
        AssertPathExists = [ "/run/${cfg.system.secretsDir.name}/${secret.decrypted.name}" ];
      };
    };
  };
  system = {
    ${cfg.system.secretsServiceName} = quiet // {
      description = "Secrets of this machine";
      wantedBy = [ "multi-user.target" ];
      wants = [ "sshd-keygen.service" ];
      after = keyMakers ++ [ "systemd-sysusers.service" "userborn.service" ]
        ++ lib.optional forUsers "fleet-secrets-users.service";
      before = lib.unique (map (it: it.unit) waiting) ++ map (it: service it.name) (lib.filter (it: it.service == "system") builders);
      unitConfig.RequiresMountsFor = mounts;
      serviceConfig = oneshot // {
        ExecStart = "${program} activate --system";
        ExecReload = "${program} activate";
      };
    };
  };
  users.fleet-secrets-users = quiet // {
    description = "Secrets that user accounts are made with";
    wantedBy = [ "sysinit.target" ];
    after = [ "systemd-remount-fs.service" ];
    before = [ "systemd-sysusers.service" "userborn.service" "sysinit.target" "shutdown.target" ];
    conflicts = [ "shutdown.target" ];
    unitConfig = { DefaultDependencies = false; RequiresMountsFor = mounts; };
    serviceConfig = oneshot // { ExecStart = "${program} activate --users"; };
  };

  renew.fleet-renew = {
    description = "Secrets that a new generation changed";
    wantedBy = [ "multi-user.target" ];
    after = [ (service cfg.system.secretsServiceName) ];
    unitConfig.RequiresMountsFor = mounts;
    serviceConfig = { Type = "oneshot"; ExecStart = "${program} activate"; };
  };

  # Builders run in a unit of their own, between the secrets and who reads them; a change of the secret restarts it, and
  # whoever requires it with it.
  building = it: lib.filterAttrs (_: secret: secret.decrypted.builder != null) it.secrets;
  builders = lib.filter (it: it.secrets != { })
    (lib.mapAttrsToList
      (name: it: {
        service = name;
        name = "${it.secretsServiceName}-build";
        keys = it.secretsServiceName;
        directory = it.secretsDirName;
        readers = [ it.systemdService ];
        secrets = building it;
      })
      used
    ++ [{
      service = "system";
      name = "${cfg.system.secretsServiceName}-build";
      keys = cfg.system.secretsServiceName;
      directory = cfg.system.secretsDir.name;
      readers = [ ];
      secrets = building cfg.system;
    }]);
  script = it: secret:
    let
      target = "/run/${it.directory}-built/${secret.decrypted.name}";
      builder = secret.decrypted.builder;
      user = if secret.decrypted.user == null then "0" else secret.decrypted.user;
      group = if secret.decrypted.group == null then "" else secret.decrypted.group;
    in
    ''
      inFile=/run/${it.directory}/${secret.decrypted.name}
      (
      ${if builtins.isString builder then builder else builder target}
      )
      if [ -e ${target} ]; then
        ${pkgs.coreutils}/bin/chown ${user}:${group} ${target}
        ${pkgs.coreutils}/bin/chmod ${secret.decrypted.mode} ${target}
      fi
    '';
  build = it: {
    ${it.name} = quiet // {
      description = "What is made of the secrets of ${it.service}";
      requires = [ (service it.keys) ];
      after = [ (service it.keys) ];
      before = map service it.readers;
      wantedBy = lib.optional (it.readers == [ ]) "multi-user.target";
      unitConfig = lib.optionalAttrs (it.readers != [ ]) { StopWhenUnneeded = true; };
      serviceConfig = oneshot // {
        RuntimeDirectory = "${it.directory}-built";
        RuntimeDirectoryMode = "0711";
        UMask = "0077";
      };
      script = "set -e\n" + lib.concatMapStrings (script it) (lib.attrValues it.secrets);
    };
  } // lib.listToAttrs (map
    (reader: lib.nameValuePair reader { requires = [ (service it.name) ]; after = [ (service it.name) ]; })
    it.readers);

  file = pkgs.writeText "fleet-secrets.json" text;
in
{
  secrix.manifest = text;
  environment.etc."fleet/secrets.json".source = file;
  environment.etc."fleet/fleet".source = "${cfg.package}/bin/fleet";

  systemd.services = lib.mkMerge (lib.mapAttrsToList keys used
    ++ lib.optional (systemSecrets != [ ]) system
    ++ map waits (lib.filter (it: lib.hasSuffix ".service" it.unit) waiting)
    ++ lib.optional (forUsers && accountsByUnit) users
    ++ map build builders
    ++ [ renew ]);

  # /etc is still the old generation's when accounts are made, so this names the new manifest and program itself.
  system.activationScripts = lib.mkIf (forUsers && !accountsByUnit) {
    fleetUsers.deps = [ "specialfs" ];
    fleetUsers.text = ''
      if [ -e ${lib.escapeShellArg cfg.hostIdentityFile} ]; then
        ${cfg.package}/bin/fleet activate --users --manifest ${file}
      else
        echo "no host key yet: secrets that accounts are made with are opened once there is one"
      fi
    '';
    users.deps = [ "fleetUsers" ];
  };
}
