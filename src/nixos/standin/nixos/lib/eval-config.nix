# A NixOS configuration: the modules of the stand-in, then the caller's, evaluated together.
#
# The arguments are those of nixpkgs' file of this name, and so is the result: what `lib.evalModules` gives, with `pkgs` and
# `lib` beside it, and an `extendModules` whose result has them too.
{
  # Sets nixpkgs.system; null where a module says nixpkgs.hostPlatform.
  system ? builtins.currentSystem or null,
  # A package set to use as it is, in place of one made from the options `nixpkgs.*`.
  pkgs ? null,
  baseModules ? import ../modules/module-list.nix,
  # Arguments for modules that do not decide about `imports`; deprecated for `specialArgs` and `_module.args`.
  extraArgs ? { },
  # Arguments for modules that may.
  specialArgs ? { },
  modules,
  # Where the caller's modules stand, for messages.
  modulesLocation ? null,
  check ? true,
  prefix ? [ ],
  lib ? import ../../lib,
  extraModules ? [ ],
}:
let
  inherit (lib) mkDefault mkForce mkIf mkMerge;

  fromArguments = {
    _file = ./eval-config.nix;
    key = toString ./eval-config.nix;
    config = mkMerge [
      {
        _module.args = extraArgs // { inherit baseModules extraModules modules; utils = import ./utils.nix { inherit lib; }; };
        _module.check = check;
      }
      # With the least weight that still counts, so that a module may say another.
      (mkIf (system != null) { nixpkgs.system = mkDefault system; })
      (mkIf (pkgs != null) { _module.args.pkgs = mkForce pkgs; })
    ];
  };

  located = if modulesLocation == null then modules
    else map (lib.setDefaultModuleLocation modulesLocation) modules;

  complete = configuration: configuration // {
    inherit extraArgs lib;
    inherit (configuration._module.args) pkgs;
    extendModules = arguments: complete (configuration.extendModules arguments);
  };
in
complete (lib.evalModules {
  inherit prefix;
  class = "nixos";
  specialArgs = { modulesPath = toString ../modules; } // specialArgs;
  modules = baseModules ++ extraModules ++ [ fromArguments ] ++ located;
})
