# What an installation image has: programs to look at disks and networks, and the usual file systems.
{ config, lib, pkgs, ... }:
{
  environment.systemPackages = [ pkgs.vim pkgs.e2fsprogs pkgs.rsync ];
  boot.supportedFilesystems = lib.genAttrs [ "btrfs" "cifs" "f2fs" "ntfs" "vfat" "xfs" ] (_: lib.mkDefault true);
  # An image is for any machine, so it has no identity.
  networking.hostId = lib.mkDefault "8425e349";
}
