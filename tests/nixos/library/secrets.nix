# A machine with every kind of secret: what `fleet activate` reads of it, and the units around that.
{ lib ? null, top ? ../../.., more ? { } }:
let
  standin = import ./standin.nix { inherit lib top; };
  fleet = import (top + "/src/nixos");
  builders = fleet.lib.builders { self = { }; inputs.nixpkgs_stable = standin; root = ./bare; };
  module = { config, lib, ... }: {
    users.users.web = { isSystemUser = true; group = "web"; };
    users.groups.web = { };
    systemd.services = lib.genAttrs [ "web" "exporter" "worker" "backup" "log" "getty@tty1" ] (name: {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = { ExecStart = "/bin/true"; }
        // lib.optionalAttrs (name == "web") { User = "web"; }
        // lib.optionalAttrs (name == "exporter") { DynamicUser = true; };
    });
    secrix = {
      hostIdentityFile = "/etc/keys of host/ssh_host_ed25519_key";
      services.web.secrets.token.encrypted.file = ./seed/secrets/session-key.age;
      services.web.secrets.named = {
        encrypted.file = ./seed/secrets/session-key.age;
        decrypted = { name = "other-name"; mode = "0440"; user = "root"; group = "web"; };
        restart = [ ];
        reload = [ "web.service" ];
      };
      services.exporter = { dynamicUser = true; secrets.token.encrypted.file = ./seed/secrets/session-key.age; };
      services.jobs = {
        systemdService = "worker";
        secretsServiceName = "jobs-secrets";
        secretsDirName = "jobs";
        secrets.token.encrypted.file = ./seed/secrets/session-key.age;
      };
      services."getty@tty1".secrets.banner.encrypted.file = ./seed/secrets/session-key.age;
      system.secrets = {
        root-password = { encrypted.file = ./seed/secrets/session-key.age; neededForUsers = true; };
        backup = { encrypted.file = ./seed/secrets/session-key.age; before = [ "backup.service" ]; restart = [ "log.service" ]; };
      };
    };
  };
  inherit (builders.mkMachine "bare" "secrets" { extraModules = [ module more ]; }) config;
in
{
  inherit (config.secrix) manifest;
  units = builtins.mapAttrs (_: unit: unit.text) config.systemd.units;
  paths = builtins.mapAttrs (_: service: builtins.mapAttrs (_: secret: secret.decrypted.path) service.secrets) config.secrix.services
    // { system = builtins.mapAttrs (_: secret: secret.decrypted.path) config.secrix.system.secrets; };
  activation = config.system.activationScripts.fleetUsers.text;
  package = config.secrix.package.outPath;
  wanted = builtins.mapAttrs (_: service: service.wantedBy) config.systemd.services;
  failed = map (it: it.message) (builtins.filter (it: !it.assertion) config.assertions);
  inherit (config) warnings;
}
