# Next to the printer.
{ config, pkgs, lib, ... }:
{
  imports = [
    (import ../../modules/services/backup.nix { folders = [ "/var/lib/printers" ]; to = "sftp:data-storage:/srv/backup"; })
    (import ../../modules/hardware/disk.nix { device = "/dev/mmcblk0"; })
  ];
  networking.firewall.allowedTCPPorts = [ 631 ];
}
