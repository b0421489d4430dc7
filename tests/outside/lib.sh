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
    "$run" "$folder" "$interrupt" kill "$n" --log "$folder.calls" -- >"$folder.said" 2>&1
    status=$?
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
