# Pools of disks.
{ boot.supportedFilesystems = [ "zfs" ]; networking.hostId = "cafe0001"; }
