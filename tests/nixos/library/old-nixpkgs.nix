# A nixpkgs tree of 2017 (17.09, without flake.nix) as the flake input that fleet's builders take for a channel.
#
# Every thing that it lacks and that is supplied here is numbered; whatever is not in this list comes from the tree.
{ nixpkgs }:
let
  tree = import (nixpkgs + "/lib");
  top = toString nixpkgs;

  # 11. Programs of today, in name alone.
  supplements = [ (final: super: tree.genAttrs [ "gpp" "lite-xl" "nix-top" "opencode" ] (name: super.writeScriptBin name "#!/bin/sh\n")) ];

  modules = { config, lib, options, pkgs, ... }: {
    _file = "tests/nixos/library/old-nixpkgs.nix";
    # Its module for nixpkgs hands all of `nixpkgs.*` to a function that takes three of them: with 1 and 2 it is replaced.
    disabledModules = [ "misc/nixpkgs.nix" ];
    options = {
      nixpkgs.config = lib.mkOption { type = lib.types.attrs; default = { }; };
      nixpkgs.overlays = lib.mkOption { type = lib.types.listOf lib.types.unspecified; default = [ ]; };
      nixpkgs.system = lib.mkOption { type = lib.types.str; };
      # 1. `nixpkgs.hostPlatform`: a system's name, which becomes `nixpkgs.system`.
      nixpkgs.hostPlatform = lib.mkOption { type = lib.types.nullOr lib.types.str; default = null; };
      # 2. `nixpkgs.pkgs`: a package set that was made elsewhere, with the machine's overlays laid over it.
      nixpkgs.pkgs = lib.mkOption { type = lib.types.unspecified; default = null; };
      # 3. `services.prometheus.port`.
      services.prometheus.port = lib.mkOption { type = lib.types.int; default = 9090; };
      # 4. Options of today that the reference fleet says: their values have no effect.
      security.acme.acceptTerms = lib.mkOption { type = lib.types.bool; default = false; };
      security.acme.defaults = lib.mkOption { type = lib.types.attrs; default = { }; };
      users.users = lib.mkOption {
        type = lib.types.loaOf (lib.types.submodule ({ config, ... }: {
          options.hashedPasswordFile = lib.mkOption { type = lib.types.nullOr lib.types.str; default = null; };
          config.passwordFile = lib.mkIf (config.hashedPasswordFile != null) config.hashedPasswordFile;
        }));
      };
      # 5. `sdImage.compressImage`.
      sdImage.compressImage = lib.mkOption { type = lib.types.bool; default = true; };
    };
    config = {
      _module.args =
        let
          inherit (config.nixpkgs) overlays;
          given = config.nixpkgs.pkgs;
          own = import nixpkgs { inherit (config.nixpkgs) system config overlays; };
          # The tree has no `appendOverlays`: the set is made again, with its configuration and the overlays it had.
          again = import nixpkgs { inherit (config.nixpkgs) system; inherit (given) config; overlays = supplements ++ overlays; };
          final = if given == null then own else if overlays == [ ] then given else again;
        in
        { pkgs = final; pkgs_i686 = final.pkgsi686Linux; };
      # 6. The package: its Rust of 2017 takes no Cargo.lock.
      secrix.package = lib.mkDefault (pkgs.writeScriptBin "fleet" "#!/bin/sh\n");
    };
  };
  platform = { config, lib, ... }: {
    nixpkgs.system = lib.mkIf (config.nixpkgs.hostPlatform != null) (lib.mkForce config.nixpkgs.hostPlatform);
  };

  # 7. `lib.nixosSystem`, and 8. `extendModules` in what it answers.
  nixosSystem = arguments@{ system, modules, specialArgs ? { } }:
    let
      made = import (nixpkgs + "/nixos/lib/eval-config.nix") {
        inherit system specialArgs;
        modules = modules ++ supplied;
      };
    in
    made // {
      extendModules = { modules }: nixosSystem (arguments // { modules = arguments.modules ++ modules; });
    };
  supplied = [ modules platform ];
in
{
  # 9. The tree is no flake: a path in text, without a store path's context.
  outPath = top;
  lib = tree // { inherit nixosSystem; };
  legacyPackages = tree.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: import nixpkgs { inherit system; });
  # 10. The SD image lies in another folder.
  sdImage = nixpkgs + "/nixos/modules/installer/cd-dvd/sd-image-aarch64.nix";
  overlays = supplements;
}
