# Services that a fleet's machines often name, each with the few options that are commonly set, and one unit.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkEnableOption mkIf mkMerge mkOption types;
  cfg = config.services;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  list = type: description: mkOption { type = types.listOf type; default = [ ]; inherit description; };
  package = default: mkOption { type = types.package; inherit default; description = "Which package."; };
  text = default: description: mkOption { type = types.str; inherit default description; };
  lines = description: mkOption { type = types.lines; default = ""; inherit description; };
  free = description: mkOption { type = types.attrsOf types.unspecified; default = { }; inherit description; };

  backup = { options = {
    initialize = toggle false "Whether the repository is made.";
    repository = mkOption { type = types.nullOr types.str; default = null; description = "The repository."; };
    repositoryFile = mkOption { type = types.nullOr types.path; default = null; description = "A file with the repository."; };
    passwordFile = mkOption { type = types.str; description = "A file with the password."; };
    environmentFile = mkOption { type = types.nullOr types.str; default = null; description = "Variables with credentials."; };
    paths = list types.str "What is backed up.";
    exclude = list types.str "What is not.";
    user = text "root" "Whose rights it has.";
    pruneOpts = list types.str "What is forgotten.";
    extraBackupArgs = list types.str "Arguments.";
    timerConfig = mkOption {
      type = types.nullOr (types.attrsOf types.unspecified);
      default = { OnCalendar = "daily"; Persistent = true; };
      description = "When.";
    };
  }; };
