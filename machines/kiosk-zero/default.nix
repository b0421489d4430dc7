# A screen in the hall.
{ config, pkgs, lib, ... }:
{
  imports = [ ../../modules/kiosk.nix (import ../../modules/hardware/disk.nix { device = "/dev/sda"; }) ];
  fleet-modules.kiosk = { enable = true; page = "http://10.88.127.1/kiosk-zero"; };
}
