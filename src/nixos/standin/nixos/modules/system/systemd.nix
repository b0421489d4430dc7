# systemd: units of every kind, rendered and laid out below /etc/systemd.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mapAttrs mapAttrs' mkIf mkMerge mkOption nameValuePair types;
  cfg = config.systemd;
  options = import ../../lib/systemd-options.nix { inherit lib; };
  units = import ../../lib/systemd-units.nix { inherit lib pkgs; };

  kind = name: option: module: mkOption {
    type = types.attrsOf (types.submodule ({ name, config, ... }: {
      options = option;
      config = module { inherit name config; };
    }));
    default = { };
    description = "Units of the kind `${name}`, by name without `.${name}`.";
  };
  nothing = _: { };

  # Every service finds these, as on NixOS.
  defaultPath = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused cfg.package ];

  rendered = let kinds = units.kinds cfg.globalEnvironment; in
    lib.concatMapAttrs (suffix: all: mapAttrs' (name: unit: nameValuePair "${name}.${suffix}" (kinds.${suffix} "${name}.${suffix}" unit)) all) {
      service = cfg.services;
      socket = cfg.sockets;
      timer = cfg.timers;
      path = cfg.paths;
      slice = cfg.slices;
      target = cfg.targets;
    }
    // byWhere "mount" cfg.mounts
    // byWhere "automount" cfg.automounts;
  # Mounts are named by where they are (systemd.mount(5)).
  byWhere = suffix: list: lib.listToAttrs (map (unit:
    let name = "${utils.escapeSystemdPath unit.where}.${suffix}"; in
    nameValuePair name ((units.kinds cfg.globalEnvironment).${suffix} name unit)) list);
in
{
  options.systemd = {
    package = mkOption { type = types.package; default = pkgs.systemd; description = "The package of systemd."; };
    units = mkOption {
      type = types.attrsOf (types.submodule ({ name, config, ... }: {
        options = options.unit;
        config.unit = lib.mkDefault (units.file name (if config.text == null then "" else config.text));
      }));
      default = { };
      description = "Unit files by their full name.";
    };
    services = kind "service" options.service ({ config, ... }: { path = lib.mkAfter defaultPath; });
    sockets = kind "socket" options.socket nothing;
    timers = kind "timer" options.timer nothing;
    paths = kind "path" options.path nothing;
    slices = kind "slice" options.slice nothing;
    targets = kind "target" options.target nothing;
    mounts = mkOption {
      type = types.listOf (types.submodule { options = options.mount; });
      default = [ ];
      description = "Mount units.";
    };
    automounts = mkOption {
      type = types.listOf (types.submodule { options = options.automount; });
      default = [ ];
      description = "Automount units.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose units are there too.";
    };
    globalEnvironment = options.service.environment // { description = "Variables of every service."; };
    defaultUnit = mkOption { type = types.str; default = "multi-user.target"; description = "What a machine starts into."; };
    enableEmergencyMode = options.switch true "Whether a failed start leads to a shell.";
    extraConfig = options.text "More lines for system.conf.";
    settings.Manager = options.section "The section [Manager] of system.conf.";
    sleep.extraConfig = options.text "Lines for sleep.conf.";
    coredump.enable = options.switch true "Whether cores are kept.";
    suppressedSystemUnits = options.list "Units of systemd that are left out.";
    user.services = kind "service" options.service nothing;
    tmpfiles = {
      rules = options.list "Lines of tmpfiles.d(5).";
      settings = mkOption {
        type = types.attrsOf (types.attrsOf (types.attrsOf (types.submodule ({ name, ... }: {
          options = lib.genAttrs [ "mode" "user" "group" "age" "argument" ] (field: mkOption {
            type = types.str;
            default = if field == "argument" then "" else "-";
            description = "The field `${field}`.";
          }) // { type = mkOption { type = types.str; default = name; description = "The type of the line."; }; };
        }))));
        default = { };
        description = "Files of tmpfiles.d(5): file, path, type.";
      };
    };
  };

  config = {
    assertions = lib.concatLists (lib.mapAttrsToList (name: service: [
      {
        assertion = service.serviceConfig.Type or "" == "oneshot" -> service.serviceConfig.Restart or "no" != "always";
        message = "Service '${name}.service' with 'Type=oneshot' cannot have 'Restart=always' or 'Restart=on-success'";
      }
    ]) cfg.services);

    systemd.units = rendered;

    # `startAt` is a timer of the same name.
    systemd.timers = mapAttrs (name: service: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = service.startAt;
    }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) cfg.services);

    system.build.units = units.folder "system-units" { "default.target".link = cfg.defaultUnit; } cfg.units;

    environment.etc = mkMerge [
      {
        "systemd/system".source = config.system.build.units;
        "systemd/system.conf".text = "[Manager]\n${units.lines cfg.settings.Manager}${cfg.extraConfig}";
      }
      (mkIf (cfg.user.services != { }) {
        "systemd/user".source = units.folder "user-units" { } (mapAttrs' (name: unit:
          let rendered = (units.kinds { }).service "${name}.service" unit; in
          nameValuePair "${name}.service" (rendered // {
            unit = units.file "${name}.service" rendered.text;
          })) cfg.user.services);
      })
      (mkIf (cfg.tmpfiles.rules != [ ]) {
        "tmpfiles.d/00-nixos.conf".text = "# from systemd.tmpfiles.rules\n\n${lib.concatStringsSep "\n" cfg.tmpfiles.rules}\n";
      })
      (mapAttrs' (file: paths: nameValuePair "tmpfiles.d/${file}.conf" {
        text = lib.concatStrings (lib.concatLists (lib.mapAttrsToList (path: kinds: lib.mapAttrsToList (_: line:
          "'${line.type}' '${path}' '${line.mode}' '${line.user}' '${line.group}' '${line.age}' ${line.argument}\n") kinds) paths));
      }) cfg.tmpfiles.settings)
    ];

    environment.systemPackages = [ cfg.package ];
  };
}
