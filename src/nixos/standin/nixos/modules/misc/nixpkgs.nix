# Where a machine's packages come from: `pkgs` is made from the options `nixpkgs.*`, unless one is handed over whole.
{ config, options, lib, pkgs, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.nixpkgs;

  platform = lib.mkOptionType {
    name = "platform";
    description = "platform, as `aarch64-linux` or elaborated";
    check = value: builtins.isString value || builtins.isAttrs value;
    merge = lib.mergeEqualOption;
  };
  overlay = lib.mkOptionType {
    name = "nixpkgs-overlay";
    description = "nixpkgs overlay";
    check = lib.isFunction;
    merge = lib.mergeOneOption;
  };
  packageSet = lib.mkOptionType {
    name = "pkgs";
    description = "package set";
    check = value: builtins.isAttrs value && value ? stdenv;
    merge = lib.mergeOneOption;
  };

  # Configurations are merged as sets; a predicate or a list of one module meets that of another by its kind.
  merged = lib.foldl' (left: right: left // right // lib.mapAttrs (name: value:
    if builtins.isList value then left.${name} ++ value
    else if lib.isFunction value && name == "packageOverrides" then set: left.${name} set // value set
    else if lib.isFunction value then package: left.${name} package || value package
    else value) (builtins.intersectAttrs left right)) { };
  configuration = lib.mkOptionType {
    name = "nixpkgs-config";
    description = "nixpkgs config";
    check = value: builtins.isAttrs value || lib.isFunction value;
    merge = location: definitions:
      merged (map (definition: if lib.isFunction definition.value
        then definition.value { inherit pkgs; }
        else definition.value) definitions);
  };

  usesHostPlatform = options.nixpkgs.hostPlatform.isDefined;
  elaborated = lib.mapNullable lib.systems.elaborate;
  arguments = {
    inherit (cfg) config overlays;
  } // (if usesHostPlatform then {
    localSystem = cfg.buildPlatform;
    crossSystem = if cfg.buildPlatform.system == cfg.hostPlatform.system then null else cfg.hostPlatform;
  } else {
    localSystem = if cfg.localSystem == null then { inherit (cfg) system; } else cfg.localSystem;
    crossSystem = cfg.crossSystem;
  });
in
{
  options.nixpkgs = {
    pkgs = mkOption { type = packageSet; description = "A package set to use; overlays of `nixpkgs.overlays` are put on top."; };
    config = mkOption { type = configuration; default = { }; description = "What the package set allows."; };
    overlays = mkOption { type = types.listOf overlay; default = [ ]; description = "Layers over the package set."; };
    hostPlatform = mkOption {
      type = platform;
      apply = lib.systems.elaborate;
      description = "The platform the machine runs on.";
    };
    buildPlatform = mkOption {
      type = platform;
      default = cfg.hostPlatform;
      apply = lib.systems.elaborate;
      description = "The platform its packages are built on.";
    };
    localSystem = mkOption {
      type = types.nullOr platform;
      default = null;
      apply = elaborated;
      description = "An older name of `buildPlatform`.";
    };
    crossSystem = mkOption {
      type = types.nullOr platform;
      default = null;
      apply = elaborated;
      description = "An older name of `hostPlatform`.";
    };
    system = mkOption {
      type = types.str;
      default = builtins.currentSystem or (throw
        "nixpkgs.hostPlatform is not set, nor nixpkgs.system, and pure evaluation has no builtins.currentSystem");
      description = "An older way to say the platform.";
    };
    flake.source = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      description = "Accepted; the stand-in registers no flake.";
    };
  };

  config = {
    _module.args.pkgs = lib.mkDefault (
      if options.nixpkgs.pkgs.isDefined then cfg.pkgs.appendOverlays cfg.overlays
      else import ../../.. arguments);

    assertions = [
      {
        assertion = !options.nixpkgs.pkgs.isDefined || cfg.config == { };
        message = ''
          `nixpkgs.pkgs` is a package set that was made elsewhere, so `nixpkgs.config` comes too late:
          ${lib.generators.toPretty { multiline = true; } cfg.config}
        '';
      }
    ];
  };
}
