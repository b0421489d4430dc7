# The package set: a fixed point of layers, where each sees the last result of all (`final`) and what lies below it (`prev`).
#
# From the bottom: builders, packages, `config.packageOverrides`, the caller's overlays, and for another platform its
# `crossOverlays`. A set for another platform has this platform's as `buildPackages`.
{ lib, config, overlays, crossOverlays, buildPlatform, hostPlatform }:
let
  inherit (builtins) foldl' isFunction;

  configuration = import ./config.nix { inherit lib; } (if isFunction config then config { inherit pkgs; } else config);

  isCross = hostPlatform.system != buildPlatform.system;

  base = final: {
    inherit lib overlays buildPlatform hostPlatform;
    inherit (hostPlatform) system;
    config = configuration;
    targetPlatform = hostPlatform;
    # What the stand-in is called by: the folder nixpkgs is imported from.
    path = ../.;
    pkgs = final;

    # The set with more layers on top.
    appendOverlays = more: if more == [ ] then final else again { overlays = overlays ++ more; };
    extend = overlay: final.appendOverlays [ overlay ];

    # Packages that run where packages are built.
    buildPackages = if isCross then again { hostPlatform = buildPlatform; crossOverlays = [ ]; } else final;
    targetPackages = final;

    # Packages of each platform that lib knows an example of, built here.
    pkgsCross = lib.mapAttrs (name: platform: again { hostPlatform = lib.systems.elaborate platform; }) (import ./cross.nix);
  };

  again = changes:
    import ./. ({ inherit lib config overlays crossOverlays buildPlatform hostPlatform; } // changes);

  layers = [
    (import ./builders.nix)
    (import ./packages.nix)
    (import ./system.nix)
    (final: prev: (configuration.packageOverrides or (_: { })) prev)
  ]
  ++ overlays
  ++ (if isCross then crossOverlays else [ ]);

  pkgs = let final = foldl' (prev: layer: prev // layer final prev) (base final) layers; in final;
in
pkgs
