# The image for 64-bit ARM boards, the Raspberry Pi's among them: U-Boot reads extlinux.conf, and all usual consoles are on.
{ config, lib, pkgs, ... }:
{
  imports = [ ../../profiles/base.nix ./sd-image.nix ];

  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;
  boot.consoleLogLevel = lib.mkDefault 7;
  # The serial consoles of the Raspberry Pi 3, of QEMU's board `virt`, and the screen, which is last and so the main one.
  boot.kernelParams = [ "console=ttyS0,115200n8" "console=ttyAMA0,115200n8" "console=tty0" ];

  sdImage.populateFirmwareCommands = ''
    firmware ${pkgs.raspberrypifw}
    u-boot ${pkgs.ubootRaspberryPi4_64bit}
    config.txt [pi4] kernel=u-boot-rpi4.bin enable_gic=1 [all] arm_64bit=1 enable_uart=1
  '';
  sdImage.populateRootCommands = ''
    ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d ./files/boot
  '';
}
