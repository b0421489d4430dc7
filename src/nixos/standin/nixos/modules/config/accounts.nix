# The activation makes the accounts of `users.*` with the machine's own useradd, groupadd and usermod.
#
# An account that is there keeps its number, home and shell: what a machine's people have is not moved by an option. It gets
# its groups, and its password where `mutableUsers` is off. An account that the options no longer name stays, too. A number that
# somebody else has is not taken away; the account gets another, and the activation says so.
{ config, lib, utils, ... }:
let
  cfg = config.users;
  there = lib.filter (user: user.enable) (lib.attrValues cfg.users);
  quote = value: lib.escapeShellArg (toString value);
  orEmpty = value: if value == null then "" else toString value;

  group = values: "make_group ${quote values.name} ${quote (orEmpty values.gid)}\n";
  user = values: lib.concatStringsSep " " ([ "make_user" ] ++ map quote [
    values.name
    (orEmpty values.uid)
    values.group
    values.home
    (if values.shell == null then "" else utils.toShellPath values.shell)
    values.description
    (if values.isSystemUser then "system" else "normal")
    (if values.createHome then values.homeMode else "")
  ]) + "\n";
  # Groups of a user, from both sides.
  groupsOf = values: lib.unique (values.extraGroups
    ++ map (group: group.name) (lib.filter (group: lib.elem values.name group.members) (lib.attrValues cfg.groups)));
  joins = values: lib.optionalString (groupsOf values != [ ])
    "join ${quote values.name} ${quote (lib.concatStringsSep "," (groupsOf values))}\n";

  # The first that is said counts; what begins with `initial` is for a new account alone.
  password = values:
    let
      always = if cfg.mutableUsers then "new" else "always";
      said = lib.filter (way: way.value != null) [
        { kind = "hash"; value = values.hashedPassword; when = always; }
        { kind = "file"; value = values.hashedPasswordFile; when = "always"; }
        { kind = "plain"; value = values.password; when = always; }
        { kind = "hash"; value = values.initialHashedPassword; when = "new"; }
        { kind = "plain"; value = values.initialPassword; when = "new"; }
      ];
      way = lib.head said;
    in
    lib.optionalString (said != [ ]) "set_password ${quote values.name} ${way.kind} ${quote way.value} ${way.when}\n";

  functions = ''
    dry=""
    [ "''${NIXOS_ACTION-}" != dry-activate ] || dry=1
    made=" "
    make_group() { # name, number
      getent group "$1" >/dev/null && return
      if [ -n "$dry" ]; then echo "would make group $1"; return; fi
      groupadd --system ''${2:+--gid "$2"} "$1" 2>/dev/null && return
      groupadd --system "$1" || { _localstatus=1; return; }
      [ -z "$2" ] || echo "group $1 has another number than $2, which is taken" >&2
    }
    make_user() { # name, number, group, home, shell, description, kind, mode of the home
      getent passwd "$1" >/dev/null && return
      if [ -n "$dry" ]; then echo "would make user $1"; return; fi
      made="$made$1 "
      number=$2
      for attempt in first second; do
        set -- "$1" "$number" "$3" "$4" "$5" "$6" "$7" "$8"
        if useradd ''${2:+--uid "$2"} --gid "$3" --home-dir "$4" ''${5:+--shell "$5"} --comment "$6" --no-create-home \
          $([ "$7" != system ] || echo --system) "$1" 2>/dev/null; then
          [ "$attempt" = first ] || echo "user $1 has another number than its own, which is taken" >&2
          break
        fi
        [ "$attempt" = first ] || { echo "user $1 cannot be made" >&2; _localstatus=1; return; }
        number=""
      done
      if [ -n "$8" ] && [ ! -e "$4" ]; then
        mkdir -p "$(dirname "$4")" && mkdir -m "$8" "$4" && chown "$1:$3" "$4" || _localstatus=1
      fi
    }
    join() { # user, groups
      if [ -n "$dry" ]; then return; fi
      usermod --append --groups "$2" "$1" || _localstatus=1
    }
    set_password() { # user, kind, value, when
      case "$dry $4 $made" in 1*) return ;; " new "*" $1 "* | " always "*) ;; *) return ;; esac
      case $2 in
        hash) usermod --password "$3" "$1" ;;
        file) [ -s "$3" ] && usermod --password "$(head -n 1 "$3")" "$1" ;;
        plain) printf '%s:%s\n' "$1" "$3" | chpasswd ;;
      esac || { echo "the password of $1 is not set" >&2; _localstatus=1; }
    }
  '';
in
{
  system.activationScripts.users = {
    supportsDryActivation = true;
    text = functions
      + lib.concatMapStrings group (lib.attrValues cfg.groups)
      + lib.concatMapStrings user there
      + lib.concatMapStrings joins there
      + lib.concatMapStrings password there;
  };
  # What comes after groups comes after users: one script makes both.
  system.activationScripts.groups = {
    deps = [ "users" ];
    text = "";
  };
}
