# What a system is called: its release, the label in its name, and the release whose data formats it keeps (`stateVersion`).
{ config, options, lib, ... }:
let
  inherit (lib) mkDefault mkOption types;
  cfg = config.system.nixos;
  release = "25.11";
in
{
  options.system = {
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      description = "The system's name in its derivation.";
    };
    stateVersion = mkOption {
      type = types.strMatching "[0-9]{2}\\.[0-9]{2}";
      default = cfg.release;
      description = "The first release that was installed on the machine; it is not changed by an upgrade.";
    };
    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The commit the configuration was built from.";
    };
    nixos = {
      release = mkOption { type = types.str; readOnly = true; default = release; description = "The release."; };
      versionSuffix = mkOption {
        type = types.str;
        internal = true;
        default = "pre-standin";
        description = "What follows the release in the version.";
      };
      version = mkOption {
        type = types.str;
        internal = true;
        default = cfg.release + cfg.versionSuffix;
        description = "The version.";
      };
      revision = mkOption {
        type = types.nullOr types.str;
        internal = true;
        default = null;
        description = "The commit of the package set.";
      };
      codeName = mkOption { type = types.str; readOnly = true; default = "Stand-in"; description = "The release's name."; };
      distroId = mkOption { type = types.str; internal = true; default = "nixos"; description = "The system's identifier."; };
      distroName = mkOption {
        type = types.str;
        internal = true;
        default = "NixOS";
        description = "The system's name for people.";
      };
      tags = mkOption { type = types.listOf types.str; default = [ ]; description = "Words for the label."; };
      label = mkOption {
        type = types.strMatching "[a-zA-Z0-9:_.-]*";
        default = lib.concatStringsSep "-" (lib.sort (a: b: a < b) cfg.tags ++ [ cfg.version ]);
        description = "What the boot menu calls this system.";
      };
      variant_id = mkOption {
        type = types.nullOr (types.strMatching "^[a-z0-9._-]+$");
        default = null;
        description = "A word for this kind of system.";
      };
    };
  };

  config = {
    warnings = lib.optional (!options.system.stateVersion.isDefined || options.system.stateVersion.highestPrio >= 1500)
      "system.stateVersion is not set, so it is ${config.system.stateVersion}: the release a machine was installed with decides its data's formats";

    environment.etc."os-release".text = lib.concatStrings (lib.mapAttrsToList (key: value: "${key}=${builtins.toJSON value}\n") {
      BUILD_ID = cfg.version;
      ID = cfg.distroId;
      NAME = cfg.distroName;
      PRETTY_NAME = "${cfg.distroName} ${cfg.release} (${cfg.codeName})";
      VARIANT_ID = if cfg.variant_id == null then "" else cfg.variant_id;
      VERSION = "${cfg.release} (${cfg.codeName})";
      VERSION_CODENAME = lib.toLower cfg.codeName;
      VERSION_ID = cfg.release;
    });
  };
}
