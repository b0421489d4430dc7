# Images in miniature: their names, what changes them, and what they refuse.
{ config, nixpkgs, evalConfig, pkgs, lib, ... }:
let
  disk = arguments: import (nixpkgs + "/nixos/lib/make-disk-image.nix") ({ inherit pkgs; config = config { }; } // arguments);
  board = modules: evalConfig {
    system = "aarch64-linux";
    modules = [
      (nixpkgs + "/nixos/modules/installer/sd-card/sd-image-aarch64.nix")
      "${toString nixpkgs}/nixos/modules/profiles/minimal.nix"
      { networking.hostName = "display-zero"; nixpkgs.hostPlatform = "aarch64-linux"; system.stateVersion = "25.11"; }
    ] ++ modules;
  };
  sd = modules: (board modules).config.system.build.sdImage;
  uncompressed = (board [ ]).extendModules { modules = [ { sdImage.compressImage = false; } ]; };
in
{
  derivations = [
    (sd [ ]).drvPath
    uncompressed.config.system.build.sdImage.drvPath
    (board [ ]).config.system.build.toplevel.drvPath
    (disk { format = "qcow2"; }).drvPath
    (disk { partitionTableType = "efi"; contents = [ { source = pkgs.hello; target = "/hello"; } ]; }).drvPath
  ];
  sd-image = { inherit (sd [ ]) name system; };
  uncompressed-is-another = [
    uncompressed.config.system.build.sdImage.name
    (uncompressed.config.system.build.sdImage.drvPath == (sd [ ]).drvPath)
  ];
  and-its-system-is-the-same = uncompressed.config.system.build.toplevel.drvPath == (board [ ]).config.system.build.toplevel.drvPath;
  a-missing-module-may-be-missing = (sd [
    {
      nixpkgs.overlays = [
        (final: super: { makeModulesClosure = x: super.makeModulesClosure (x // { allowMissing = true; }); })
      ];
    }
  ]).drvPath == (sd [ ]).drvPath;
  file-systems = lib.mapAttrs (_: disk: disk.device) (board [ ]).config.fileSystems;
  loader = (board [ ]).config.boot.loader.grub.enable;
  kernel-params = (board [ ]).config.boot.kernelParams;

  qcow2 = (disk { name = "web"; format = "qcow2"; }).name;
  sizes-change-it = (disk { diskSize = 8192; }).drvPath == (disk { additionalSpace = "1G"; }).drvPath;
  contents-change-it = (disk { contents = [ { source = pkgs.hello; target = "/hello"; } ]; }).drvPath == (disk { }).drvPath;
  without-lib-it-is-that-of-pkgs = (disk { inherit lib; }).drvPath == (disk { }).drvPath;
  unknown-format = (disk { format = "qcow3"; }).drvPath;
  unknown-table = (disk { partitionTableType = "gpt"; }).drvPath;
  a-size-is-a-number = (disk { diskSize = "big"; }).drvPath;
  no-scripts = (disk { postVM = "echo"; }).drvPath;
  unknown-argument = (disk { size = 1; }).drvPath;
}
