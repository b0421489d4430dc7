# The stand-in for nixpkgs as a flake's input, for tests that are no flake. With `lib`, the path of a real nixpkgs' library, the
# stand-in's NixOS is evaluated by that library's module system instead of its own.
{ top ? ../../.., lib ? null }:
let
  flake = (import (top + "/src/nixos/standin/flake.nix")).outputs { self = standin; };
  standin = flake // { outPath = toString (top + "/src/nixos/standin"); } // (if lib == null then { } else {
    lib = import lib // {
      nixosSystem = arguments: import (top + "/src/nixos/standin/nixos/lib/eval-config.nix")
        ({ lib = import lib; system = null; } // arguments);
    };
  });
in
standin
