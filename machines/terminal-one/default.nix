# A laptop.
{ config, pkgs, lib, ... }:
{
  imports = [
    ../../modules/environments/code.nix
    ../../modules/modifier_imports/laptop.nix
    (import ../../modules/hardware/disk.nix { device = "/dev/nvme0n1"; })
  ];
}
