#!/bin/sh
# Makes the running machine become this system: which units stop, start, restart and reload, and in which order.
#
# The rules are NixOS's, and each is cited where it is followed. [switch] is its manual's chapter "What happens during a system
# switch?" (nixos/doc/manual/development/what-happens-during-a-system-switch.chapter.md), which has the order of steps. [unit N]
# is item N of that chapter's section "Unit handling" (unit-handling.section.md): 1 what is gone, 2 targets, 3 what differs, with
# 3a paths and slices, 3b mounts, 3c sockets, 3d reloads, 3e skips, 3f stop or restart, 3g services with sockets. Where the
# manual is silent, it is as NixOS's own program does it. Not here: systemd's user instances, inhibitors, changed swap options.
set -u

out=${0%/bin/switch-to-configuration}
[ "$out" != "$0" ] || { echo "$0: call it by its place in a system, …/bin/switch-to-configuration" >&2; exit 1; }
PATH=${NIXOS_STC_PATH:-/run/current-system/sw/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin}
export PATH
out=$(readlink -f "${out:-/}")
# For tests: another place for /etc and /run.
etc=${NIXOS_STC_ETC:-/etc}
run=${NIXOS_STC_RUN:-/run}

action=${1-}
case $action in
  switch | boot | test | dry-activate | check) ;;
  *)
    cat >&2 <<USAGE
Usage: $0 [switch|boot|test|dry-activate|check]

switch:       make the configuration the boot default and activate now
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated
check:        do nothing but say whether this could be switched to
USAGE
    exit 1
    ;;
esac

# NixOS's program refuses any other machine.
[ -f "$etc/NIXOS" ] || grep -qs '^ID="\{0,1\}nixos"\{0,1\}$' "$etc/os-release" || {
  echo "This is not a NixOS installation! ($etc/NIXOS is missing)" >&2
  exit 1
}
[ "$action" != check ] || exit 0
[ "$(id -u)" = 0 ] || [ -n "${NIXOS_STC_ETC-}" ] || { echo "$action wants to be root" >&2; exit 1; }

mkdir -p "$run/nixos"
# One switch at a time: a second one says so instead of mixing its steps with the first's.
if command -v flock >/dev/null; then
  exec 9>"$run/nixos/switch-to-configuration.lock"
  flock -n 9 || { echo "Could not acquire lock" >&2; exit 1; }
fi

# [switch] For `switch` and `boot` the boot loader comes first, so that a machine which dies from here on starts the new system;
# and the store is on the disk before that, unless NIXOS_NO_SYNC is 1.
if [ "$action" = switch ] || [ "$action" = boot ]; then
  [ "${NIXOS_NO_SYNC-}" = 1 ] || sync -f /nix/store 2>/dev/null || sync
  @installBootLoader@ "$out" || exit 1
fi
[ "$action" != boot ] || exit 0

dry=''
[ "$action" != dry-activate ] || dry=1
# Not in /tmp, which rules for temporary files may empty meanwhile.
work=$(mktemp -d "$run/nixos/switch.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
old_units=$etc/systemd/system
new_units=$out/etc/systemd/system
: >"$work/stop" >"$work/start" >"$work/restart" >"$work/reload" >"$work/skip" >"$work/filter"

# Sets of units, one a line.
add() { grep -qxF -e "$2" "$work/$1" || printf '%s\n' "$2" >>"$work/$1"; }
has() { grep -qxF -e "$2" "$work/$1"; }
drop() { grep -vxF -e "$2" "$work/$1" >"$work/rest"; mv "$work/rest" "$work/$1"; }
# For people: sorted, with commas.
told() { sort "$1" | paste -s -d , - | sed 's/,/, /g'; }

# What must still be done if this run is interrupted: the next run takes it up again.
remember() { [ -n "$dry" ] || grep -qsxF -e "$2" "$run/nixos/$1-list" || printf '%s\n' "$2" >>"$run/nixos/$1-list"; }
for kind in start restart reload; do
  [ ! -f "$run/nixos/$kind-list" ] || sort -u "$run/nixos/$kind-list" >"$work/$kind"
done

# A unit file with its drop-ins, as `section<tab>key<tab>value`: sorted by section and key, values of a key in their order.
# [unit 3] What is compared is what the files mean, not their bytes.
parse() {
  for part in "$1" "$1".d/*.conf; do
    [ ! -f "$part" ] || { cat "$part"; echo; }
  done | awk '
    /^[ \t]*[#;]/ { next }
    { line = line $0 }
    sub(/\\$/, " ", line) { next }
    line ~ /^\[.*\][ \t]*$/ { section = line; gsub(/^\[|\][ \t]*$/, "", section) }
    line ~ /=/ && line !~ /^\[/ {
      key = line; sub(/=.*/, "", key); gsub(/[ \t]+$/, "", key)
      value = line; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]+$/, "", value)
      print section "\t" key "\t" value
    }
    { line = "" }' | LC_ALL=C sort -s -t "$(printf '\t')" -k 1,2
}
# setting PARSED SECTION KEY DEFAULT: whether it is on; the last one said counts.
setting() {
  said=$(awk -F '\t' -v section="$2" -v key="$3" '$1 == section && $2 == key { value = $3 } END { print value }' "$1")
  case ${said:-$4} in yes | true | 1 | on) return 0 ;; *) return 1 ;; esac
}

