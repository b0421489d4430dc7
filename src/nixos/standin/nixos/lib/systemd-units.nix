# Units as text, and the folder of unit files: what becomes of the options in systemd-options.nix.
#
# What a switch must know of a unit stands in the unit, in keys that systemd passes over because they begin with `X-`
# (systemd.unit(5)); NixOS's manual describes them under "Activation script", "What happens during a system switch".
{ lib, pkgs }:
let
  inherit (lib) concatMapStrings concatStringsSep filterAttrs mapAttrsToList optionalAttrs optionalString;

  shown = value: if value == true then "true" else if value == false then "false" else toString value;

  # `Key=value` for each value; an empty list writes nothing, an empty text resets the key.
  lines = values:
    concatStringsSep "" (mapAttrsToList (key: value:
      concatMapStrings (one: "${key}=${shown one}\n") (if builtins.isList value then value else [ value ]))
      (filterAttrs (_: value: value != null) values));

  # A list of units in one line, or no line.
  names = key: units: optionalAttrs (units != [ ]) { ${key} = toString units; };

  # Triggers go into a file of their own, whose store path changes with them.
  triggers = key: name: values:
    optionalAttrs (values != [ ]) {
      ${key} = "${pkgs.writeText "${key}-${lib.strings.sanitizeDerivationName name}" (concatMapStrings (value: "${toString value}\n") values)}";
    };

  unitSection = name: unit:
    names "Requires" unit.requires
    // names "Requisite" unit.requisite
    // names "Wants" unit.wants
    // names "Upholds" unit.upholds
    // names "After" unit.after
    // names "Before" unit.before
    // names "BindsTo" unit.bindsTo
    // names "PartOf" unit.partOf
    // names "Conflicts" unit.conflicts
    // names "OnFailure" unit.onFailure
    // names "OnSuccess" unit.onSuccess
    // names "Documentation" unit.documentation
    // triggers "X-Restart-Triggers" name unit.restartTriggers
    // triggers "X-Reload-Triggers" name unit.reloadTriggers
    // optionalAttrs (unit.description != "") { Description = unit.description; }
    // optionalAttrs (unit.startLimitIntervalSec != null) { StartLimitIntervalSec = unit.startLimitIntervalSec; }
    // optionalAttrs (unit.startLimitBurst != null) { StartLimitBurst = unit.startLimitBurst; }
    // unit.unitConfig;

  # A unit of one kind: its sections besides [Unit], as text.
  withSections = sections: name: unit: {
    inherit (unit) enable overrideStrategy aliases wantedBy requiredBy upheldBy;
    text = "[Unit]\n${lines (unitSection name unit)}" + sections name unit;
  };

  # A value in a unit file: quotes and backslashes are escaped, `%` starts a specifier (systemd.syntax(7)).
  quote = value: "\"${builtins.replaceStrings [ "\\" "\"" "%" "\n" ] [ "\\\\" "\\\"" "%%" "\\n" ] (toString value)}\"";

  # The name of a script's program: what a unit's name has that a file name may not.
  programName = builtins.replaceStrings [ "@" "\\" ] [ "_" "_" ];
  script = unit: suffix: text:
    let program = "${programName unit}${suffix}"; in
    "${pkgs.writeTextFile {
      name = "unit-script-${lib.strings.sanitizeDerivationName program}";
      executable = true;
      destination = "/bin/${program}";
      text = "#!${pkgs.runtimeShell} -e\n${text}\n";
    }}/bin/${program}";

  service = globalEnvironment: withSections (fullName: unit:
    let
      name = lib.removeSuffix ".service" fullName;
      path = lib.makeBinPath unit.path + optionalString (unit.path != [ ]) ":" + lib.makeSearchPath "sbin" unit.path;
      environment = globalEnvironment // optionalAttrs (unit.path != [ ]) { PATH = path; } // unit.environment;
      hook = key: suffix: text: optionalAttrs (text != "") { ${key} = script name suffix text; };
      # What a script does comes before what serviceConfig lists under the same key.
      both = key: suffix: text:
        optionalAttrs (text != "") {
          ${key} = [ (script name suffix text) ] ++ lib.toList (unit.serviceConfig.${key} or [ ]);
        };
      config = unit.serviceConfig
        // hook "ExecStart" "-start" unit.script
        // both "ExecStartPre" "-pre-start" unit.preStart
        // both "ExecStartPost" "-post-start" unit.postStart
        // hook "ExecReload" "-reload" unit.reload
        // both "ExecStop" "-pre-stop" unit.preStop
        // both "ExecStopPost" "-post-stop" unit.postStop;
    in
    "\n[Service]\n"
    + concatStringsSep "" (mapAttrsToList (key: value: "Environment=${quote "${key}=${toString value}"}\n")
        (filterAttrs (_: value: value != null) environment))
    + (if unit.reloadIfChanged then "X-ReloadIfChanged=true\n"
       else if !unit.restartIfChanged then "X-RestartIfChanged=false\n" else "")
    + optionalString (!unit.stopIfChanged) "X-StopIfChanged=false\n"
    + optionalString unit.notSocketActivated "X-NotSocketActivated=true\n"
    + lines (if unit.scriptArgs != "" && unit.script != "" then config // {
      ExecStart = "${config.ExecStart} ${unit.scriptArgs}";
    } else config));

  section = title: of: withSections (name: unit: "\n[${title}]\n${lines (of unit)}");
