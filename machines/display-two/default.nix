# A display on a small board.
{ config, pkgs, lib, ... }:
{
  imports = [ ../../modules/kiosk.nix ];
  fleet-modules.kiosk.enable = true;
  fleet-modules.kiosk.page = "http://10.88.127.1/display-two";
}
