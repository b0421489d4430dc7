# A board with an option of the fleet's own.
{ config, lib, pkgs, ... }:
let cfg = config.display;
in
{
  options.display = {
    enable = lib.mkEnableOption "a display";
    page = lib.mkOption { type = lib.types.str; };
  };
  config = lib.mkMerge [
    { display = { enable = true; page = "http://10.88.127.1/"; }; }
    (lib.mkIf config.display.enable { environment.etc.page.text = cfg.page; })
  ];
}
