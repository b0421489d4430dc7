# The options of systemd units, by kind. Names and meanings are systemd's own (systemd.unit(5), systemd.service(5), …) where
# they have a section's spelling, and NixOS's where they have not (`script`, `path`, `restartTriggers`, `startAt`, …).
{ lib }:
let
  inherit (lib) mkEnableOption mkOption types;

  list = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };
  text = description: mkOption { type = types.lines; default = ""; inherit description; };
  switch = default: description: mkOption { type = types.bool; inherit default description; };

  # A value of a unit's section: given several times as a list, as a list is written in a unit file.
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str types.path types.package ]);
  section = description: mkOption {
    type = types.attrsOf (types.either atom (types.listOf atom));
    default = { };
    inherit description;
  };
in
rec {
  # What decides whether and how a unit comes into the system.
  placed = {
    enable = switch true "Whether the unit is there; without it the unit is masked.";
    overrideStrategy = mkOption {
      type = types.enum [ "asDropinIfExists" "asDropin" ];
      default = "asDropinIfExists";
      description = "Whether this is a unit or an addition (`overrides.conf`) to one that is elsewhere.";
    };
    aliases = list "Other names of the unit.";
    wantedBy = list "Units that want this one when it is there, as [Install] says elsewhere.";
    requiredBy = list "Units that require this one.";
    upheldBy = list "Units that uphold this one.";
  };

  unit = placed // {
    text = mkOption { type = types.nullOr types.str; default = null; description = "The unit file."; };
    unit = mkOption { internal = true; description = "The derivation that holds the unit file."; };
  };

  # The section [Unit].
  common = placed // {
    description = mkOption {
      type = types.singleLineStr or types.str;
      default = "";
      description = "What the unit is, in a few words.";
    };
    documentation = list "Addresses of its documentation.";
    requires = list "Units that are started with this one, and whose stop stops it.";
    requisite = list "Units that must already run.";
    wants = list "Units that are started with this one.";
    upholds = list "Units that are kept running as long as this one.";
    after = list "Units this one is started after.";
    before = list "Units this one is started before.";
    bindsTo = list "As `requires`, and this unit ends as soon as they do.";
    partOf = list "Units whose stop and restart are this one's too.";
    conflicts = list "Units that cannot run beside this one.";
    onFailure = list "Units started when this one fails.";
    onSuccess = list "Units started when this one ends well.";
    unitConfig = section "More of [Unit].";
    startLimitBurst = mkOption { type = types.nullOr types.int; default = null; description = "Starts within the interval."; };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "The interval, in seconds.";
    };
    restartTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values; when one changes, a switch restarts the unit.";
    };
    reloadTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values; when one changes and the unit does not otherwise, a switch reloads the unit.";
    };
  };

  changes = {
    restartIfChanged = switch true "Whether a switch restarts the unit when it changed.";
    reloadIfChanged = switch false "Whether a switch reloads the unit, instead of a restart, when it changed.";
    stopIfChanged = switch true "Whether such a restart is a stop before the activation and a start after it.";
  };

  service = common // changes // {
    environment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      description = "Variables of its processes.";
    };
    path = mkOption {
      type = types.listOf (types.oneOf [ types.package types.str ]);
      default = [ ];
      description = "Packages whose programs its processes find.";
    };
    serviceConfig = section "The section [Service].";
    script = text "What the unit runs, as a shell script.";
    scriptArgs = mkOption { type = types.str; default = ""; description = "Arguments of `script`."; };
    preStart = text "A shell script that runs before it.";
    postStart = text "A shell script that runs after its start.";
    reload = text "A shell script that reloads it.";
    preStop = text "A shell script that stops it.";
    postStop = text "A shell script that runs after its end.";
    enableStrictShellChecks = switch false "Accepted; the stand-in checks no scripts.";
    notSocketActivated = switch false "Whether a switch restarts the service even where it has a socket.";
    startAt = mkOption {
      type = types.coercedTo types.str lib.singleton (types.listOf types.str);
      default = [ ];
      description = "Times at which a timer of the same name starts it (systemd.time(7)).";
    };
  };

  socket = common // {
    listenStreams = list "ListenStream=";
    listenDatagrams = list "ListenDatagram=";
    socketConfig = section "The section [Socket].";
  };
  timer = common // { timerConfig = section "The section [Timer]."; };
  path = common // { pathConfig = section "The section [Path]."; };
  slice = common // { sliceConfig = section "The section [Slice]."; };
  target = common;
  mount = common // {
    what = mkOption { type = types.str; description = "What is mounted."; };
    where = mkOption { type = types.str; description = "Where it is mounted."; };
    type = mkOption { type = types.str; default = ""; description = "The file system's type."; };
    options = mkOption { type = types.commas or types.str; default = ""; description = "Mount options."; };
    mountConfig = section "The section [Mount].";
  };
  automount = common // {
    where = mkOption { type = types.str; description = "Where it is mounted on use."; };
    automountConfig = section "The section [Automount].";
  };

  inherit section list text switch mkEnableOption;
}
