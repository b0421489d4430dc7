# An SD card's image, in miniature: a partition for firmware and one for the system, said in a text. The options are nixpkgs'.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.sdImage;
  text = default: description: mkOption { type = types.str; inherit default description; };
  commands = description: mkOption { type = types.lines; default = ""; inherit description; };

  fileName = "${cfg.imageName}${lib.optionalString cfg.compressImage ".zst"}";
  image = ''
    fleet stand-in SD image
    compressed ${lib.boolToString cfg.compressImage}
    firmware ${toString cfg.firmwareSize} MiB at ${toString cfg.firmwarePartitionOffset} MiB ${cfg.firmwarePartitionID} ${cfg.firmwarePartitionName}
    root ${cfg.rootVolumeLabel} ${toString cfg.rootPartitionUUID}
    expand on boot ${lib.boolToString cfg.expandOnBoot}
    kernel ${config.boot.kernelPackages.kernel}
    modules ${config.system.build.modulesClosure}
    ${lib.concatMapStrings (path: "path ${path}\n") cfg.storePaths}# what fills the firmware's partition
    ${cfg.populateFirmwareCommands}# what fills the root's
    ${cfg.populateRootCommands}# what is done to the image
    ${cfg.postBuildCommands}'';
in
{
  options.sdImage = {
    imageBaseName = text "nixos-image-sd-card" "How the image's name begins.";
    imageName = text "${cfg.imageBaseName}-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}.img" "The image's name.";
    storePaths = mkOption { type = types.listOf types.package; description = "What the image holds."; };
    firmwarePartitionOffset = mkOption { type = types.int; default = 8; description = "Where firmware begins, in MiB."; };
    firmwarePartitionID = text "0x2178694e" "The identifier of firmware's partition.";
    firmwarePartitionName = text "FIRMWARE" "The name of firmware's partition.";
    firmwareSize = mkOption { type = types.int; default = 30; description = "Size of firmware's partition, in MiB."; };
    rootPartitionUUID = mkOption {
      type = types.nullOr types.str;
      default = "14e19a7b-0ae0-484d-9d54-43bd6fdc20c7";
      description = "The identifier of the root's partition.";
    };
    rootVolumeLabel = text "NIXOS_SD" "The label of the root's file system.";
    populateFirmwareCommands = commands "What fills firmware's partition; written down, not run.";
    populateRootCommands = commands "What fills the root's partition; written down, not run.";
    postBuildCommands = commands "What is done to the image; written down, not run.";
    compressImage = mkOption { type = types.bool; default = true; description = "Whether the image is compressed."; };
    expandOnBoot = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the root grows to the card at the first boot.";
    };
    nixPathRegistrationFile = text "/nix-path-registration" "Where the image lists its store paths.";
  };

  config = {
    hardware.enableAllHardware = true;
    fileSystems = {
      "/boot/firmware" = {
        device = "/dev/disk/by-label/${cfg.firmwarePartitionName}";
        fsType = "vfat";
        # It is mounted by hand, when firmware is renewed.
        options = [ "nofail" "noauto" ];
      };
      "/" = { device = "/dev/disk/by-label/${cfg.rootVolumeLabel}"; fsType = "ext4"; };
    };
    sdImage.storePaths = [ config.system.build.toplevel ];

    system.build.sdImage = pkgs.stdenv.mkDerivation {
      name = cfg.imageName;
      tree = {
        "sd-image/${fileName}" = image;
        "nix-support/hydra-build-products" = "file sd-image sd-image/${fileName}\n";
      };
    };
    system.build.image = config.system.build.sdImage;

    boot.postBootCommands = lib.mkIf cfg.expandOnBoot "# the root grows to its card: growpart, resize2fs\n";
  };
}
