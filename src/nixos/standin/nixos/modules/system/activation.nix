# Activation: scripts that make a machine's changing parts (accounts, /etc, /run) fit a system. Each names those that must run
# before it; a failing one does not keep the others from running, and the whole ends with its failure.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system;

  script = types.submodule ({ name, ... }: {
    options = {
      deps = mkOption { type = types.listOf types.str; default = [ ]; description = "Scripts that run before it."; };
      text = mkOption { type = types.lines; description = "The script."; };
      supportsDryActivation = mkOption {
        type = types.bool;
        default = false;
        description = "Whether it heeds $NIXOS_ACTION, and so runs in a dry activation too.";
      };
    };
  });

  # In an order where each comes after what it needs.
  ordered = scripts:
    let
      visit = path: done: name:
        if builtins.elem name done then done
        else if builtins.elem name path
          then throw "activation scripts need each other: ${lib.concatStringsSep " -> " (path ++ [ name ])}"
        else if !(scripts ? ${name}) then throw "the activation script `${lib.last path}` needs `${name}`, which is not there"
        else lib.foldl' (visit (path ++ [ name ])) done scripts.${name}.deps ++ [ name ];
      # What a dependency added is in the list already when the script itself is added.
      visitOnce = done: name: if builtins.elem name done then done else visit [ ] done name;
    in
    lib.foldl' visitOnce [ ] (lib.attrNames scripts);

  snippet = scripts: name: ''
    #### Activation script snippet ${name}:
    _localstatus=0
    ${scripts.${name}.text}

    if [ "$_localstatus" -gt 0 ]; then
      echo "Activation script snippet '${name}' failed ($_localstatus)" >&2
      _status=$_localstatus
    fi

  '';
  program = name: scripts: pkgs.writeScript name (''
    #!/bin/sh
    export PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
    # Scripts may ask for the system they belong to.
    systemConfig=$(readlink -f "''${0%/*}")
    _status=0
    umask 0022

  '' + lib.concatMapStrings (snippet scripts) (lib.filter (name: scripts.${name}.text != "") (ordered scripts))
  + ''
    if [ "''${NIXOS_ACTION-}" != dry-activate ]; then
      # The system that runs now, for tools and for the next switch.
      ln -sfn "$systemConfig" /run/current-system
    fi
    exit $_status
  '');

  dry = lib.filterAttrs (_: script: script.supportsDryActivation) cfg.activationScripts;
in
{
  options.system = {
    activationScripts = mkOption {
      default = { };
      type = types.attrsOf (types.coercedTo types.str (text: { inherit text; }) script);
      description = "Scripts of the activation, by name.";
    };
    userActivationScripts = mkOption {
      default = { };
      type = types.attrsOf (types.coercedTo types.str (text: { inherit text; }) script);
      description = "Accepted; the stand-in activates nothing for users.";
    };
    activatable = mkOption { type = types.bool; default = true; description = "Whether the system can be activated."; };
  };

  config = {
    system.activationScripts = {
      # Scripts of other modules name these as what they come after.
      stdio = "";
      binsh = "";
      specialfs = ''
        mkdir -p /etc /run /tmp /var
        chmod 1777 /tmp
      '';
      usrbinenv = "";
      var = ''
        mkdir -p /var/empty /var/lib /var/log
      '';
      etc = {
        deps = [ "users" "groups" "specialfs" ];
        text = ''
          # setting up /etc...
          etc=${config.system.build.etc}/etc
          ln -sfn "$etc" /etc/static
          # Each entry becomes a link to the static one; what the machine has written itself stays.
          (cd "$etc" && find . -mindepth 1 ! -type d) | while read -r entry; do
            entry=''${entry#./}
            case $entry in *.mode | *.uid | *.gid) continue ;; esac
            mkdir -p "$(dirname "/etc/$entry")"
            if [ -e "$etc/$entry.mode" ]; then
              mode=$(cat "$etc/$entry.mode")
              if [ "$mode" = direct-symlink ]; then
                ln -sfn "$(readlink "$etc/$entry")" "/etc/$entry"
              else
                cp -L "$etc/$entry" "/etc/$entry.new"
                chown "$(sed 's/^+//' "$etc/$entry.uid"):$(sed 's/^+//' "$etc/$entry.gid")" "/etc/$entry.new"
                chmod "$mode" "/etc/$entry.new"
                mv -fT "/etc/$entry.new" "/etc/$entry"
              fi
            elif [ -d "/etc/$entry" ] && [ ! -L "/etc/$entry" ] && ! rmdir "/etc/$entry" 2>/dev/null; then
              # A folder with files of the machine's own keeps them; ours come beside them.
              (cd "$etc/$entry" && find . -mindepth 1 ! -type d) | while read -r inner; do
                inner=$entry/''${inner#./}
                mkdir -p "$(dirname "/etc/$inner")"
                ln -sfn "/etc/static/$inner" "/etc/$inner"
              done
            else
              ln -sfn "/etc/static/$entry" "/etc/$entry"
            fi
          done
          # Links into what /etc/static was, and no longer is.
          find /etc -type l -lname '/etc/static/*' | while read -r entry; do
            [ -L "/etc/static/''${entry#/etc/}" ] || [ -e "/etc/static/''${entry#/etc/}" ] || rm -f "$entry"
          done
        '';
      };
      hostname = {
        deps = [ "etc" ];
        text = lib.optionalString (config.networking.hostName != "") ''
          hostname "${config.networking.hostName}" 2>/dev/null || _localstatus=$?
        '';
      };
    };

    system.build.activate = program "activate" cfg.activationScripts;
    system.build.dryActivate = program "dry-activate" (lib.mapAttrs (_: script: script // {
      deps = lib.filter (name: dry ? ${name}) script.deps;
    }) dry);
  };
}
