# The inventory on one machine: what fleet.json says of it becomes NixOS's options, each with the priority of a default, so
# that a module of the fleet may say it otherwise.
#
# Secrets are the exception: who reads one is said by the inventory alone. A module may refine a secret's options; one that
# the inventory does not list is found by `fleet check --eval`.
{ config, lib, ... }:
let
  inherit (lib) mkDefault mkOption types;
  cfg = config.fleet;
  inventory = cfg.inventory;
  known = inventory != null && inventory.machines ? ${cfg.name};
  machine = inventory.machines.${cfg.name};

  # A member without a key pair yet is nobody's peer; its private key comes with `fleet wg keygen`.
  pending = secret: lib.hasPrefix "wireguard-" secret.service && !secret.sealed
    && (inventory.meshes.${lib.removePrefix "wireguard-" secret.service}.members.${cfg.name}.publicKey or null) == null;
  wanted = lib.filter (secret: !pending secret) (inventory.secretsOf.${cfg.name} or [ ]);
  declare = secret: {
    encrypted.file = mkDefault (if secret.sealed then cfg.root + "/${secret.file}" else null);
    decrypted.user = mkDefault secret.owner;
    decrypted.group = mkDefault secret.group;
    decrypted.mode = mkDefault secret.mode;
    reload = mkDefault secret.reload;
    restart = mkDefault secret.restart;
  } // lib.optionalAttrs secret.neededForUsers { neededForUsers = mkDefault true; };
  ofService = service: lib.listToAttrs
    (map (secret: lib.nameValuePair secret.name (declare secret)) (lib.filter (secret: secret.service == service) wanted));
  services = lib.unique (map (secret: secret.service) (lib.filter (secret: secret.service != "system") wanted));

in
{
  imports = [ ./secrix.nix ];

  options.fleet = {
    name = mkOption {
      type = types.str;
      default = config.networking.hostName;
      defaultText = "its host name";
      description = "The machine's name in the inventory.";
    };
    root = mkOption {
      type = types.unspecified;
      internal = true;
      description = "The fleet's folder.";
    };
    inventory = mkOption {
      type = types.unspecified;
      default = null;
      internal = true;
      description = "fleet.json, or null where there is none.";
    };
  };

  config = lib.mkIf known {
    networking.domain = lib.mkIf (inventory.domain != null) (mkDefault inventory.domain);
    services.openssh.ports = mkDefault [ machine.ssh.port ];
    secrix.services = lib.genAttrs services (service: { secrets = ofService service; });
    secrix.system.secrets = ofService "system";
  };
}
