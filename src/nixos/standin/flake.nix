# nixpkgs' flake in miniature: `lib` with `nixosSystem`, `legacyPackages`, and the files below `nixos/` by path.
{
  description = "fleet's stand-in for nixpkgs";

  outputs = { self }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAll = make: builtins.listToAttrs (map (system: { name = system; value = make system; }) systems);
      lib = import ./lib;
    in
    {
      lib = lib // {
        # `system` is optional, as the module option `nixpkgs.hostPlatform` says the same; everything else is eval-config's.
        nixosSystem = args:
          import ./nixos/lib/eval-config.nix ({ lib = self.lib; system = null; } // args);
      };

      # One instance for a system, shared by all who ask for it here.
      legacyPackages = forAll (system: import ./. { inherit system; });

      nixosModules.notDetected = ./nixos/modules/installer/scan/not-detected.nix;
    };
}
