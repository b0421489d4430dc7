# A rented server that builds for the others.
{ config, pkgs, lib, ... }:
{
  imports = [ (import ../../modules/hardware/disk.nix { device = "/dev/vda"; }) ];
  boot.kernel.sysctl."vm.swappiness" = 10;
}
