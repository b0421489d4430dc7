# How a machine starts: its kernel and modules, the initial RAM disk, and the loader.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.boot;

  list = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };
  lines = description: mkOption { type = types.lines; default = ""; inherit description; };
  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  seconds = mkOption { type = types.nullOr types.int; default = 5; description = "Seconds until the default is started."; };

  # A list of file systems, or a set of them with their presence.
  fileSystems = mkOption {
    type = types.coercedTo (types.listOf types.str) (names: lib.genAttrs names (_: true)) (types.attrsOf types.bool);
    default = { };
    description = "File systems that can be mounted.";
  };
  sysctl = types.nullOr (types.oneOf [ types.bool types.int types.str types.package ]);
in
{
  options.boot = {
    kernel = {
      enable = toggle true "Whether the system has a kernel; a container has none.";
      sysctl = mkOption {
        type = types.attrsOf sysctl;
        default = { };
        description = "Parameters of the running kernel, for sysctl.d(5).";
      };
      features = mkOption {
        type = types.attrs;
        default = { };
        internal = true;
        description = "What the kernel is known to have.";
      };
    };
    kernelPackages = mkOption {
      type = types.raw or types.unspecified;
      default = pkgs.linuxPackages;
      description = "The kernel and the modules made for it.";
    };
    kernelModules = list "Modules loaded in the second stage of a boot.";
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with more modules.";
    };
    blacklistedKernelModules = list "Modules that are not loaded by themselves.";
    extraModprobeConfig = lines "Lines of modprobe.d(5).";
    kernelParams = list "Words of the kernel's command line.";
    kernelPatches = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      description = "Accepted; the stand-in's kernel has no source.";
    };
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description = "Messages below this level are shown on the console.";
    };
    supportedFilesystems = fileSystems;
    enableContainers = toggle true "Whether the machine may run containers.";
    postBootCommands = lines "A script at the end of the second stage's beginning.";
    growPartition = toggle false "Whether the root partition takes all of its disk at boot.";
    isContainer = toggle false "Whether the system is a container.";
    swraid.enable = toggle false "Whether software RAID is there.";
    plymouth.enable = mkEnableOption "a boot screen";
    binfmt.emulatedSystems = list "Platforms whose programs run by emulation.";
    devShmSize = mkOption { type = types.str; default = "50%"; description = "Size of /dev/shm."; };
    zfs = {
      enabled = mkOption {
        type = types.bool;
        readOnly = true;
        default = cfg.supportedFilesystems.zfs or false;
        description = "Whether ZFS is there.";
      };
      extraPools = list "Pools imported at boot.";
      forceImportRoot = toggle true "Whether the root pool is imported by force.";
      devNodes = mkOption { type = types.path; default = "/dev/disk/by-id"; description = "Where pools are looked for."; };
      requestEncryptionCredentials = mkOption {
        type = types.either types.bool (types.listOf types.str);
        default = true;
        description = "Pools whose keys are asked for.";
      };
    };
    tmp = {
      useTmpfs = toggle false "Whether /tmp is in memory.";
      cleanOnBoot = toggle false "Whether /tmp is emptied at boot.";
      tmpfsSize = mkOption {
        type = types.oneOf [ types.str types.ints.positive ];
        default = "50%";
        description = "Size of /tmp in memory.";
      };
    };
    initrd = {
      enable = toggle (!cfg.isContainer) "Whether there is an initial RAM disk.";
      availableKernelModules = list "Modules the initial RAM disk can load.";
      includeDefaultModules = toggle true "Whether modules for usual hardware are there.";
      kernelModules = list "Modules the initial RAM disk loads.";
      supportedFilesystems = fileSystems;
      luks.devices = mkOption {
        default = { };
        description = "Encrypted devices.";
        type = types.attrsOf (types.submodule ({ name, ... }: {
          options = {
            name = mkOption { type = types.str; default = name; description = "Its name once open."; };
            device = mkOption { type = types.path; description = "The encrypted device."; };
            preLVM = toggle true "Whether it is opened before LVM.";
            allowDiscards = toggle false "Whether free blocks are told to the disk.";
            bypassWorkqueues = toggle false "Whether requests go past the work queues.";
            keyFile = mkOption { type = types.nullOr types.str; default = null; description = "A file that opens it."; };
            fallbackToPassword = toggle false "Whether a passphrase is asked for without the file.";
          };
        }));
      };
      secrets = mkOption {
        type = types.attrsOf (types.nullOr types.path);
        default = { };
        description = "Files put there when the loader is installed.";
      };
      systemd.enable = toggle true "Whether systemd runs in it.";
      verbose = toggle true "Whether it says what it does.";
      compressor = mkOption { type = types.str; default = "zstd"; description = "How it is compressed."; };
      preDeviceCommands = lines "A script before devices are there.";
      postDeviceCommands = lines "A script after devices are there.";
      postMountCommands = lines "A script after file systems are mounted.";
      network = {
        enable = mkEnableOption "the network in the initial RAM disk";
        ssh = {
          enable = mkEnableOption "ssh in the initial RAM disk";
          port = mkOption { type = types.port; default = 22; description = "The port."; };
          authorizedKeys = mkOption {
            type = types.listOf types.str;
            default = config.users.users.root.openssh.authorizedKeys.keys;
            description = "Keys that may log in.";
          };
          hostKeys = mkOption {
            type = types.listOf (types.either types.str types.path);
            default = [ ];
            description = "Private host keys.";
          };
        };
      };
    };
    loader = {
      timeout = seconds;
      efi = {
        canTouchEfiVariables = toggle false "Whether the firmware's boot entries are written.";
        efiSysMountPoint = mkOption {
          type = types.str;
          default = "/boot";
          description = "Where the EFI system partition is mounted.";
        };
      };
      systemd-boot = {
        enable = mkEnableOption "systemd-boot";
        configurationLimit = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Generations in the menu.";
        };
        editor = toggle true "Whether the command line can be edited in the menu.";
        consoleMode = mkOption { type = types.str; default = "keep"; description = "The console's resolution."; };
        memtest86.enable = mkEnableOption "a memory test in the menu";
      };
      grub = {
        enable = toggle (!cfg.isContainer
          && !cfg.loader.systemd-boot.enable
          && !cfg.loader.generic-extlinux-compatible.enable) "Whether GRUB starts the machine.";
        device = mkOption { type = types.str; default = ""; description = "The disk GRUB is written to."; };
        devices = list "The disks GRUB is written to.";
        efiSupport = toggle false "Whether GRUB is an EFI program.";
        efiInstallAsRemovable = toggle false "Whether GRUB lies where firmware looks without an entry.";
        useOSProber = toggle false "Whether other systems are in the menu.";
        enableCryptodisk = toggle false "Whether GRUB opens encrypted disks.";
        zfsSupport = toggle false "Whether GRUB reads ZFS.";
        configurationLimit = mkOption { type = types.int; default = 100; description = "Generations in the menu."; };
        copyKernels = toggle false "Whether kernels are copied to /boot.";
        extraConfig = lines "More of grub.cfg.";
        splashImage = mkOption { type = types.nullOr types.path; default = null; description = "A picture behind the menu."; };
        mirroredBoots = mkOption { type = types.listOf types.attrs; default = [ ]; description = "Several /boot."; };
      };
      generic-extlinux-compatible = {
        enable = mkEnableOption "extlinux.conf, which U-Boot reads";
        configurationLimit = mkOption { type = types.int; default = 20; description = "Generations in the menu."; };
        populateCmd = mkOption {
          type = types.str;
          internal = true;
          readOnly = true;
          default = "extlinux-conf-builder -t ${toString (if cfg.loader.timeout == null then -1 else cfg.loader.timeout)}";
          description = "What fills a folder with it.";
        };
      };
      external = {
        enable = mkEnableOption "a loader from elsewhere";
        installHook = mkOption { type = types.path; description = "The program that installs it."; };
      };
    };
  };

  options.system.requiredKernelConfig = mkOption {
    type = types.listOf types.attrs;
    default = [ ];
    internal = true;
    description = "Accepted; the stand-in's kernel has no configuration.";
  };

  config = {
    assertions = lib.optionals (cfg.kernel.enable && cfg.loader.grub.enable) [
      {
        assertion = cfg.loader.grub.device != "" || cfg.loader.grub.devices != [ ] || cfg.loader.grub.mirroredBoots != [ ];
        message = "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable.";
      }
    ] ++ lib.optional cfg.zfs.enabled {
      assertion = config.networking.hostId != null;
      message = "ZFS requires networking.hostId to be set";
    };

    boot.kernelParams = [ "loglevel=${toString cfg.consoleLogLevel}" ];
    boot.kernel.sysctl = { "kernel.printk" = mkDefault cfg.consoleLogLevel; "fs.inotify.max_user_watches" = mkDefault 524288; };
    boot.initrd.availableKernelModules = lib.optionals cfg.initrd.includeDefaultModules [
      "ahci"
      "nvme"
      "sd_mod"
      "usbhid"
      "xhci_pci"
    ]
      ++ lib.optional cfg.zfs.enabled "zfs";
    boot.kernelModules = lib.optional cfg.zfs.enabled "zfs";
    boot.extraModulePackages = lib.optional cfg.zfs.enabled cfg.kernelPackages.zfs;

    environment.etc."modules-load.d/nixos.conf".text = lib.concatMapStrings (name: "${name}\n") cfg.kernelModules;
    environment.etc."modprobe.d/nixos.conf".text =
      lib.concatMapStrings (name: "blacklist ${name}\n") cfg.blacklistedKernelModules + cfg.extraModprobeConfig;
    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (lib.mapAttrsToList (key: value:
      lib.optionalString (value != null) "${key}=${if value == false then "0" else toString value}\n") cfg.kernel.sysctl);
    systemd.services.systemd-modules-load = {
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc."modules-load.d/nixos.conf".source ];
      overrideStrategy = "asDropin";
      serviceConfig.SuccessExitStatus = "0 1";
    };
    systemd.services.systemd-sysctl = {
      restartTriggers = [ config.environment.etc."sysctl.d/60-nixos.conf".source ];
      overrideStrategy = "asDropin";
    };

    fileSystems."/tmp" = mkIf cfg.tmp.useTmpfs {
      device = "tmpfs";
      fsType = "tmpfs";
      options = [ "mode=1777" "nosuid" "nodev" "size=${toString cfg.tmp.tmpfsSize}" ];
    };

    system.build.kernel = cfg.kernelPackages.kernel;
    system.modulesTree = [ cfg.kernelPackages.kernel ] ++ cfg.extraModulePackages;
    system.build.modulesClosure = pkgs.makeModulesClosure {
      rootModules = cfg.initrd.availableKernelModules ++ cfg.initrd.kernelModules;
      kernel = cfg.kernelPackages.kernel;
      firmware = config.hardware.firmwareTree;
      allowMissing = false;
    };
    system.build.initialRamdisk = pkgs.makeInitrdNG {
      inherit (cfg.initrd) compressor;
      contents = [ { source = config.system.build.modulesClosure; } ]
        ++ map (module: { source = module; }) cfg.extraModulePackages;
    };
    # What puts this system into the boot menu; switch-to-configuration runs it for `boot` and `switch`.
    system.build.installBootLoader = if cfg.loader.external.enable then cfg.loader.external.installHook
      else pkgs.writeShellScript "install-boot-loader" ''
        # stand-in: the menu is one file with the default's name
        if [ -d "''${NIXOS_BOOT:-/boot}" ]; then echo "$1" > "''${NIXOS_BOOT:-/boot}/default-system"; fi
      '';
  };

  options.system.modulesTree = mkOption {
    type = types.listOf types.path;
    default = [ ];
    internal = true;
    description = "Packages with kernel modules.";
  };
}
