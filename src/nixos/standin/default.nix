# A small nixpkgs of fleet's own, so that tests, the reference fleet and `fleet demo` evaluate and build with no network.
#
# It is called as nixpkgs is (`import nixpkgs { system = …; config.allowUnfree = true; overlays = [ … ]; }`), has nixpkgs' names
# for what it holds, and lacks the rest: what is missing is an error that names it, never another meaning. Its packages are
# stand-ins, which say their name and do nothing; all of them build with /bin/sh alone.
{
  # The platform packages are built on.
  localSystem ? { system = args.system or builtins.currentSystem; },
  # An older way to say it.
  system ? localSystem.system or localSystem,
  # The platform packages run on.
  crossSystem ? null,
  config ? { },
  overlays ? [ ],
  # As overlays, for the packages of another platform alone.
  crossOverlays ? [ ],
}@args:
let
  lib = import ./lib;
  local = if args ? localSystem then localSystem else system;
in
import ./pkgs {
  inherit lib config overlays crossOverlays;
  buildPlatform = lib.systems.elaborate local;
  hostPlatform = lib.systems.elaborate (if crossSystem == null then local else crossSystem);
}
