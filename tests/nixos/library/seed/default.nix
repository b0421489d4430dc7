# A fleet as fleets are written without fleet: builders of its own, three channels, modules with options, cross references,
# peers from `self`, images. Each pattern is here as its owner has it, and with the one line that brings fleet in.
#
# `own` is the fleet with its own builders, where the line is fleet's module among the common ones. `ours` is the same fleet with
# fleet's builders, where the line inherits these. Both must give the same systems.
{ lib ? null, top ? ../../../.. }:
let
  standin = import ../standin.nix { inherit lib top; };
  inputs = {
    nixpkgs_stable = standin;
    nixpkgs_unstable = standin;
    nixpkgs_legacy = standin;
    determinate.nixosModules.default = { environment.etc.determinate.text = "yes\n"; };
    nixos-hardware.nixosModules.raspberry-pi-4 = { boot.kernelParams = [ "board=4" ]; };
    fleet = import (top + "/src/nixos");
  };
  fleet = self: builders: {
    nixosConfigurations = {
      hub = builders.mkX86_64 "hub" "hub" { host = "10.88.127.1"; dt = true; hostPubKey = "ssh-ed25519 AAAAhub"; };
      storage = builders.mkX86_64 "storage" "storage" { host = "10.88.127.3"; sshUser = "root"; buildOn = "remote"; };
      board = builders.mkAarch64 "board" "board" { extraModules = [ { environment.etc.extra.text = "board\n"; } ]; };
    };
    diskImage = builders.mkLibVirtImage { inherit (self.nixosConfigurations.storage) config; name = "storage"; };
    cardImage = builders.mkUncompressedSdImage self.nixosConfigurations.board;
  };
  globalArgs = { owner = "anna"; };
  own = fleet own (import ./builders.nix {
    inherit inputs globalArgs;
    self = own;
    commonModules = [ ./configuration.nix inputs.fleet.nixosModules.default ];
  });
  ours = fleet ours (
    let
      inherit (inputs.fleet.lib.builders { self = ours; inherit inputs globalArgs; root = ./.; commonModules = [ ./configuration.nix ]; })
        mkX86_64 mkAarch64 mkLibVirtImage mkUncompressedSdImage;
    in
    { inherit mkX86_64 mkAarch64 mkLibVirtImage mkUncompressedSdImage; });
  paths = made: builtins.mapAttrs (_: machine: machine.config.system.build.toplevel.drvPath) made.nixosConfigurations
    // { diskImage = made.diskImage.drvPath; cardImage = made.cardImage.drvPath; };
  texts = made: {
    proxy = made.nixosConfigurations.hub.config.services.nginx.virtualHosts."prometheus.example.net".locations."~/".proxyPass;
    peers = made.nixosConfigurations.hub.config.networking.wireguard.interfaces.wireg0.peers;
    spoke = made.nixosConfigurations.storage.config.networking.wireguard.interfaces.wireg0;
    nixinate = made.nixosConfigurations.storage.config.environment.etc.nixinate.text;
    alias = made.nixosConfigurations.storage.config.environment.shellAliases.code;
    secret = made.nixosConfigurations.hub.config.secrix.services.nginx.secrets.session-key.decrypted.path;
    keys = made.nixosConfigurations.hub.config.secrix.services.nginx.secrets.session-key.encryptKeys;
    packages = map (package: package.pname or package.name) (builtins.filter
      (package: builtins.elem (package.pname or package.name) [ "gpp" "opencode" "gauge" ])
      made.nixosConfigurations.storage.config.environment.systemPackages);
    imagesDiffer = made.cardImage.drvPath != made.nixosConfigurations.board.config.system.build.sdImage.drvPath;
    allowMissing = made.nixosConfigurations.board.pkgs.makeModulesClosure { kernel = "k"; rootModules = [ ]; firmware = ""; } ? drvPath;
  };
in
{
  inherit own ours;
  paths = { own = paths own; ours = paths ours; };
  texts = { own = texts own; ours = texts ours; };
}
