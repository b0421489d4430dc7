# Pools of disks.
{ config, lib, ... }:
{
  boot.supportedFilesystems = [ "zfs" ];
  # Eight hexadecimal digits that are the machine's own, which ZFS wants.
  networking.hostId = builtins.substring 0 8 (builtins.hashString "sha256" config.networking.hostName);
}
