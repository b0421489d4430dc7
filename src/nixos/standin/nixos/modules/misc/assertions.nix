# What must hold for a configuration to make sense, and what its owner should know. The toplevel (system/toplevel.nix) looks.
{ lib, ... }:
let inherit (lib) mkOption types; in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.unspecified;
      internal = true;
      default = [ ];
      example = [ { assertion = false; message = "you can't enable this for that reason"; } ];
      description = "Conditions that must hold for the configuration to be built, each with its message.";
    };
    warnings = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      description = "Messages shown when the configuration is evaluated.";
    };
    # Whom to ask about a module; nixpkgs' modules say it, so it is accepted.
    meta = mkOption { type = types.attrsOf types.unspecified; internal = true; default = { }; description = "About a module."; };
    documentation = {
      enable = mkOption { type = types.bool; default = true; description = "Accepted; the stand-in has no documentation."; };
    } // lib.genAttrs [ "man" "info" "doc" "dev" "nixos" ] (name: {
      enable = mkOption {
        type = types.bool;
        default = name != "dev";
        description = "Accepted; the stand-in has no documentation.";
      };
    });
  };
}
