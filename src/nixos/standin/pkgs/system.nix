# The parts of a system that configurations change by overlays and options: kernels and their modules.
final: prev:
let
  inherit (final) lib stdenv;

  kernel = version: stdenv.mkDerivation (self: {
    pname = "linux";
    inherit version;
    modDirVersion = self.version;
    tree = {
      ${stdenv.hostPlatform.linux-kernel.target or "bzImage"} = "stand-in for Linux ${self.version}\n";
      "System.map" = "stand-in\n";
      "lib/modules/${self.modDirVersion}/modules.order" = "";
    };
    passthru = {
      inherit version;
      features = { };
      kernelAtLeast = lib.versionAtLeast version;
      kernelOlder = lib.versionOlder version;
    };
    meta = { description = "Linux kernel"; license = { spdxId = "GPL-2.0-only"; shortName = "gpl2Only"; free = true; }; };
  });

  module = kernel: pname: version: stdenv.mkDerivation {
    pname = "${pname}-kernel";
    version = "${version}-${kernel.version}";
    tree."lib/modules/${kernel.modDirVersion}/extra/${pname}.ko" = "stand-in for ${pname} ${version}\n";
  };
in
{
  linux = kernel "6.12.58";
  linux_latest = kernel "6.17.8";
  linux_rpi4 = kernel "6.12.47-stable_20250916";

  linuxPackagesFor = kernel: lib.makeExtensible (self: {
    inherit kernel;
    wireguard = null;
    zfs = module kernel "zfs" "2.3.4";
    zfs_2_3 = self.zfs;
    v4l2loopback = module kernel "v4l2loopback" "0.15.1";
  });
  linuxPackages = final.linuxPackagesFor final.linux;
  linuxPackages_latest = final.linuxPackagesFor final.linux_latest;
  linuxPackages_rpi4 = final.linuxPackagesFor final.linux_rpi4;
  linuxKernel.packages = { inherit (final) linuxPackages_latest linuxPackages_rpi4; linux_6_12 = final.linuxPackages; };

  # The modules of an initial RAM disk. With allowMissing a module the kernel lacks is left out instead of failing the build;
  # the stand-in cannot look into a kernel, so what is asked for is what is written down.
  makeModulesClosure = { kernel, firmware, rootModules, allowMissing ? false, extraFirmwarePaths ? [ ] }:
    final.writeTree "${kernel.name}-modules-shrunk" {
      "lib/modules/closure" = ''
        kernel ${kernel}
        firmware ${toString firmware}
        allow missing ${lib.boolToString allowMissing}
        ${lib.concatMapStrings (name: "module ${name}\n") rootModules}'';
    };

  makeInitrdNG = { name ? "initrd", contents ? [ ], compressor ? "zstd", ... }:
    final.writeTree name {
      initrd = "stand-in for an initial RAM disk (${toString compressor})\n"
        + lib.concatMapStrings (item: "${toString item.source or item.object or item}\n") contents;
    };

  linux-firmware = stdenv.mkDerivation {
    pname = "linux-firmware";
    version = "20251111";
    tree."lib/firmware/README" = "stand-in\n";
    meta = {
      description = "Binary firmware collection";
      license = { shortName = "unfreeRedistributableFirmware"; fullName = "Unfree redistributable firmware"; free = true; };
    };
  };
  raspberrypiWirelessFirmware = final.linux-firmware.overrideAttrs { pname = "raspberrypi-wireless-firmware"; };
  raspberrypifw = final.linux-firmware.overrideAttrs { pname = "raspberrypi-firmware"; };
  ubootRaspberryPi4_64bit = stdenv.mkDerivation {
    pname = "uboot-rpi_4_defconfig";
    version = "2025.10";
    tree."u-boot.bin" = "stand-in\n";
  };
  grub2 = stdenv.mkDerivation {
    pname = "grub";
    version = "2.12";
    tree."bin/grub-install" = { executable = true; text = "#!/bin/sh\nexit 127\n"; };
  };
}
