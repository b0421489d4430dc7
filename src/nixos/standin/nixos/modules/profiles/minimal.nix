# A small system: no documentation, and nothing that wants a screen.
{ lib, ... }:
{
  documentation.enable = lib.mkDefault false;
  documentation.doc.enable = lib.mkDefault false;
  documentation.info.enable = lib.mkDefault false;
  documentation.man.enable = lib.mkDefault false;
  documentation.nixos.enable = lib.mkDefault false;
  environment.defaultPackages = lib.mkDefault [ ];
  programs.command-not-found.enable = lib.mkDefault false;
  boot.enableContainers = lib.mkDefault false;
  services.logrotate.enable = lib.mkDefault false;
  services.udisks2.enable = lib.mkDefault false;
  xdg = lib.genAttrs [ "autostart" "icons" "mime" "sounds" ] (_: { enable = lib.mkDefault false; });
}