# Whether two parsed units are the same (0), so different that a restart is wanted (1), or different in what a reload takes
# up (2): [unit 3] X-Reload-Triggers, and [unit 3b] the options of a mount. [unit 3] Some keys of [Unit] do not count: those
# that do not reach what already runs.
compare() {
  ignored='Unit\t\(Description\|Documentation\|OnFailure\|OnSuccess\|OnFailureJobMode\|IgnoreOnIsolate\|StopWhenUnneeded\|RefuseManualStart\|RefuseManualStop\|AllowIsolate\|CollectMode\|SourcePath\)\t'
  tab=$(printf '\t')
  ignored=$(printf '%s' "$ignored" | sed "s/\\\\t/$tab/g")
  for side in old new; do
    sed "/^$ignored/d; /^Install$tab/d" "$work/$side-unit" >"$work/$side-all"
    sed "/^Unit${tab}X-Reload-Triggers$tab/d; /^Mount${tab}Options$tab/d" "$work/$side-all" >"$work/$side-hard"
  done
  cmp -s "$work/old-all" "$work/new-all" && return 0
  cmp -s "$work/old-hard" "$work/new-hard" && return 2
  return 1
}

# What happens to a unit whose file differs; $work/new-unit holds the new one.
modified() {
  unit=$1 base=$2
  case $unit in
    # [unit 3a] Their changes hold as soon as systemd has read them.
    *.path | *.slice) return ;;
    sysinit.target | basic.target | multi-user.target | graphical.target) return ;;
    # [unit 3b] A mount with another source is mounted anew, but never what the system itself runs from.
    -.mount | nix.mount) to_reload "$unit"; return ;;
    *.mount) to_restart "$unit"; return ;;
    # [unit 3c] Sockets are left alone.
    *.socket) return ;;
  esac
  # [unit 3d] What asks for a reload gets one, unless something else already restarts it.
  if setting "$work/new-unit" Service X-ReloadIfChanged no && ! has restart "$unit" && ! has stop "$unit"; then
    to_reload "$unit"
  # [unit 3e] What must not be restarted is left as it runs, and the operator is told.
  elif ! setting "$work/new-unit" Service X-RestartIfChanged yes || setting "$work/new-unit" Unit RefuseManualStop no ||
    setting "$work/new-unit" Unit X-OnlyManualStart no; then
    add skip "$unit"
  # [unit 3f] Without X-StopIfChanged a restart after the activation; with it, which is the default, a stop before and a start
  # after, so that the new unit never runs among the old files. Only services have something to do when they stop.
  elif ! setting "$work/new-unit" Service X-StopIfChanged yes || [ "${unit%.service}" = "$unit" ]; then
    to_restart "$unit"
  else
    # [unit 3g] A service with an active socket stops together with it; only the socket starts, and it brings the service when
    # somebody asks.
    by_socket=''
    if ! setting "$work/new-unit" Service X-NotSocketActivated no; then
      sockets=$(awk -F '\t' '$1 == "Service" && $2 == "Sockets" { print $3 }' "$work/new-unit")
      for socket in ${sockets:-"$base.socket"}; do
        grep -q "^$socket " "$work/active" || continue
        add stop "$socket"
        [ -e "$new_units/$socket" ] || continue
        add start "$socket"
        remember start "$socket"
        by_socket=1
      done
    fi
    if [ -z "$by_socket" ]; then
      add start "$unit"
      remember start "$unit"
    fi
    add stop "$unit"
    drop reload "$unit"
  fi
}
to_restart() { add restart "$1"; remember restart "$1"; drop reload "$1"; }
to_reload() { has restart "$1" || { add reload "$1"; remember reload "$1"; }; }