in
{
  options.xdg = lib.genAttrs [
    "autostart"
    "icons"
    "menus"
    "mime"
    "portal"
    "sounds"
  ] (name: { enable = toggle false "Accepted; the stand-in has no desktop."; });
  options.services = {
    timesyncd = {
      enable = toggle true "Whether the clock is set.";
      servers = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = config.networking.timeServers;
        description = "By whom.";
      };
    };
    resolved = {
      enable = mkEnableOption "systemd-resolved";
      dnssec = text "false" "Whether answers are proved.";
      fallbackDns = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        description = "Servers when there are no others.";
      };
      extraConfig = lines "More of resolved.conf.";
    };
    journald = {
      extraConfig = lines "More of journald.conf.";
      storage = text "persistent" "Where the journal lies.";
      rateLimitBurst = mkOption { type = types.int; default = 10000; description = "Messages in an interval."; };
    };
    logind = {
      lidSwitch = text "suspend" "What closing the lid does.";
      extraConfig = lines "More of logind.conf.";
      settings = free "logind.conf.";
    };
    fstrim = { enable = toggle true "Whether free blocks are told to disks."; interval = text "weekly" "How often."; };
    udev = { extraRules = lines "Rules for devices."; packages = list types.path "Packages with rules."; };
    dbus = { enable = toggle true "Whether D-Bus is there."; packages = list types.path "Packages with services."; };
    getty = {
      autologinUser = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Who is logged in at the console.";
      };
      helpLine = lines "Shown at the console.";
    };
    cron = { enable = mkEnableOption "cron"; systemCronJobs = list types.str "Lines of crontab."; };
    fail2ban = {
      enable = mkEnableOption "fail2ban";
      package = package pkgs.fail2ban;
      maxretry = mkOption { type = types.ints.unsigned; default = 3; description = "Attempts."; };
      bantime = mkOption { type = types.nullOr types.str; default = null; description = "How long one is banned."; };
      ignoreIP = list types.str "Who never is.";
      jails = free "Jails.";
    };
    openldap = {
      enable = mkEnableOption "OpenLDAP";
      package = package pkgs.openldap;
      urlList = mkOption { type = types.listOf types.str; default = [ "ldap:///" ]; description = "Where it listens."; };
      settings = free "The configuration's tree.";
      declarativeContents = mkOption { type = types.attrsOf types.lines; default = { }; description = "Entries by suffix."; };
    };
    postgresql = {
      enable = mkEnableOption "PostgreSQL";
      package = package pkgs.postgresql;
      port = mkOption { type = types.port; default = 5432; description = "Its port."; };
      enableTCPIP = toggle false "Whether it listens on the network.";
      ensureDatabases = list types.str "Databases that are there.";
      ensureUsers = list types.attrs "Accounts that are there.";
      authentication = lines "pg_hba.conf.";
      settings = free "postgresql.conf.";
      dataDir = text "/var/lib/postgresql/17" "Where the data lies.";
    };
    grafana = {
      enable = mkEnableOption "Grafana";
      package = package pkgs.grafana;
      settings = mkOption {
        type = types.attrsOf (types.attrsOf types.unspecified);
        default = { };
        description = "grafana.ini.";
      };
      provision = free "What is there from the start.";
      dataDir = text "/var/lib/grafana" "Where the data lies.";
    };
    zfs = {
      autoScrub = {
        enable = mkEnableOption "scrubs of ZFS";
        interval = text "monthly" "How often.";
        pools = list types.str "Which pools.";
      };
      autoSnapshot = {
        enable = mkEnableOption "snapshots of ZFS";
        frequent = mkOption { type = types.int; default = 4; description = "How many of 15 minutes."; };
      };
      trim = { enable = toggle true "Whether free blocks are told to disks."; interval = text "weekly" "How often."; };
    };
    restic.backups = mkOption { type = types.attrsOf (types.submodule backup); default = { }; description = "Backups."; };
    printing = { enable = mkEnableOption "printing"; drivers = list types.package "Drivers."; };
    avahi = {
      enable = mkEnableOption "Avahi";
      nssmdns4 = toggle false "Whether names are looked up by it.";
      openFirewall = toggle true "Whether the firewall lets it through.";
    };
    logrotate.enable = toggle true "Whether logs are rotated.";
    udisks2.enable = mkEnableOption "UDisks";
    tailscale.enable = mkEnableOption "Tailscale";
    xserver = {
      enable = mkEnableOption "the X server";
      xkb = { layout = text "us" "The keyboard."; variant = text "" "Its variant."; options = text "" "Its options."; };
      videoDrivers = mkOption { type = types.listOf types.str; default = [ "modesetting" "fbdev" ]; description = "Drivers."; };
    };
    displayManager = {
      defaultSession = mkOption { type = types.nullOr types.str; default = null; description = "The session."; };
      autoLogin = {
        enable = toggle false "Whether somebody is logged in.";
        user = mkOption { type = types.nullOr types.str; default = null; description = "Who."; };
      };
    };
    libinput.enable = toggle true "Whether pointers are handled by libinput.";
    pipewire = {
      enable = mkEnableOption "PipeWire";
      alsa = { enable = mkEnableOption "ALSA"; support32Bit = mkEnableOption "programs of 32 bits"; };
      pulse.enable = mkEnableOption "PulseAudio's protocol";
    };
  };

  config = mkMerge [
    {
      environment.etc = {
        "systemd/journald.conf".text = ''
          [Journal]
          Storage=${cfg.journald.storage}
          RateLimitBurst=${toString cfg.journald.rateLimitBurst}
          ${cfg.journald.extraConfig}'';
        "systemd/logind.conf".text = "[Login]\nHandleLidSwitch=${cfg.logind.lidSwitch}\n${cfg.logind.extraConfig}";
        "systemd/timesyncd.conf" = mkIf cfg.timesyncd.enable {
          text = "[Time]\nNTP=${toString (if cfg.timesyncd.servers == null then [ ] else cfg.timesyncd.servers)}\n";
        };
        "systemd/resolved.conf" = mkIf cfg.resolved.enable {
          text = "[Resolve]\nDNSSEC=${cfg.resolved.dnssec}\n"
            + lib.optionalString (cfg.resolved.fallbackDns != null) "FallbackDNS=${toString cfg.resolved.fallbackDns}\n"
            + cfg.resolved.extraConfig;
        };
        "udev/rules.d/99-local.rules" = mkIf (cfg.udev.extraRules != "") { text = cfg.udev.extraRules; };
        "crontab" = mkIf (cfg.cron.enable && cfg.cron.systemCronJobs != [ ]) {
          text = lib.concatMapStrings (job: "${job}\n") cfg.cron.systemCronJobs;
        };
      };
      systemd.services.systemd-journald = {
        overrideStrategy = "asDropin";
        restartTriggers = [ config.environment.etc."systemd/journald.conf".source ];
      };
      systemd.services.fstrim = mkIf cfg.fstrim.enable {
        description = "Discard unused blocks";
        script = "fstrim --listed-in /etc/fstab:/proc/self/mountinfo --verbose --quiet-unsupported";
        serviceConfig.Type = "oneshot";
        startAt = cfg.fstrim.interval;
      };
    }
    (mkIf cfg.fail2ban.enable {
      environment.etc."fail2ban/jail.local".text = lib.generators.toINI { } ({
        DEFAULT = {
          inherit (cfg.fail2ban) maxretry;
          ignoreip = toString ([ "127.0.0.1/8" ] ++ cfg.fail2ban.ignoreIP);
        } // lib.optionalAttrs (cfg.fail2ban.bantime != null) { inherit (cfg.fail2ban) bantime; };
      }
        // lib.mapAttrs (_: jail: if builtins.isAttrs jail
          then jail.settings or jail
          else throw "the stand-in takes a jail as a set") cfg.fail2ban.jails);
      systemd.services.fail2ban = {
        description = "Fail2ban Service";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        restartTriggers = [ config.environment.etc."fail2ban/jail.local".source ];
        serviceConfig = {
          ExecStart = "${cfg.fail2ban.package}/bin/fail2ban-server -xf start";
          ExecReload = "${cfg.fail2ban.package}/bin/fail2ban-client reload";
          Restart = "on-failure";
          RuntimeDirectory = "fail2ban";
          StateDirectory = "fail2ban";
        };
      };
    })
    (mkIf cfg.openldap.enable {
      users.users.openldap = { isSystemUser = true; group = "openldap"; };
      users.groups.openldap = { };
      systemd.services.openldap = {
        description = "OpenLDAP Server Daemon";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        restartTriggers = [ (builtins.toJSON cfg.openldap.settings) ] ++ lib.attrValues cfg.openldap.declarativeContents;
        serviceConfig = {
          User = "openldap";
          Group = "openldap";
          Type = "notify";
          ExecStart = "${cfg.openldap.package}/bin/slapd -d 0 -F /var/lib/openldap/slapd.d -h '${toString cfg.openldap.urlList}'";
          StateDirectory = [ "openldap" "openldap/slapd.d" ];
          RuntimeDirectory = "openldap";
        };
      };
    })
    (mkIf cfg.postgresql.enable {
      users.users.postgres = { uid = 71; group = "postgres"; isSystemUser = true; };
      users.groups.postgres.gid = 71;
      systemd.services.postgresql = {
        description = "PostgreSQL Server";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        environment.PGDATA = cfg.postgresql.dataDir;
        restartTriggers = [ cfg.postgresql.authentication (builtins.toJSON cfg.postgresql.settings) ];
        serviceConfig = {
          User = "postgres";
          Group = "postgres";
          Type = "notify";
          ExecStart = "${cfg.postgresql.package}/bin/postgres -p ${toString cfg.postgresql.port}${lib.optionalString cfg.postgresql.enableTCPIP " -i"}";
          ExecReload = "/bin/kill -HUP $MAINPID";
          KillSignal = "SIGINT";
          TimeoutSec = 120;
        };
        postStart = lib.concatMapStrings (name: ''
          psql -tAc "SELECT 1 FROM pg_database WHERE datname = '${name}'" | grep -q 1 ||
            psql -tAc 'CREATE DATABASE "${name}"'
        '') cfg.postgresql.ensureDatabases;
      };
    })
    (mkIf cfg.grafana.enable {
      users.users.grafana = { group = "grafana"; isSystemUser = true; home = cfg.grafana.dataDir; };
      users.groups.grafana = { };
      systemd.services.grafana = {
        description = "Grafana Service Daemon";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = {
          User = "grafana";
          ExecStart = "${cfg.grafana.package}/bin/grafana server -homepath ${cfg.grafana.dataDir} -config "
            + "${pkgs.writeText "config.ini" (lib.generators.toINI { } cfg.grafana.settings)}";
          WorkingDirectory = cfg.grafana.dataDir;
          StateDirectory = "grafana";
        };
      };
    })
    (mkIf (config.boot.zfs.enabled && cfg.zfs.autoScrub.enable) {
      systemd.services.zfs-scrub = {
        description = "ZFS pools scrubbing";
        script = "${pkgs.zfs}/bin/zpool scrub -w "
          + (if cfg.zfs.autoScrub.pools == [ ] then "$(${pkgs.zfs}/bin/zpool list -H -o name)" else toString cfg.zfs.autoScrub.pools);
        serviceConfig.Type = "simple";
        startAt = cfg.zfs.autoScrub.interval;
      };
    })
    {
      systemd.services = lib.mapAttrs' (name: backup: lib.nameValuePair "restic-backups-${name}" {
        environment = {
          RESTIC_PASSWORD_FILE = backup.passwordFile;
          RESTIC_REPOSITORY = backup.repository;
          RESTIC_REPOSITORY_FILE = backup.repositoryFile;
          RESTIC_CACHE_DIR = "/var/cache/restic-backups-${name}";
        };
        restartIfChanged = false;
        wants = [ "network-online.target" ];
        after = [ "network-online.target" ];
        serviceConfig = {
          Type = "oneshot";
          User = backup.user;
          ExecStart = [
            (toString ([ "${pkgs.restic}/bin/restic" "backup" ] ++ backup.extraBackupArgs
              ++ map (path: "--exclude=${path}") backup.exclude ++ backup.paths))
          ]
            ++ lib.optional (backup.pruneOpts != [ ]) "${pkgs.restic}/bin/restic forget --prune ${toString backup.pruneOpts}";
          CacheDirectory = "restic-backups-${name}";
          EnvironmentFile = backup.environmentFile;
        };
        preStart = lib.optionalString backup.initialize "${pkgs.restic}/bin/restic cat config > /dev/null || ${pkgs.restic}/bin/restic init\n";
      }) cfg.restic.backups;
      systemd.timers = lib.mapAttrs' (name: backup: lib.nameValuePair "restic-backups-${name}" {
        wantedBy = [ "timers.target" ];
        inherit (backup) timerConfig;
      }) (lib.filterAttrs (_: backup: backup.timerConfig != null) cfg.restic.backups);
    }
  ];
}
