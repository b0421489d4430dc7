# A screen with one page, switched on by `fleet-modules.kiosk.enable`.
{ config, lib, pkgs, ... }:
let cfg = config.fleet-modules.kiosk;
in
{
  options.fleet-modules.kiosk = {
    enable = lib.mkEnableOption "a screen that shows one page";
    page = lib.mkOption { type = lib.types.str; description = "The page's address."; };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.kiosk = {
      description = "The page ${cfg.page} on the screen";
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${pkgs.bash}/bin/bash -c 'echo ${cfg.page}; exec sleep infinity'";
    };
  };
}