# [unit] Everything is decided from what systemd has loaded now.
list_units() { systemctl list-units --full --all --plain --no-legend --no-pager | awk '{ print $1, $3 }' | sort; }
list_units >"$work/active" || exit 1

while read -r unit state; do
  [ "$state" = active ] || [ "$state" = activating ] || continue
  file=$unit
  # An instance of a template has the template's file, unless it has one of its own.
  if [ ! -e "$old_units/$file" ] && [ ! -e "$new_units/$file" ]; then
    case $unit in *@*.*) file=${unit%%@*}@.${unit##*.} ;; esac
  fi
  old=$old_units/$file new=$new_units/$file

  case $unit in
    *.target)
      # A machine's systemd may have its own targets elsewhere; what the system wants of them stands in `.wants` all the same.
      [ -e "$old" ] || [ -d "$new.wants" ] || [ -d "$new.requires" ] || continue
      ;;
    *) [ -e "$old" ] || continue ;;
  esac
  if [ "${unit%.target}" != "$unit" ] && { [ -e "$new" ] || [ -d "$new.wants" ] || [ -d "$new.requires" ]; }; then
    parse "$new" >"$work/new-unit"
    # [unit 2] Every active target is started again, unless it refuses: that starts what is new in it, and what was stopped.
    case $unit in
      suspend.target | hibernate.target | hybrid-sleep.target) ;;
      *)
        if ! setting "$work/new-unit" Unit RefuseManualStart no && ! setting "$work/new-unit" Unit X-OnlyManualStart no; then
          add start "$unit"
          remember start "$unit"
          add filter "$unit"
        fi
        ;;
    esac
    # [unit 2] Where X-StopOnReconfiguration is true it is stopped before, so that what comes after the target waits for it
    # again. The manual has the default the other way round; NixOS's program stops only where it is set.
    ! setting "$work/new-unit" Unit X-StopOnReconfiguration no || add stop "$unit"
  # [unit 1] What is gone is stopped, unless its last file says X-StopOnRemoval=false. A masked unit, a link to /dev/null, is gone.
  elif [ ! -e "$new" ] || [ "$(readlink -f "$new")" = /dev/null ]; then
    # What is only added to from here belongs to the machine's systemd.
    [ "$(readlink -f "$old")" != /dev/null ] || continue
    parse "$old" >"$work/old-unit"
    ! setting "$work/old-unit" Unit X-StopOnRemoval yes || add stop "$unit"
  else
    parse "$old" >"$work/old-unit"
    parse "$new" >"$work/new-unit"
    compare
    case $? in
      1) modified "$unit" "${file%.*}" ;;
      2) to_reload "$unit" ;;
    esac
  fi
done <"$work/active"

# [switch] /etc/fstab counts as well as units: a mount that is gone is stopped, one from another device is mounted anew (but
# never the root and the store), one with other options is reloaded, and swap that is gone is switched off.
entries() { [ ! -f "$1" ] || grep -v '^[[:space:]]*\(#\|$\)' "$1"; }
entries "$etc/fstab" | while read -r device place type options rest; do
  if [ "$type" = swap ]; then
    entries "$out/etc/fstab" | awk -v device="$device" '$1 == device && $3 == "swap" { found = 1 } END { exit !found }' ||
      printf '%s\n' "$device" >>"$work/swapoff"
    continue
  fi
  name=$(systemd-escape --suffix=mount --path "$(printf '%b' "$place" | sed 's/\\040/ /g')")
  now=$(entries "$out/etc/fstab" | awk -v place="$place" '$2 == place { print $1, $3; print $4; exit }')
  if [ -z "$now" ]; then
    add stop "$name"
  elif [ "$(printf '%s\n' "$now" | head -n 1)" != "$device $type" ]; then
    case $name in -.mount | nix.mount) to_reload "$name" ;; *) to_restart "$name" ;; esac
  elif [ "$(printf '%s\n' "$now" | tail -n 1)" != "$options" ]; then
    to_reload "$name"
  fi
done

# Lists that activation scripts leave. NixOS discourages them; they are heeded.
requested() { # LIST
  [ -s "$run/nixos/$1-restart-list" ] && while read -r unit; do
    [ -e "$new_units/$unit" ] || continue
    parse "$new_units/$unit" >"$work/new-unit"
    if systemctl -q is-active "$unit"; then modified "$unit" "${unit%.*}"; else add start "$unit"; fi
  done <"$run/nixos/$1-restart-list"
  [ -s "$run/nixos/$1-reload-list" ] && while read -r unit; do
    ! systemctl -q is-active "$unit" || has stop "$unit" || to_reload "$unit"
  done <"$run/nixos/$1-reload-list"
  rm -f "$run/nixos/$1-restart-list" "$run/nixos/$1-reload-list"
}
grep -vxF -f "$work/filter" "$work/start" >"$work/shown-start"
# Looked at now: the activation makes the new system the current one.
systemd_changed=''
if [ -e "$run/current-system/systemd" ] && [ "$(readlink -f "$run/current-system/systemd")" != "$(readlink -f "$out/systemd")" ]; then
  systemd_changed=1
