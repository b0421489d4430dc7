# Sourced by the scripts beside it: how they speak, and the few things most of them do.
set -u
umask 022

ok() { printf 'ok %s\n' "$*"; }

fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# The program that stops another one before each system call that changes the disk.
interrupt=${FLEET%/*}/examples/interrupt

# equal WHAT EXPECTED GOT
equal() {
  [ "$2" = "$3" ] && return
  printf 'failed: %s\n--- expected\n%s\n--- came\n%s\n' "$1" "$2" "$3" >&2
  exit 1
}

# Runs a command that must work, and shows what it said when it does not.
must() {
  local said
  said=$("$@" 2>&1) || fail "\`$*\` exited with $?: $said"
}

# Waits for a command to succeed: wait_for SECONDS COMMAND…
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.05
  done
}

# Kills a command before each of its calls that changes the disk: kill_everywhere SETUP COMMAND CHECK
#
#   SETUP FOLDER              lays out a fresh copy
#   COMMAND FOLDER PREFIX…    runs the command under the prefix
#   CHECK FOLDER CALL         looks at what the kill left, then runs the command again and looks at the end of it
#
# Two at a time, as machines have two cores. Sets `kills` to how many there were.
kill_everywhere() {
  local worker pids=() pid bad=''
  for worker in 1 2; do
    _kill_worker "$worker" "$@" >"$SCRATCH/worker-$worker" 2>&1 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || bad=1; done
  if [ -n "$bad" ]; then
    cat "$SCRATCH"/worker-[12] >&2
    exit 1
  fi
  kills=$(cat "$SCRATCH"/worker-[12] | grep -c '^killed ')
  [ "$kills" -gt 0 ] || fail "the command changed nothing, so nothing was shown: $(cat "$SCRATCH"/worker-[12])"
}

_kill_worker() {
  local n=$1 setup=$2 run=$3 check=$4 folder call status
  while :; do
    folder=$SCRATCH/killed-$n
    "$setup" "$folder" || fail "the set-up failed"
    # Through a pipe: what a command says is no change of the disk.
    "$run" "$folder" "$interrupt" kill "$n" --log "$folder.calls" -- 2>&1 | cat >"$folder.said"
    status=${PIPESTATUS[0]}
    call=$(tail -n 1 "$folder.calls")
    if [ $status != 137 ]; then
      [ $status = 0 ] || fail "the command exited with $status without being killed: $(cat "$folder.said")"
      "$check" "$folder" 'no call at all' || exit 1
      rm -rf "$folder" "$folder".calls "$folder".said
      return 0
    fi
    echo "killed $call"
    "$check" "$folder" "$call" || fail "killed before call $call"
    rm -rf "$folder" "$folder".calls "$folder".said
    n=$((n + 2))
  done
}

# A fleet with two masters (an age and an ssh key) and three machines, in FOLDER/fleet; private keys lie in FOLDER/keys.
#
# nginx runs on web1 and web2 (tag web): session-key is shared, tls is per machine. system/motd is read by all.
# Values are sealed by age, so what fleet wrote itself is the meshes' keys alone.
make_fleet() {
  local folder=$1 keys=$1/keys machine
  mkdir -p "$keys" "$folder/home"
  age-keygen -o "$keys/master" 2>/dev/null
  ssh-keygen -q -t ed25519 -N '' -f "$keys/second"
  for machine in gate web1 web2 web3; do ssh-keygen -q -t ed25519 -N '' -C "root@$machine" -f "$keys/$machine"; done
  must in_fleet "$folder" init . --name test --domain example.net --master "$(age-keygen -y "$keys/master")"
  cp "$keys/second.pub" "$folder/fleet/keys/masters/second.pub"
  cat >>"$folder/fleet/fleet.toml" <<'TOML'

# A hub and its spokes.
[mesh.wireg0]
subnet = "10.88.127.0/24"
listen_port = 2108
hubs = ["gate"]
keepalive = 25
TOML
  must in_fleet "$folder" machine add gate --host-key "$keys/gate.pub" --endpoint gate.example.net:2108
  must in_fleet "$folder" machine add web1 --host-key "$keys/web1.pub" --tag web
  must in_fleet "$folder" machine add web2 --host-key "$keys/web2.pub" --tag web
  cat >>"$folder/fleet/fleet.toml" <<'TOML'

[service.nginx]
machines = ["@web"]          # whoever has the tag
secrets.session-key = { mode = "0400" }
secrets.tls = { per = "machine", generate = "password" }

[system]
secrets.motd = { machines = ["@all"] }
TOML
  seal_with_age "$folder" nginx/session-key "the shared value" web1 web2
  seal_with_age "$folder" nginx/web1/tls "the value of web1" web1
  seal_with_age "$folder" nginx/web2/tls "the value of web2" web2
  seal_with_age "$folder" system/motd "hello" gate web1 web2
  must in_fleet "$folder" wg render
  (cd "$folder/fleet" && git add -A && git commit -qm 'a fleet') || fail 'git commit failed'
  must in_fleet "$folder" check
}

# Runs fleet in FOLDER/fleet, with the first master's identity and a HOME of its own: in_fleet FOLDER ARGUMENTS…
# A program that is to run it stands in `prefix`.
prefix=()
in_fleet() {
  local folder=$1
  shift
  mkdir -p "$folder/fleet"
  HOME=$folder/home FLEET_IDENTITY=$folder/keys/master "${prefix[@]}" "$FLEET" -C "$folder/fleet" "$@"
}

# seal_with_age FOLDER SECRET VALUE MACHINE…
seal_with_age() {
  local folder=$1 name=$2 value=$3 machine readers=(-R "$1/keys/second.pub" -r "$(age-keygen -y "$1/keys/master")")
  shift 3
  for machine in "$@"; do readers+=(-R "$folder/keys/$machine.pub"); done
  mkdir -p "$(dirname "$folder/fleet/secrets/$name")"
  printf '%s' "$value" | age -a "${readers[@]}" >"$folder/fleet/secrets/$name.age" || fail "age can't seal $name"
}

# What age finds in a secret with the private key of KEY: opened FOLDER SECRET KEY
opened() { age -d -i "$1/keys/$3" "$1/fleet/secrets/$2.age" 2>/dev/null; }

# No sealed file may be damaged: every_secret_opens FOLDER MASTER. A name with a dot before it is a command's draft.
every_secret_opens() {
  local file
  while IFS= read -r -d '' file; do
    age -d -i "$1/keys/$2" "$file" >/dev/null 2>&1 || fail "$file does not open with the master key \`$2\`"
  done < <(find "$1/fleet/secrets" -name '*.age' ! -name '.*' -print0)
}

# Nothing of an interrupted command is left: no temporary file, no journal.
nothing_left() {
  local left
  left=$(find "$1/fleet" -name .git -prune -o -name '.fleet-*' -print)
  equal 'temporary files in the fleet' '' "$left"
  left=$(find "$1/home" -name '*journal*')
  equal 'journals' '' "$left"
  left=$(find "$1/fleet/.git" -name '*.lock')
  equal 'locks of git' '' "$left"
}

# Runs a function of ours, its fleet under a program: under FUNCTION FOLDER PREFIX…
under() {
  local function=$1 folder=$2
  shift 2
  local prefix=("$@")
  "$function" "$folder"
}

# Runs the command of a killed run again: it does the work, or refuses in words that say it was done.
# rerun_command FUNCTION FOLDER WORDS
rerun_command() {
  local said failed='' lock=$2/fleet/.git/index.lock
  said=$("$1" "$2" 2>&1) || failed=1
  if [ -n "$failed" ] && { [ -z "$3" ] || [[ "$said" != *"$3"* ]]; }; then fail "the rerun failed: $said"; fi
  [ -e "$lock" ] || return 0
  # A killed git leaves its lock, whoever started it. Git wants the user to remove it; what is new is then to be added.
  rm "$lock"
  if [ -n "$(git -C "$2/fleet" ls-files --others)" ]; then
    [[ "$said" == *index.lock* && "$said" == *'git add'* ]] || fail "the lock of a killed git was not named: $said"
    git -C "$2/fleet" ls-files --others | must git -C "$2/fleet" add --intent-to-add --pathspec-from-file=-
  fi
}

# Every file of a fleet, by name.
fleet_files() { (cd "$1/fleet" && find . -name .git -prune -o -type f -print | sort); }

# After a rerun a fleet looks as if nothing had happened on the way: as_if_never_killed FOLDER LIKE
as_if_never_killed() {
  local said
  equal 'the files after a rerun' "$(fleet_files "$2")" "$(fleet_files "$1")"
  cmp "$1/fleet/fleet.toml" "$2/fleet/fleet.toml" || fail 'fleet.toml after a rerun is another one'
  equal 'what git knows after a rerun' "$(git -C "$2/fleet" status --porcelain)" "$(git -C "$1/fleet" status --porcelain)"
  nothing_left "$1"
  every_secret_opens "$1" second
  said=$(in_fleet "$1" check 2>&1) || fail "the check after a rerun failed: $said"
}
