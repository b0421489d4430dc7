# Units as systemd reads them: sections, lists, scripts, environment, triggers, and what a switch is told.
{ unit, config, toplevel, lib, ... }:
let
  module = { pkgs, ... }: {
    systemd.services.backup = {
      description = "Copy what must not be lost";
      after = [ "network-online.target" "mnt-backup.mount" ];
      wants = [ "network-online.target" ];
      bindsTo = [ "mnt-backup.mount" ];
      onFailure = [ "alarm@%n.service" ];
      environment = { TARGET = "/mnt/backup"; QUOTED = "50% of \"it\""; GONE = null; };
      path = [ pkgs.rsync ];
      script = "rsync -a /var/lib/ \"$TARGET\"";
      preStart = "test -d \"$TARGET\"";
      serviceConfig = {
        Type = "oneshot";
        ExecStartPre = "/bin/true";
        Nice = 10;
        PrivateTmp = true;
        ReadWritePaths = [ "/mnt/backup" "/run" ];
        Slice = null;
      };
      unitConfig.RequiresMountsFor = "/mnt/backup";
      startAt = [ "daily" "Mon 12:00" ];
      restartIfChanged = false;
    };
    systemd.services.web = {
      wantedBy = [ "multi-user.target" ];
      requiredBy = [ "shop.target" ];
      aliases = [ "www.service" ];
      reloadIfChanged = true;
      stopIfChanged = false;
      restartTriggers = [ "a value" 7 pkgs.hello ];
      reloadTriggers = [ "another" ];
      serviceConfig.ExecStart = "/bin/web";
      reload = "kill -HUP $MAINPID";
    };
    systemd.sockets.web = { wantedBy = [ "sockets.target" ]; listenStreams = [ "80" "443" ]; socketConfig.Accept = false; };
    systemd.timers.backup.timerConfig.Persistent = true;
    systemd.targets.shop = { description = "All of the shop"; requires = [ "web.service" ]; };
    systemd.slices.shop.sliceConfig = { MemoryMax = "2G"; CPUWeight = 50; };
    systemd.paths.inbox = { pathConfig.PathChanged = "/var/spool/inbox"; wantedBy = [ "paths.target" ]; };
    systemd.mounts = [ { what = "/dev/sdb1"; where = "/mnt/back-up"; type = "ext4"; options = "noatime"; } ];
    systemd.automounts = [ { where = "/mnt/back-up"; automountConfig.TimeoutIdleSec = 60; } ];
    systemd.services.off.enable = false;
    systemd.services.foreign = { overrideStrategy = "asDropin"; serviceConfig.MemoryMax = "1G"; };
    systemd.tmpfiles.rules = [ "d /var/cache/web 0755 web web 10d" ];
    systemd.tmpfiles.settings.shop."/var/lib/shop".d = { user = "web"; mode = "0750"; };
  };
in
{
  derivation = toplevel module;
  service = unit module "backup.service";
  start-at-is-a-timer = unit module "backup.timer";
  what-a-switch-is-told = unit module "web.service";
  socket = unit module "web.socket";
  target = unit module "shop.target";
  slice = unit module "shop.slice";
  path = unit module "inbox.path";
  mount-is-named-by-its-place = unit module ''mnt-back\x2dup.mount'';
  automount = unit module ''mnt-back\x2dup.automount'';
  placed = lib.mapAttrs (_: unit: { inherit (unit) enable wantedBy requiredBy aliases overrideStrategy; })
    (lib.filterAttrs (name: _: lib.elem name [
      "web.service"
      "off.service"
      "foreign.service"
      "backup.timer"
    ]) (config module).systemd.units);
  tmpfiles = map (name: (config module).environment.etc.${name}.text) [ "tmpfiles.d/00-nixos.conf" "tmpfiles.d/shop.conf" ];
  raw-unit = unit { systemd.units."by-hand.service".text = "[Service]\nExecStart=/bin/true\n"; } "by-hand.service";
  oneshot-does-not-restart-always = (config {
    systemd.services.x.serviceConfig = { Type = "oneshot"; Restart = "always"; };
  }).system.build.toplevel.name;
}
