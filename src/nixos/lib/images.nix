# Images of machines: a disk for a virtual machine, and SD cards that are not compressed.
{ bound }:
rec {
  # A disk image through nixpkgs' make-disk-image: `config` is a machine's, or the machine itself. What else that function
  # takes (partitionTableType, diskSize, additionalSpace, …) is handed on.
  mkLibVirtImage = arguments@{ config, name, format ? "qcow2", channel ? "stable", system ? "x86_64-linux", ... }:
    let
      base = bound.of channel;
      pkgs = arguments.pkgs or (base.packages system);
    in
    import "${base.flake}/nixos/lib/make-disk-image.nix" ({
      inherit name format pkgs;
      inherit (pkgs) lib;
      config = if config ? extendModules then config.config else config;
    } // removeAttrs arguments [ "config" "name" "format" "channel" "system" ]);

  # The SD image of a machine as it is, not compressed: written to a card at once.
  mkUncompressedSdImage = machine:
    (machine.extendModules { modules = [ { sdImage.compressImage = false; } ]; }).config.system.build.sdImage;

  # The same for many, by name.
  mkUncompressedSdImages = builtins.mapAttrs (_: mkUncompressedSdImage);
}
