# What a machine is told once: its time, language, console, hardware, and how it is virtualised.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  text = default: description: mkOption { type = types.str; inherit default description; };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };
  list = type: description: mkOption { type = types.listOf type; default = [ ]; inherit description; };
in
{
  options = {
    time.timeZone = nullable (types.addCheck types.str (zone: !lib.hasInfix " " zone)) "The time zone; null lets it be changed on the machine.";
    time.hardwareClockInLocalTime = toggle false "Whether the clock in the machine has local time.";
    location = {
      latitude = mkOption { type = types.float; description = "Where the machine is."; };
      longitude = mkOption { type = types.float; description = "Where the machine is."; };
    };

    i18n = {
      defaultLocale = text "en_US.UTF-8" "The language.";
      extraLocales = mkOption {
        type = types.either (types.listOf types.str) (types.enum [ "all" ]);
        default = [ ];
        description = "More languages.";
      };
      extraLocaleSettings = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Parts in another language.";
      };
      supportedLocales = mkOption {
        type = types.listOf types.str;
        default = lib.unique [ "C.UTF-8/UTF-8" "en_US.UTF-8/UTF-8" "${config.i18n.defaultLocale}/UTF-8" ];
        description = "Languages that are there.";
      };
    };
    console = {
      enable = toggle true "Whether there is a console.";
      keyMap = mkOption { type = types.either types.str types.path; default = "us"; description = "Its keyboard."; };
      font = nullable (types.either types.str types.path) "Its font.";
      earlySetup = toggle false "Whether it is set up early.";
      useXkbConfig = toggle false "Whether the keyboard is the one of the graphical session.";
      packages = list types.package "Fonts and keyboards.";
      colors = list types.str "Its colours.";
    };

    hardware = {
      enableAllFirmware = toggle false "Whether all firmware is there.";
      enableRedistributableFirmware = toggle config.hardware.enableAllFirmware "Whether firmware that may be passed on is there.";
      enableAllHardware = mkEnableOption "drivers for all hardware in the initial RAM disk";
      firmware = list types.package "Firmware.";
      firmwareTree = mkOption {
        internal = true;
        default = pkgs.buildEnv { name = "firmware"; paths = config.hardware.firmware ++ [ pkgs.linux-firmware ]; };
        description = "All firmware.";
      };
      wirelessRegulatoryDatabase = toggle false "Whether radio's rules are there.";
      cpu.intel.updateMicrocode = toggle false "Whether the processor is mended at boot.";
      cpu.amd.updateMicrocode = toggle false "Whether the processor is mended at boot.";
      bluetooth = {
        enable = mkEnableOption "Bluetooth";
        powerOnBoot = toggle true "Whether it is on after a boot.";
        settings = mkOption {
          type = types.attrsOf (types.attrsOf types.unspecified);
          default = { };
          description = "main.conf.";
        };
      };
      graphics = {
        enable = mkEnableOption "graphics";
        enable32Bit = toggle false "Whether programs of 32 bits have it.";
        extraPackages = list types.package "Drivers.";
      };
      deviceTree = {
        enable = toggle (pkgs.stdenv.hostPlatform.isAarch64) "Whether there is a device tree.";
        filter = nullable types.str "Which device trees.";
        name = nullable types.str "The device tree.";
        overlays = list types.unspecified "Additions to it.";
      };
      raspberry-pi."4" = {
        apply-overlays-dtmerge.enable = mkEnableOption "overlays of the Raspberry Pi";
        fkms-3d.enable = mkEnableOption "the graphics of the Raspberry Pi 4";
        i2c1.enable = mkEnableOption "the bus I2C 1";
      };
      pulseaudio.enable = mkEnableOption "PulseAudio";
      sensor.iio.enable = mkEnableOption "sensors";
      i2c.enable = mkEnableOption "I2C";
    };
    powerManagement = {
      enable = toggle true "Whether power is managed.";
      cpuFreqGovernor = nullable types.str "What decides about the processor's speed.";
      powertop.enable = mkEnableOption "powertop's advice";
    };

    virtualisation = {
      docker = {
        enable = mkEnableOption "Docker";
        autoPrune.enable = mkEnableOption "removal of what is unused";
        enableOnBoot = toggle true "Whether it starts at boot.";
      };
      podman = { enable = mkEnableOption "Podman"; dockerCompat = toggle false "Whether `docker` is Podman."; };
      libvirtd = { enable = mkEnableOption "libvirt"; onBoot = text "start" "What happens to guests at boot."; };
      oci-containers.backend = mkOption {
        type = types.enum [ "podman" "docker" ];
        default = "podman";
        description = "What runs containers.";
      };
      vmVariant = mkOption {
        type = types.attrs;
        default = { };
        visible = false;
        apply = value: if value == { } then value else throw "the stand-in has no `virtualisation.vmVariant`";
        description = "Refused.";
      };
      diskSize = mkOption {
        type = types.either (types.enum [ "auto" ]) types.ints.positive;
        default = "auto";
        description = "Size of an image, in MiB.";
      };
    };
    services.qemuGuest.enable = mkEnableOption "the agent of a QEMU guest";
  };

  config = {
    environment.etc = {
      "locale.conf".text = "LANG=${config.i18n.defaultLocale}\n"
        + lib.concatStrings (lib.mapAttrsToList (key: value: "${key}=${value}\n") config.i18n.extraLocaleSettings);
      "vconsole.conf".text = "KEYMAP=${config.console.keyMap}\n"
        + lib.optionalString (config.console.font != null) "FONT=${config.console.font}\n";
      localtime = mkIf (config.time.timeZone != null) {
        source = "/etc/zoneinfo/${config.time.timeZone}";
        mode = "direct-symlink";
      };
      zoneinfo.source = "${pkgs.tzdata}/share/zoneinfo";
    };
    environment.sessionVariables = { LANG = config.i18n.defaultLocale; } // config.i18n.extraLocaleSettings;
    systemd.globalEnvironment.TZDIR = "/etc/zoneinfo";
    hardware.firmware = mkIf config.hardware.enableRedistributableFirmware [ pkgs.linux-firmware ];
    boot.kernelModules = lib.optional config.virtualisation.libvirtd.enable "kvm-intel";

    systemd.services = lib.mkMerge [
      (mkIf config.services.qemuGuest.enable {
        qemu-guest-agent = {
          description = "Run the QEMU Guest Agent";
          serviceConfig = {
            ExecStart = "/run/current-system/sw/bin/qemu-ga --statedir /run/qemu-ga";
            RuntimeDirectory = "qemu-ga";
            Restart = "always";
          };
        };
      })
      (mkIf config.virtualisation.docker.enable {
        docker = {
          wantedBy = lib.optional config.virtualisation.docker.enableOnBoot "multi-user.target";
          after = [ "network.target" ];
          serviceConfig = { Type = "notify"; ExecStart = "/run/current-system/sw/bin/dockerd"; };
        };
      })
    ];
    users.groups = lib.mkMerge [
      (mkIf config.virtualisation.docker.enable { docker.gid = 131; })
      (mkIf config.virtualisation.libvirtd.enable { libvirtd.gid = 67; })
    ];
  };
}
