# A rented web server.
{ config, pkgs, lib, ... }:
{
  imports = [
    (import ../../modules/services/web.nix { upstream = "10.88.127.1"; })
    (import ../../modules/hardware/disk.nix { device = "/dev/vda"; })
  ];
}
