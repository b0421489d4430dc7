# File systems and swap: /etc/fstab.
{ config, lib, utils, ... }:
let
  inherit (lib) mkDefault mkOption types;

  fileSystem = { name, config, ... }: {
    options = {
      enable = mkOption { type = types.bool; default = true; description = "Whether it is there."; };
      mountPoint = mkOption { type = types.str; default = name; description = "Where it is mounted."; };
      device = mkOption { type = types.nullOr types.str; default = null; description = "What is mounted."; };
      label = mkOption { type = types.nullOr types.str; default = null; description = "Its label."; };
      fsType = mkOption { type = types.str; default = "auto"; description = "Its type."; };
      options = mkOption { type = types.listOf types.str; default = [ "defaults" ]; description = "Mount options."; };
      depends = mkOption { type = types.listOf types.str; default = [ ]; description = "What is mounted before."; };
      neededForBoot = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the first stage of a boot mounts it.";
      };
      autoFormat = mkOption { type = types.bool; default = false; description = "Whether an empty device is formatted."; };
      autoResize = mkOption { type = types.bool; default = false; description = "Whether it grows to its device."; };
      noCheck = mkOption { type = types.bool; default = false; description = "Whether it is never checked."; };
    };
    config.device = lib.mkIf (config.label != null) (mkDefault "/dev/disk/by-label/${config.label}");
  };
  swap = { config, ... }: {
    options = {
      device = mkOption { type = types.str; description = "The device or file."; };
      label = mkOption { type = types.str; description = "Its label."; };
      size = mkOption { type = types.nullOr types.int; default = null; description = "Size of a file, in MiB."; };
      priority = mkOption { type = types.nullOr types.int; default = null; description = "Its priority."; };
      options = mkOption { type = types.listOf types.str; default = [ "defaults" ]; description = "Options."; };
      discardPolicy = mkOption {
        type = types.nullOr (types.enum [ "once" "pages" "both" ]);
        default = null;
        description = "What is told to the disk.";
      };
      randomEncryption = mkOption {
        type = types.either types.bool types.attrs;
        default = false;
        description = "Whether it is encrypted with a key that is forgotten.";
      };
    };
  };

  # A mount comes after those above it, and after what it says it depends on.
  mounts = lib.filter (mount: mount.enable) (lib.attrValues config.fileSystems);
  depth = mount: if mount.mountPoint == "/" then 0 else lib.length (lib.splitString "/" mount.mountPoint);
  sorted = lib.sort (a: b: depth a < depth b || depth a == depth b && a.mountPoint < b.mountPoint) mounts;
  escape = builtins.replaceStrings [ " " "\t" ] [ "\\040" "\\011" ];
  pass = mount: if mount.noCheck || lib.elem mount.fsType [
    "tmpfs"
    "zfs"
    "nfs"
    "none"
    "auto"
    "btrfs"
  ] then 0 else if mount.mountPoint == "/" then 1 else 2;
  after = mount: map (other: "x-systemd.requires-mounts-for=${other}") mount.depends;
  line = mount: lib.concatStringsSep " " [
    (escape mount.device)
    (escape mount.mountPoint)
    mount.fsType
    (lib.concatStringsSep "," (mount.options ++ after mount))
    "0"
    (toString (pass mount))
  ] + "\n";
  swapLine = device: "${device.device} none swap ${lib.concatStringsSep "," (device.options
    ++ lib.optional (device.priority != null) "pri=${toString device.priority}"
    ++ lib.optional (device.discardPolicy != null) "discard${lib.optionalString (device.discardPolicy != "both") "=${device.discardPolicy}"}")}\n";
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (types.submodule fileSystem);
      default = { };
      description = "File systems by where they are mounted.";
    };
    swapDevices = mkOption { type = types.listOf (types.submodule swap); default = [ ]; description = "Swap."; };
    zramSwap = {
      enable = lib.mkEnableOption "swap in compressed memory";
      memoryPercent = mkOption { type = types.int; default = 50; description = "How much of the memory."; };
      algorithm = mkOption { type = types.str; default = "zstd"; description = "How it is compressed."; };
    };
  };

  config = {
    assertions = map (mount: {
      assertion = mount.device != null;
      message = "No device specified for mount point ‘${mount.mountPoint}’.";
    }) mounts ++ [
      {
        assertion = config.boot.isContainer
          || !config.boot.loader.grub.enable
          && !config.boot.loader.systemd-boot.enable
          || config.fileSystems ? "/";
        message = "The ‘fileSystems’ option does not specify your root file system.";
      }
    ];

    boot.supportedFilesystems = lib.genAttrs (lib.filter (type: type != "auto"
      && type != "none") (lib.unique (map (mount: mount.fsType) mounts))) (_: mkDefault true);
    boot.initrd.supportedFilesystems = lib.genAttrs (lib.unique (map (mount: mount.fsType) (lib.filter utils.fsNeededForBoot mounts))) (_: mkDefault true);

    environment.etc.fstab.text = ''
      # written by NixOS; what is changed here is lost
      # <file system> <mount point> <type> <options> <dump> <pass>
      ${lib.concatMapStrings line sorted}${lib.concatMapStrings swapLine config.swapDevices}'';
    systemd.units = lib.optionalAttrs config.zramSwap.enable {
      "systemd-zram-setup@zram0.service" = {
        overrideStrategy = "asDropin";
        wantedBy = [ "swap.target" ];
        text = "[Unit]\nDescription=Swap in compressed memory (${toString config.zramSwap.memoryPercent} %, ${config.zramSwap.algorithm})\n";
      };
    };
  };
}
