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