in
{
  inherit lines;
  kinds = globalEnvironment: {
    service = service globalEnvironment;
    socket = section "Socket" (unit: lib.optionalAttrs (unit.listenStreams != [ ]) { ListenStream = unit.listenStreams; }
      // lib.optionalAttrs (unit.listenDatagrams != [ ]) { ListenDatagram = unit.listenDatagrams; } // unit.socketConfig);
    timer = section "Timer" (unit: unit.timerConfig);
    path = section "Path" (unit: unit.pathConfig);
    slice = section "Slice" (unit: unit.sliceConfig);
    target = withSections (_: _: "");
    mount = section "Mount" (unit: { What = unit.what; Where = unit.where; }
      // optionalAttrs (unit.type != "") { Type = unit.type; }
      // optionalAttrs (unit.options != "") { Options = unit.options; } // unit.mountConfig);
    automount = section "Automount" (unit: { Where = unit.where; } // unit.automountConfig);
  };

  # One unit file in a folder of its own, under its own name: systemd takes a link to another name for an alias.
  # Only \x2d-like escapes of a unit's name are not allowed in a store path's name.
  file = name: text: pkgs.writeTree "unit-${lib.strings.sanitizeDerivationName name}" { ${name} = text; };

  # The folder of all units: links to the files, to /dev/null for what is off, and `wants` folders.
  folder = name: more: units:
    let
      entry = unit: value:
        if !value.enable then { ${unit}.link = "/dev/null"; }
        else if value.overrideStrategy == "asDropin" then { "${unit}.d/overrides.conf".link = "${value.unit}/${unit}"; }
        else { ${unit}.link = "${value.unit}/${unit}"; };
      wanted = unit: kind: map (other: { "${other}.${kind}/${unit}".link = "../${unit}"; });
      links = unit: value:
        [ (entry unit value) ]
        ++ map (alias: { ${alias}.link = unit; }) value.aliases
        ++ lib.optionals value.enable (wanted unit "wants" value.wantedBy
          ++ wanted unit "requires" value.requiredBy ++ wanted unit "upholds" value.upheldBy);
      all = lib.foldl' (all: one: all // one) more (lib.concatLists (mapAttrsToList links units));
      # Below one name, so that the folder is unpacked and its links stay as they are, also those that lead nowhere here.
      below = lib.mapAttrs' (path: lib.nameValuePair "units/${path}") all;
    in
    "${pkgs.writeTree name below}/units";
}
