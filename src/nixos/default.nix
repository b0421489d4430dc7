# fleet for Nix: the library and the NixOS modules that a fleet's flake uses. Nothing here needs inputs of its own: the
# package sets are the caller's channels.
{
  lib = import ./lib;
  nixosModules = import ./modules;
  # A function for `callPackage`: the program that a machine of the fleet runs.
  package = ./package.nix;
}
