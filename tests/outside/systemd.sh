# Sourced by systemd-*: a machine of this Debian's release with a real systemd, that boots in a second or two.
#
#   machine_files            makes $machine, a folder that is laid over the machine's / before it boots: host key, fleet, folders
#   seal NAME <PLAINTEXT     seals standard input for the host key with Debian's age, as /etc/fleet/sealed/NAME.age
#   manifest SERVICES        writes /etc/fleet/secrets.json with these services
#   units                    has fleet write the units for the manifest into /etc/systemd/system
#   boot                     boots it; ends with the script, whatever happens
#   inside COMMAND…          runs a command in the booted machine, as root
#
# The Debian below is made once by debootstrap (under a minute) and kept in $FLEET_TEST_CACHE; a change of its recipe
# makes it anew. Nothing is written into it: a machine lives on an overlay in memory.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

machine=$SCRATCH/machine
leader=''
box=fleet-test-$$

# --- the Debian below ------------------------------------------------------------------------------------------------

# What it is made of; the text of this function is the cache's key.
recipe() { # folder, suite, mirror
  # libnss-systemd: names of dynamic users. dbus: systemctl from a user's session; systemd itself does without.
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libnss-systemd "$2" "$1" "$3" &&
    # Two services' users, and what a test machine has no use for.
    chroot "$1" useradd --system --uid 801 --user-group web &&
    chroot "$1" useradd --system --uid 802 --user-group other &&
    chroot "$1" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
      fstrim.timer systemd-timesyncd.service systemd-networkd-wait-online.service getty.target console-getty.service &&
    rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale} &&
    : >"$1/etc/machine-id" && echo machine >"$1/etc/hostname"
}

# Answers the folder in $debian, made now when it is not there.
debian_root() {
  # Without sources of its own the machine gets what debootstrap knows.
  local cache=${FLEET_TEST_CACHE:-$HOME/.cache/fleet-tests} suite mirror key
  suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1)
  key=$({ declare -f recipe; echo "$suite"; } | sha256sum | cut -c1-12)
  debian=$cache/systemd-$suite-$key
  mkdir -p "$cache"
  # Another script may be making it right now.
  exec 9>"$cache/systemd.lock"
  flock 9
  if [ ! -d "$debian" ]; then
    rm -rf --one-file-system "$cache"/systemd-*.new "$cache"/systemd-*-????????????
    if ! recipe "$debian.new" "$suite" "$mirror" >"$SCRATCH/debootstrap" 2>&1 </dev/null; then
      tail -n 20 "$SCRATCH/debootstrap"
      fail "debootstrap $suite did not work"
    fi
    mv "$debian.new" "$debian"
  fi
  exec 9>&-
}

# --- laying out a machine --------------------------------------------------------------------------------------------

machine_files() {
  mkdir -p "$machine"/{etc/ssh,etc/fleet/sealed,etc/systemd/system,opt/one}
  ssh-keygen -q -t ed25519 -N '' -C 'made for one test' -f "$machine/etc/ssh/ssh_host_ed25519_key"
  cp "$FLEET" "$machine/opt/one/fleet"
  ln -s /opt/one/fleet "$machine/etc/fleet/fleet"
}

host_key() { cat "$SCRATCH/machine/etc/ssh/ssh_host_ed25519_key.pub"; }

# Before the machine boots this writes what is laid over it, afterwards into the running machine.
put() { # path, from standard input
  if [ -n "$leader" ]; then inside sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1"' put "$1"; else
    mkdir -p "$(dirname "$machine$1")" && cat >"$machine$1"
  fi
}

seal() { age --encrypt --armor -R <(host_key) | put "/etc/fleet/sealed/$1.age"; }

manifest() { printf '{ "version": 1, "services": { %s } }' "$1" | put /etc/fleet/secrets.json; }

units() {
  if [ -n "$leader" ]; then
    must inside /etc/fleet/fleet activate --units /etc/systemd/system
    must inside systemctl daemon-reload
  else
    must "$FLEET" activate --units "$machine/etc/systemd/system" --manifest "$machine/etc/fleet/secrets.json"
  fi
}

# --- booting it ------------------------------------------------------------------------------------------------------

# The cgroup that everything of this machine runs in, as seen from here.
own_cgroup() {
  local mount
  mount=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
  printf '%s/%s' "$mount" "$box"
}

