# Storage that is written once, on the channel that changes least.
{ config, pkgs, lib, ... }:
{
  imports = [
    ../../modules/modifier_imports/zfs.nix
    (import ../../modules/services/backup.nix { folders = [ "/srv/cold" ]; to = "/mnt/tape"; })
    (import ../../modules/hardware/disk.nix { device = "/dev/sda"; fsType = "zfs"; })
  ];
}
