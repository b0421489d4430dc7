# `secrix.*`: secrets of this machine and of its services, opened on the machine by `fleet activate`.
#
# The names and meanings are those of the module secrix, so a fleet that has it changes one flake input. What is different is
# below: fleet opens every secret from one manifest, /etc/fleet/secrets.json, into memory, and tells a unit when its plaintext
# has changed. `secrix/options.nix` is what can be said, `secrix/manifest.nix` what the machine reads, `secrix/units.nix` the
# systemd units around it.
{ config, lib, pkgs, ... }:
let
  cfg = config.secrix;
  used = lib.filterAttrs (_: service: service.secrets != { }) cfg.services;
  manifest = import ./secrix/manifest.nix { inherit lib cfg used; };
  units = import ./secrix/units.nix { inherit config lib pkgs cfg used; inherit (manifest) text; };
  all = lib.concatLists (lib.mapAttrsToList
    (service: it: lib.mapAttrsToList (name: secret: { inherit service name secret; inherit (it) dynamicUser; }) it.secrets)
    (used // { system = cfg.system // { dynamicUser = false; }; }));
  unsealed = lib.filter (it: it.secret.encrypted.file == null) all;
  serviceConfig = unit: (config.systemd.services.${unit} or { serviceConfig = { }; }).serviceConfig;
  lines = separator: f: list: lib.concatStringsSep separator (map f list);
in
{
  options.secrix = import ./secrix/options.nix { inherit config lib pkgs; };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = unsealed == [ ];
          message = "secrets without a sealed file: ${lines ", " (it: "${it.service}/${it.name}") unsealed}. "
            + "`fleet secret set SERVICE/NAME` seals one; without an inventory set its `encrypted.file`.";
        }
        {
          assertion = !(cfg.services ? system);
          message = "`secrix.services.system` is no service: secrets of the machine itself are `secrix.system.secrets`.";
        }
      ]
      ++ lib.mapAttrsToList
        (name: service: {
          # A file of such a user would belong to nobody; systemd hands it over as a credential instead.
          assertion = lib.elem ((serviceConfig service.systemdService).DynamicUser or false) [ true "true" "yes" ]
            -> service.dynamicUser;
          message = "${service.systemdService}.service has a dynamic user: set `secrix.services.${name}.dynamicUser = true`.";
        })
        used;
      warnings = lib.concatLists (lib.mapAttrsToList
        (name: service: lib.optional
          (!(config.systemd.services ? ${service.systemdService})
            || (serviceConfig service.systemdService).ExecStart or null == null
              && config.systemd.services.${service.systemdService}.script or "" == "")
          ("`secrix.services.${name}` has secrets, and ${service.systemdService}.service starts nothing that NixOS knows of: "
            + "name the unit that reads them with `secrix.services.${name}.systemdService`."))
        used)
      ++ lib.optional (cfg.system.secretsDir.permissions != "111" || cfg.system.secretsDir.user != "0" || cfg.system.secretsDir.group != "0")
        "`secrix.system.secretsDir` has effect in its `name` alone: who may look into the folder follows from whose secrets are in it.";
    }
    (lib.mkIf (all != [ ]) units)
  ];
}
