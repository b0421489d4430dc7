# The toplevel: one folder that is the whole system. It is made of links to what the other modules build, and only here
# assertions and warnings are looked at, so that options of a broken configuration can still be asked for.
{ config, lib, pkgs, extendModules, ... }:
let
  inherit (lib) mkOption types;
  build = config.system.build;

  failed = map (assertion: assertion.message) (lib.filter (assertion: !assertion.assertion) config.assertions);
  looked = value:
    if failed != [ ] then throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else builtins.seq config.system.extraSystemBuilderCmds (lib.foldr lib.warn value config.warnings);

  kernel = config.boot.kernelPackages.kernel;
  kernelFile = pkgs.stdenv.hostPlatform.linux-kernel.target or "bzImage";

  # A folder cannot be a link's name and hold others, so what is below `bin` is named file by file.
  entries = {
    "activate".link = build.activate;
    "dry-activate".link = build.dryActivate;
    "etc".link = "${build.etc}/etc";
    "sw".link = config.system.path;
    "systemd".link = config.systemd.package;
    "bin/switch-to-configuration".link = build.switchToConfiguration;
    "nixos-version" = config.system.nixos.label;
    "system" = pkgs.stdenv.hostPlatform.system;
    "init-interface-version" = config.system.boot.loader.initInterfaceVersion;
    "init" = {
      executable = true;
      text = ''
        #!/bin/sh
        # The second stage of a boot: activate, then become systemd.
        systemConfig=''${0%/*}
        echo "booting system configuration $systemConfig"
        "$systemConfig/activate"
        exec ${config.systemd.package}/lib/systemd/systemd "$@"
      '';
    };
    "extra-dependencies" = lib.concatMapStrings (path: "${path}\n") config.system.extraDependencies;
    "boot.json" = builtins.toJSON {
      "org.nixos.bootspec.v1" = {
        inherit (pkgs.stdenv.hostPlatform) system;
        label = "${config.system.nixos.distroName} ${config.system.nixos.label} (Linux ${kernel.version})";
        kernel = "${kernel}/${kernelFile}";
        kernelParams = config.boot.kernelParams;
        initrd = "${build.initialRamdisk}/initrd";
      };
      "org.nixos.specialisation.v1" = { };
    } + "\n";
  }
  // lib.optionalAttrs config.boot.kernel.enable {
    "kernel".link = "${kernel}/${kernelFile}";
    "kernel-modules".link = "${kernel}";
    "kernel-params" = toString config.boot.kernelParams;
    "firmware".link = "${config.hardware.firmwareTree}/lib/firmware";
    "initrd".link = "${build.initialRamdisk}/initrd";
  }
  // lib.optionalAttrs (config.system.configurationRevision != null) {
    "configuration-revision" = config.system.configurationRevision;
  }
  // lib.mapAttrs' (name: child: lib.nameValuePair "specialisation/${name}" {
    link = child.configuration.system.build.toplevel;
  }) config.specialisation;

  # Systems that differ in some options, chosen at boot or by switch-to-configuration in specialisation/.
  specialised = types.submodule (local: {
    options = {
      inheritParentConfig = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted as true: a specialisation extends its parent.";
      };
      configuration = mkOption {
        default = { };
        type = (extendModules { modules = [ { specialisation = lib.mkOverride 0 { }; } ]; }).type;
        visible = "shallow";
        description = "What differs.";
      };
    };
  });
in
{
  options = {
    specialisation = mkOption { type = types.attrsOf specialised; default = { }; description = "Variants of this system."; };
    system = {
      build = mkOption {
        type = types.submoduleWith { modules = [ { freeformType = types.lazyAttrsOf (types.uniq types.unspecified); } ]; };
        default = { };
        description = "What is built from this configuration, by name.";
      };
      extraDependencies = mkOption {
        type = types.listOf types.pathInStore or types.package;
        default = [ ];
        description = "What the system keeps from garbage collection.";
      };
      extraSystemBuilderCmds = mkOption {
        type = types.lines;
        default = "";
        apply = text: if text == ""
          then text
          else throw "the stand-in has no `system.extraSystemBuilderCmds`: its toplevel is made without a shell";
        internal = true;
        description = "Refused.";
      };
      checks = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "Packages whose build is a check of the system.";
      };
      forbiddenDependenciesRegexes = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Accepted; the stand-in looks into no closure.";
      };
      boot.loader.initInterfaceVersion = mkOption {
        type = types.str;
        internal = true;
        default = "4";
        description = "How a loader talks to `init`.";
      };
    };
  };

  config.system = {
    extraDependencies = config.system.checks;
    build.toplevel = looked (pkgs.writeTree "nixos-system-${config.system.name}-${config.system.nixos.label}" entries);
    build.nixos-version = config.system.nixos.label;
  };
}