fi

if [ -n "$dry" ]; then
  [ ! -s "$work/stop" ] || echo "would stop the following units: $(told "$work/stop")" >&2
  [ ! -s "$work/skip" ] || echo "would NOT stop the following changed units: $(told "$work/skip")" >&2
  echo "would activate the configuration..." >&2
  NIXOS_ACTION=dry-activate "$out/dry-activate" || true
  requested dry-activation
  [ -z "$systemd_changed" ] || echo "would restart systemd" >&2
  [ ! -s "$work/reload" ] || echo "would reload the following units: $(told "$work/reload")" >&2
  [ ! -s "$work/restart" ] || echo "would restart the following units: $(told "$work/restart")" >&2
  [ ! -s "$work/shown-start" ] || echo "would start the following units: $(told "$work/shown-start")" >&2
  exit 0
fi

# [switch] The order is always the same: stop, activate, what the activation asked for, systemd itself, forget failures, reload
# systemd, temporary files, sysinit, reload, restart, start, look.
status=0
units() { sort "$work/$1" | tr '\n' ' '; }
if [ -s "$work/stop" ]; then
  echo "stopping the following units: $(told "$work/stop")" >&2
  # shellcheck disable=SC2046 # a unit's name has no space
  systemctl stop -- $(units stop)
fi
[ ! -s "$work/swapoff" ] || while read -r device; do
  echo "stopping swap device: $device" >&2
  swapoff "$device"
done <"$work/swapoff"
[ ! -s "$work/skip" ] || echo "NOT restarting the following changed units: $(told "$work/skip")" >&2

echo "activating the configuration..." >&2
NIXOS_ACTION=$action "$out/activate" || status=2

requested activation

if [ -n "$systemd_changed" ]; then
  echo "restarting systemd..." >&2
  systemctl daemon-reexec || status=2
fi
systemctl reset-failed
systemctl daemon-reload || status=3
# New rules for temporary files hold before units that rely on them start.
systemd-tmpfiles --create --exclude-prefix=/dev 2>/dev/null || true

[ ! -e "$new_units/sysinit-reactivation.target" ] || systemctl restart sysinit-reactivation.target || status=4

# [unit 3d] What went down with something it needs cannot reload, so it is started.
sort "$work/reload" >"$work/reloads"
while read -r unit; do
  if ! systemctl -q is-active "$unit" </dev/null; then
    drop reload "$unit"
    parse "$new_units/$unit" >"$work/new-unit"
    setting "$work/new-unit" Unit RefuseManualStart no || setting "$work/new-unit" Unit X-OnlyManualStart no || add start "$unit"
  fi
done <"$work/reloads"
act() { # VERB LIST FINISHED
  [ -s "$work/$2" ] || return 0
  grep -vxF -f "$work/filter" "$work/$2" >"$work/shown"
  [ ! -s "$work/shown" ] || echo "$3 the following units: $(told "$work/shown")" >&2
  # shellcheck disable=SC2046
  systemctl "$1" -- $(units "$2") || status=4
  rm -f "$run/nixos/$2-list"
}
act reload reload reloading
act restart restart restarting
act start start starting
rm -f "$run/nixos/start-list" "$run/nixos/restart-list" "$run/nixos/reload-list"

# What failed now and did not before, and what is new.
list_units >"$work/now" || exit 1
awk 'NR == FNR { was[$1] = $2; next } $2 == "failed" && was[$1] != "failed" { print $1 }' "$work/active" "$work/now" >"$work/failed"
awk 'NR == FNR { was[$1] = $2; next } $2 == "active" && was[$1] != "active" && was[$1] != "activating" { print $1 }' \
  "$work/active" "$work/now" | grep -vxF -f "$work/start" | grep -v '\.device$' >"$work/fresh"
[ ! -s "$work/fresh" ] || echo "the following new units were started: $(told "$work/fresh")" >&2
if [ -s "$work/failed" ]; then
  echo "warning: the following units failed: $(told "$work/failed")" >&2
  while read -r unit; do systemctl status --no-pager --full "$unit" </dev/null >&2 || true; done <"$work/failed"
  status=4
fi
exit $status
