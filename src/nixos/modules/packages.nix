# A machine's package set: its channel's, which the whole fleet shares.
#
# Overlays of a machine's modules are laid over the shared set, for that machine alone. A machine whose modules configure
# nixpkgs in another way (`nixpkgs.config`, cross compiling, another platform) gets an instance of its own, as NixOS makes
# it: a shared one would ignore what they say.
{ packages, overlays, sharePkgs, system, config }:
args@{ lib, options, ... }:
let
  nixpkgs = args.config.nixpkgs;
  # Options that a newer or an older nixpkgs does not have are not set.
  isSet = name: options.nixpkgs ? ${name} && (options.nixpkgs.${name}.highestPrio or 1500) < 1500;
  other = isSet "buildPlatform" || isSet "crossSystem" || isSet "localSystem"
    || isSet "hostPlatform" && (nixpkgs.hostPlatform.system or nixpkgs.hostPlatform) != system;
  share = sharePkgs && nixpkgs.config == { } && !other;
in
{
  _file = "fleet's builders, the package set";
  config = if !sharePkgs then {
    nixpkgs = { inherit config overlays; };
  } else {
    nixpkgs.pkgs = lib.mkIf share (lib.mkDefault packages);
    # The shared set has them already.
    nixpkgs.overlays = lib.mkIf (!share) overlays;
    warnings = lib.mkIf (!share && !(nixpkgs.config.allowUnfree or false) && config.allowUnfree or false) [
      ("this machine's modules configure nixpkgs, so it has a package set of its own, without its channel's allow_unfree: "
        + "set nixpkgs.config.allowUnfree there too, or give the machine `sharePkgs = false`")
    ];
  };
}
