# Planned: it has a number in the mesh and no keys yet.
{ config, pkgs, lib, ... }:
{
  imports = [ (import ../../modules/hardware/disk.nix { device = "/dev/sda"; }) ];
}
