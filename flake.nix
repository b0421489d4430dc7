# The reference fleet as a flake, and fleet's library and modules for other flakes.
#
# The machines are those of fleet.toml; what each of them is stands in machines/<name>, and what several share in modules/.
# So that it evaluates anywhere and offline, its channels are bound to the stand-in for nixpkgs that is in this repository. A
# real fleet binds them to nixpkgs, and fleet to this repository:
#
#   nixpkgs_stable.url = "https://flakehub.com/f/NixOS/nixpkgs/0";
#   nixpkgs_unstable.url = "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0";
#   nixpkgs_legacy.url = "github:nixos/nixpkgs?ref=nixos-23.05";
#   determinate.url = "https://flakehub.com/f/DeterminateSystems/determinate/*";
#   nixos-hardware.url = "github:NixOS/nixos-hardware";
#   fleet.url = "…";
{
  description = "A fleet of NixOS machines, and the control plane that runs it";

  inputs = {
    nixpkgs_stable.url = "path:./src/nixos/standin";
    nixpkgs_unstable.url = "path:./src/nixos/standin";
    nixpkgs_legacy.url = "path:./src/nixos/standin";
    determinate.url = "path:./src/nixos/standin/inputs/determinate";
    nixos-hardware.url = "path:./src/nixos/standin/inputs/nixos-hardware";
  };

  outputs = { self, ... }@inputs:
    let
      fleet = import ./src/nixos;
      settings = {
        inherit self inputs;
        root = ./.;
        commonModules = [ ./modules/configuration.nix ];
      };
      inherit (fleet.lib.builders settings) channels mkLibVirtImage mkUncompressedSdImages;
      boards = builtins.intersectAttrs { beacon = null; display-one = null; display-two = null; display-zero = null; }
        self.nixosConfigurations;
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAll = make: builtins.listToAttrs (map (system: { name = system; value = make system; }) systems);
      # What `mkUncompressedSdImages` makes, named as packages are.
      cards = builtins.listToAttrs (map
        (name: { name = "sd-image-${name}"; value = (mkUncompressedSdImages boards).${name}; })
        (builtins.attrNames boards));
    in
    {
      inherit (fleet) lib nixosModules;
      nixosConfigurations = fleet.lib.mkFleet settings;
      packages = forAll (system: {
        # What a machine of the fleet runs: `fleet activate` alone.
        host = (channels.stable.packages system).callPackage fleet.package { };
      } // (if system == "aarch64-linux" then cards else {
        disk-image-workbench = mkLibVirtImage {
          inherit (self.nixosConfigurations.workbench) config;
          name = "workbench";
          format = "qcow2";
          diskSize = 4096;
        };
      }));
    };
}
