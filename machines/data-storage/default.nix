# Storage, the directory of accounts, and where the fleet is measured.
{ config, pkgs, lib, ... }:
{
  imports = [
    ../../modules/server_services/ldap.nix
    ../../modules/server_services/prometheus.nix
    ../../modules/modifier_imports/zfs.nix
    (import ../../modules/services/backup.nix { folders = [ "/srv" ]; to = "/mnt/cold"; })
    (import ../../modules/hardware/disk.nix { device = "/dev/sda"; fsType = "zfs"; })
  ];
}