boot() {
  debian_root
  trap end_machine EXIT
  trap 'exit 130' INT TERM
  # In a mount namespace of its own: the overlay, and a plain cgroup2 where this machine mixes versions 1 and 2.
  unshare --mount --fork --kill-child bash -c '
    set -e
    box=$1 debian=$2 machine=$3 place=$4
    mount --make-rprivate /
    mkdir -p "$place" && mount -t tmpfs -o mode=0755 machine "$place"
    mkdir "$place/upper" "$place/work" "$place/root"
    mount -t overlay -o "lowerdir=$debian,upperdir=$place/upper,workdir=$place/work" machine "$place/root"
    cp -R --preserve=mode,links,timestamps "$machine/." "$place/root/"
    if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
      umount -R -l /sys/fs/cgroup 2>/dev/null || true
      mount -t cgroup2 none /sys/fs/cgroup
    fi
    mkdir -p "/sys/fs/cgroup/$box/start" && echo $$ >"/sys/fs/cgroup/$box/start/cgroup.procs"
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_LOCK=0
    # --keep-unit and --register=no: this machine may have no systemd of its own to ask.
    exec systemd-nspawn --quiet --directory="$place/root" --boot --register=no --keep-unit --machine="$box" \
      --private-network --resolv-conf=off --timezone=off --link-journal=no --console=pipe
  ' boot "$box" "$debian" "$machine" "$SCRATCH/place" </dev/null >"$SCRATCH/console" 2>&1 &
  nspawn=$!
  wait_for 30 find_leader || { cat "$SCRATCH/console"; fail 'systemd did not start in the container'; }
  find_leader
  # `degraded` is for the tests to judge: some of them break units on purpose.
  wait_for 60 sh -c 'case $('"$(printf '%q ' nsenter -t "$leader" -a)"' systemctl is-system-running) in running | degraded) ;; *) false ;; esac' ||
    { tail -n 40 "$SCRATCH/console"; fail 'the machine did not finish booting'; }
}

# The process of our cgroup that is number 1 in its own world.
find_leader() {
  local procs pid
  for procs in $(find "$(own_cgroup)" -name cgroup.procs 2>/dev/null); do
    for pid in $(cat "$procs" 2>/dev/null); do
      if [[ "$(sed -n 's/^NSpid://p' "/proc/$pid/status" 2>/dev/null)" == *[[:space:]]1 ]] &&
        [ "$(cat "/proc/$pid/comm")" = systemd ]; then
        leader=$pid
        return
      fi
    done
  done
  return 1
}

inside() { nsenter -t "$leader" -a -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"; }

end_machine() {
  local status=$? cgroup
  trap - EXIT INT TERM
  cgroup=$(own_cgroup)
  if [ "$status" != 0 ] && [ -n "$leader" ]; then
    echo '--- the machine, at the end'
    timeout 10 nsenter -t "$leader" -a -- systemctl --no-pager --no-legend --failed
    timeout 10 nsenter -t "$leader" -a -- journalctl --no-pager -o short-monotonic -n 60 _COMM=fleet + UNIT=web.service + _PID=1
  fi
  # Ending systemd-nspawn would leave what it started running; the cgroup ends all of it, and nothing else.
  [ -e "$cgroup/cgroup.kill" ] && echo 1 >"$cgroup/cgroup.kill"
  [ -n "${nspawn:-}" ] && wait "$nspawn" 2>/dev/null
  wait_for 5 no_cgroup_left "$cgroup"
  exit "$status"
}

no_cgroup_left() {
  [ ! -d "$1" ] && return
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [ ! -d "$1" ]
}

# --- asking it -------------------------------------------------------------------------------------------------------

# What a service wrote to its file below /run/said, once it has.
said() {
  wait_for 10 inside test -s "/run/said/$1" || fail "$1 said nothing: $(inside systemctl status --no-pager "$1" 2>&1)"
  inside cat "/run/said/$1"
}

# How often a service was started since the machine booted.
starts() { inside sh -c 'cat /run/starts/"$1" 2>/dev/null | wc -l' starts "$1"; }

state() { inside systemctl show -P ActiveState "$1"; }

# A service NAME that counts its starts, and whose program is SHELL; more lines of its [Service] section follow.
service() { # name, shell, lines…
  local name=$1 shell=$2
  shift 2
  {
    printf '[Service]\nExecStartPre=+/bin/sh -c "mkdir -p /run/starts; echo >>/run/starts/%s"\n' "$name"
    printf 'StandardOutput=truncate:/run/said/%s\nExecStart=/bin/sh -c %s\n' "$name" "'$shell'"
    printf '%s\n' "$@"
  } | put "/etc/systemd/system/$name.service"
  printf 'd /run/said 0755 root root\n' | put /etc/tmpfiles.d/said.conf
}
