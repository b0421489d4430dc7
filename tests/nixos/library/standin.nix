# The stand-in for nixpkgs as a flake's input, for tests that are no flake.
{ top ? ../../.. }:
let
  flake = (import (top + "/src/nixos/standin/flake.nix")).outputs { self = standin; };
  standin = flake // { outPath = toString (top + "/src/nixos/standin"); };
in
standin
