# A small board that says it is there.
{ config, pkgs, lib, ... }:
{
  systemd.services.beacon = {
    description = "A line a minute";
    startAt = "minutely";
    serviceConfig.ExecStart = "${pkgs.bash}/bin/bash -c 'echo beacon'";
  };
}
