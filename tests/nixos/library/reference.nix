# The reference fleet on a nixpkgs of 2017, through old-nixpkgs.nix: its twenty machines.
{ nixpkgs, root ? ../../.. }:
let
  old = import ./old-nixpkgs.nix { inherit nixpkgs; };
  fleet = import (root + "/src/nixos");
  inputs = {
    nixpkgs_stable = old;
    nixpkgs_unstable = old;
    nixpkgs_legacy = old;
    nixos-hardware.nixosModules.raspberry-pi-4 = { boot.kernelParams = [ "board=4" ]; };
    determinate.nixosModules.default = { environment.etc."determinate".text = "yes\n"; };
  };
  channel = input: { inherit input; inherit (old) overlays; };
  build = {
    inherit self inputs root;
    commonModules = [ (root + "/modules/configuration.nix") ];
    channels = { stable = channel old; unstable = channel old // { allowUnfree = true; }; legacy = channel old; };
  };
  board = { inherit (old) sdImage; };
  self = {
    nixosConfigurations = fleet.lib.mkFleet (build // {
      machines = { beacon = board; display-zero = board; display-one = board; display-two = board; };
    });
    images.workbench = (fleet.lib.builders build).mkLibVirtImage {
      inherit (self.nixosConfigurations.workbench) config;
      name = "workbench";
      diskSize = 4096;
    };
    images.beacon = (fleet.lib.builders build).mkUncompressedSdImage self.nixosConfigurations.beacon;
  };
in
self // {
  # One line a machine and image: what fleet and Nix are compared by.
  paths = builtins.mapAttrs (_: machine: machine.config.system.build.toplevel.drvPath) self.nixosConfigurations
    // { "image of workbench" = self.images.workbench.drvPath; "image of beacon" = self.images.beacon.drvPath; };
}
