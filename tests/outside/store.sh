# Sourced by the scripts that evaluate into a real store: a /nix of their own with a daemon, which ends with the script.
. "$(dirname "$0")/lib.sh"
if [ -z "${INSIDE:-}" ]; then
  INSIDE=1 exec unshare --mount --pid --net --fork --kill-child --mount-proc bash "$0"
fi
mount --make-rprivate /
[ -d /nix ] || mkdir /nix
mount -t tmpfs -o mode=755 tmpfs /nix
# Where anybody may read, as the test's own folder is not.
SCRATCH=/nix/scratch
mkdir -p /nix/store /nix/var/nix/daemon-socket $SCRATCH
cd $SCRATCH || exit 1
mkdir etc
printf '%s\n' 'sandbox = false' 'substituters =' 'build-users-group =' 'trusted-users = root' \
  'experimental-features = nix-command' >etc/nix.conf
export NIX_CONF_DIR=$SCRATCH/etc
unset NIX_REMOTE NIX_PATH
# Where anybody may run it.
install -m 755 "$FLEET" /nix/fleet

start_daemon() {
  nix-daemon >daemon.log 2>&1 &
  daemon=$!
  wait_for 10 test -S /nix/var/nix/daemon-socket/socket || fail "nix-daemon did not start: $(cat daemon.log)"
}
stop_daemon() {
  kill "$daemon" && wait "$daemon" 2>/dev/null
  rm -f /nix/var/nix/daemon-socket/socket
}

instantiate() { timeout 60 /nix/fleet nix-instantiate "$@"; }
# The same as somebody the daemon does not trust.
stranger() {
  setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/nonexistent timeout 60 /nix/fleet "$@"
}
# What it said must have these words, or must not.
has() { grep -qF -- "$2" <<<"$1" || fail "this lacks \`$2\`:
$1"; }
hasnt() { ! grep -qF -- "$2" <<<"$1" || fail "this has \`$2\`:
$1"; }
# A command that must fail: what it says.
refused() {
  local said
  said=$("$@" 2>&1) && fail "\`$*\` worked: $said"
  printf '%s\n' "$said"
}
