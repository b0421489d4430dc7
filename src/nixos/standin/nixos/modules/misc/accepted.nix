# Options that configurations of real machines set and the stand-in does nothing for: whoever turns one on is told, since a
# system that silently lacks a service is worse than an option that is not there.
{ config, lib, ... }:
let
  accepted = [
    "boot.plymouth.enable"
    "boot.swraid.enable"
    "hardware.bluetooth.enable"
    "hardware.graphics.enable"
    "hardware.i2c.enable"
    "hardware.pulseaudio.enable"
    "hardware.sensor.iio.enable"
    "networking.wireless.enable"
    "powerManagement.powertop.enable"
    "programs.gnupg.agent.enable"
    "programs.nix-ld.enable"
    "security.apparmor.enable"
    "security.auditd.enable"
    "security.doas.enable"
    "security.rtkit.enable"
    "security.sudo-rs.enable"
    "services.avahi.enable"
    "services.pipewire.enable"
    "services.printing.enable"
    "services.tailscale.enable"
    "services.udisks2.enable"
    "services.xserver.enable"
    "services.zfs.autoSnapshot.enable"
    "virtualisation.libvirtd.enable"
    "virtualisation.podman.enable"
  ];
  isOn = path: lib.attrByPath (lib.splitString "." path) false config;
in
{
  warnings = map (path: "the stand-in takes `${path}` and does nothing for it") (lib.filter isOn accepted);
}
