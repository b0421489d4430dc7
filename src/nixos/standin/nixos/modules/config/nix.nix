# Nix on the machine: its settings, garbage collection, and the machines it builds on.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.nix;

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str types.path types.package ]);
  shown = value: if builtins.isBool value
    then lib.boolToString value
    else if builtins.isList value
    then toString value
    else toString value;
  builder = { options = {
    hostName = mkOption { type = types.str; description = "The machine."; };
    protocol = mkOption { type = types.enum [ null "ssh" "ssh-ng" ]; default = "ssh"; description = "How it is spoken to."; };
    system = mkOption { type = types.nullOr types.str; default = null; description = "Its platform."; };
    systems = mkOption { type = types.listOf types.str; default = [ ]; description = "Its platforms."; };
    sshUser = mkOption { type = types.nullOr types.str; default = null; description = "The account."; };
    sshKey = mkOption { type = types.nullOr types.str; default = null; description = "The private key."; };
    maxJobs = mkOption { type = types.int; default = 1; description = "Builds at once."; };
    speedFactor = mkOption { type = types.int; default = 1; description = "How fast it is beside others."; };
    mandatoryFeatures = mkOption { type = types.listOf types.str; default = [ ]; description = "What a build must want."; };
    supportedFeatures = mkOption { type = types.listOf types.str; default = [ ]; description = "What a build may want."; };
    publicHostKey = mkOption { type = types.nullOr types.str; default = null; description = "Its key, in base64."; };
  }; };
  before = separator: value: lib.optionalString (value != null) "${value}${separator}";
  setting = key: value: lib.optionalString (value != null) "${key} = ${shown value}\n";
  words = list: if list == [ ] then "-" else lib.concatStringsSep "," list;
  line = machine: lib.concatStringsSep " " [
    (before "://" machine.protocol + before "@" machine.sshUser + machine.hostName)
    (if machine.system != null then machine.system else words machine.systems)
    (if machine.sshKey == null then "-" else machine.sshKey)
    (toString machine.maxJobs)
    (toString machine.speedFactor)
    (words (machine.supportedFeatures ++ machine.mandatoryFeatures))
    (words machine.mandatoryFeatures)
    (if machine.publicHostKey == null then "-" else machine.publicHostKey)
  ] + "\n";
in
{
  options.nix = {
    enable = mkOption { type = types.bool; default = true; description = "Whether the machine has Nix."; };
    package = mkOption { type = types.package; default = pkgs.nix; description = "Which Nix."; };
    settings = mkOption {
      type = types.attrsOf (types.either atom (types.listOf atom));
      default = { };
      description = "nix.conf.";
    };
    extraOptions = mkOption { type = types.lines; default = ""; description = "More of nix.conf."; };
    channel.enable = mkOption { type = types.bool; default = true; description = "Whether channels are used."; };
    nixPath = mkOption { type = types.listOf types.str; default = [ ]; description = "NIX_PATH."; };
    registry = mkOption { type = types.attrsOf types.attrs; default = { }; description = "Names of flakes."; };
    distributedBuilds = mkOption { type = types.bool; default = false; description = "Whether other machines build."; };
    buildMachines = mkOption {
      type = types.listOf (types.submodule builder);
      default = [ ];
      description = "Machines that build.";
    };
    gc = {
      automatic = mkOption { type = types.bool; default = false; description = "Whether garbage is collected."; };
      dates = mkOption {
        type = types.either types.singleLineStr or types.str (types.listOf types.str);
        default = "03:15";
        description = "When.";
      };
      options = mkOption { type = types.str; default = ""; description = "Arguments of nix-collect-garbage."; };
      randomizedDelaySec = mkOption { type = types.str; default = "0"; description = "A delay that differs."; };
      persistent = mkOption { type = types.bool; default = true; description = "Whether a missed time is made up for."; };
    };
    optimise = {
      automatic = mkOption { type = types.bool; default = false; description = "Whether equal files become one."; };
      dates = mkOption { type = types.listOf types.str; default = [ "03:45" ]; description = "When."; };
    };
    daemonCPUSchedPolicy = mkOption {
      type = types.enum [ "other" "batch" "idle" ];
      default = "other";
      description = "The processor for builds.";
    };
    daemonIOSchedClass = mkOption {
      type = types.enum [ "best-effort" "idle" ];
      default = "best-effort";
      description = "The disk for builds.";
    };
  };

  config = mkIf cfg.enable {
    nix.settings = {
      max-jobs = mkDefault "auto";
      cores = mkDefault 0;
      sandbox = mkDefault true;
      auto-optimise-store = mkDefault false;
      require-sigs = mkDefault true;
      trusted-users = [ "root" ];
      allowed-users = mkDefault [ "*" ];
      substituters = lib.mkAfter [ "https://cache.nixos.org/" ];
      trusted-public-keys = [ "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" ];
    };
    environment.systemPackages = [ cfg.package ];
    environment.etc = {
      "nix/nix.conf".text = ''
        # written by NixOS; what is changed here is lost
        ${lib.concatStrings (lib.mapAttrsToList setting cfg.settings)}${cfg.extraOptions}'';
      "nix/machines" = mkIf (cfg.buildMachines != [ ]) { text = lib.concatMapStrings line cfg.buildMachines; };
      "nix/registry.json".text = builtins.toJSON {
        version = 2;
        flakes = lib.mapAttrsToList (name: entry: {
          exact = true;
          from = { type = "indirect"; id = name; };
        } // entry) cfg.registry;
      };
    };
    systemd.sockets.nix-daemon = {
      wantedBy = [ "sockets.target" ];
      description = "Nix Daemon Socket";
      listenStreams = [ "/nix/var/nix/daemon-socket/socket" ];
    };
    systemd.services = {
      nix-daemon = {
        description = "Nix Daemon";
        path = [ cfg.package ];
        unitConfig.RequiresMountsFor = [ "/nix/store" "/nix/var" ];
        restartTriggers = [ config.environment.etc."nix/nix.conf".source ];
        # The connection that runs the switch may be a build's.
        stopIfChanged = false;
        serviceConfig = {
          ExecStart = [ "" "@${cfg.package}/bin/nix-daemon nix-daemon --daemon" ];
          KillMode = "process";
          CPUSchedulingPolicy = cfg.daemonCPUSchedPolicy;
          IOSchedulingClass = cfg.daemonIOSchedClass;
        };
      };
      nix-gc = {
        description = "Nix Garbage Collector";
        script = "exec ${cfg.package}/bin/nix-collect-garbage ${cfg.gc.options}";
        serviceConfig.Type = "oneshot";
        startAt = lib.optionals cfg.gc.automatic (lib.toList cfg.gc.dates);
      };
      nix-optimise = mkIf cfg.optimise.automatic {
        description = "Nix Store Optimiser";
        script = "exec ${cfg.package}/bin/nix-store --optimise";
        serviceConfig.Type = "oneshot";
        startAt = cfg.optimise.dates;
      };
    };
    systemd.timers.nix-gc = mkIf cfg.gc.automatic {
      timerConfig = { RandomizedDelaySec = cfg.gc.randomizedDelaySec; Persistent = cfg.gc.persistent; };
    };
    users.groups.nixbld = { };
  };
}
