# A machine that is carried around.
{ config, lib, pkgs, ... }:
{
  networking.networkmanager.enable = true;
  services.openssh.startWhenNeeded = true;
}
