# Firmware for hardware nobody looked for: what a generated hardware-configuration.nix imports.
{ lib, ... }:
{
  hardware.enableRedistributableFirmware = lib.mkDefault true;
}
