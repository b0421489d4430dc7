# Builders as a fleet writes its own. They name secrix.hostPubKey, so secrix, or fleet in its place, is a common module.
{ self, inputs, commonModules, globalArgs }:
let
  inherit (inputs) determinate nixos-hardware nixpkgs_stable nixpkgs_unstable;
  arguments = system: { host, sshUser, buildOn }: {
    _module.args = globalArgs // {
      inherit self inputs;
      unstable = import nixpkgs_unstable { inherit system; config.allowUnfree = true; };
      nixinate = { inherit host sshUser buildOn; port = 1108; };
    };
  };
in
{
  mkX86_64 = name: hostname: { extraModules ? [ ], hostPubKey ? null, host ? null, sshUser ? "deploy", buildOn ? "local", dt ? false }:
    nixpkgs_stable.lib.nixosSystem {
      system = "x86_64-linux";
      modules = commonModules ++ extraModules ++ (if dt then [ determinate.nixosModules.default ] else [ ]) ++ [
        (./machines + "/${name}")
        { networking.hostName = hostname; secrix.hostPubKey = if hostPubKey != null then hostPubKey else null; }
        (arguments "x86_64-linux" { inherit host sshUser buildOn; })
      ];
    };
  mkAarch64 = name: hostname: { extraModules ? [ ], hostPubKey ? null, host ? null, sshUser ? "deploy", buildOn ? "local", dt ? false, hardware ? nixos-hardware.nixosModules.raspberry-pi-4 }:
    nixpkgs_unstable.lib.nixosSystem {
      system = "aarch64-linux";
      modules = [
        "${nixpkgs_unstable}/nixos/modules/installer/sd-card/sd-image-aarch64.nix"
        "${nixpkgs_unstable}/nixos/modules/profiles/minimal.nix"
        hardware
      ] ++ commonModules ++ extraModules ++ (if dt then [ determinate.nixosModules.default ] else [ ]) ++ [
        (./machines + "/${name}")
        {
          nixpkgs.overlays = [
            (final: super: { makeModulesClosure = x: super.makeModulesClosure (x // { allowMissing = true; }); })
          ];
          nixpkgs.hostPlatform = "aarch64-linux";
          networking.hostName = hostname;
        }
        (arguments "aarch64-linux" { inherit host sshUser buildOn; })
      ];
    };
  mkLibVirtImage = { config, name, format ? "qcow2", ... }:
    import "${nixpkgs_stable}/nixos/lib/make-disk-image.nix" {
      inherit config name format;
      pkgs = nixpkgs_stable.legacyPackages.x86_64-linux;
      inherit (nixpkgs_stable) lib;
    };
  mkUncompressedSdImage = config:
    (config.extendModules { modules = [ { sdImage.compressImage = false; } ]; }).config.system.build.sdImage;
}
