# Sourced by mesh-*: hosts as network namespaces on one wire, each with wireguard-go behind `wg-quick`.
#
#   mesh_inside "$@"         begins again inside own namespaces; what it starts ends with it, whatever happens
#   host NAME ADDRESS        makes a host on the wire 198.51.100.0/24, "the internet"
#   on HOST COMMAND…         runs a command there; /run/wireguard and /run/wireguard-wireg0-keys are the host's own
#   up HOST FILE             `wg-quick up` with this configuration, as the host's wireg0
#   down HOST                ends its wireg0
#   answers FROM ADDRESS     true when one of two pings comes back within a second
#
# and a fleet in $SCRATCH/fleet, whose rendered files they are configured from:
#
#   fleet_toml               takes fleet.toml's meshes and machines from standard input, with a master that is made
#   lay_out_keys MESH HOST…  opens the hosts' keys and puts them where `fleet activate` would
#   render HOST…             renders for wg-quick into rendered/
#   fresh, edit, peer        copies rendered/ to now/, and changes files there
#   scenario                 brings up what is in now/ and compares every way with what `wg reach` says
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

mesh_inside() {
  if [ -z "${MESH_INSIDE:-}" ]; then
    export MESH_INSIDE=1
    exec unshare --net --mount --pid --ipc --fork --kill-child --mount-proc --propagation private bash "$0" "$@"
  fi
  # Ours alone: the sockets, the keys, and the names of namespaces.
  must mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/netns /run/wireguard /run/wireguard-wireg0-keys
  must ip link set lo up
  must ip link add wire type bridge
  must ip link set wire up
}

host() {
  mkdir -p "$SCRATCH/hosts/$1"/{sockets,keys}
  must ip netns add "$1"
  must ip link add "v-$1" type veth peer name eth0 netns "$1"
  must ip link set "v-$1" master wire up
  must ip -n "$1" link set lo up
  must ip -n "$1" addr add "$2/24" dev eth0
  must ip -n "$1" link set eth0 up
}

on() {
  local host=$1
  shift
  # `ip netns exec` makes a mount namespace of its own, so these two are seen by the command alone.
  ip netns exec "$host" sh -c '
    mount --bind "$1/sockets" /run/wireguard && mount --bind "$1/keys" /run/wireguard-wireg0-keys || exit 1
    shift
    exec "$@"' sh "$SCRATCH/hosts/$host" "$@"
}

up() {
  local folder=$SCRATCH/hosts/$1
  install -m 600 "$2" "$folder/wireg0.conf"
  on "$1" wg-quick up "$folder/wireg0.conf" >"$folder/said" 2>&1 9>&- ||
    fail "wg-quick does not take what is rendered for $1: $(cat "$folder/said")"
}

down() {
  on "$1" ip link delete dev wireg0 2>/dev/null
  ip netns exec "$1" sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
}

answers() {
  ip netns exec "$1" ping -n -q -c 2 -i 0.3 -W 1 "$2" >/dev/null 2>&1
}

# --- a fleet ----------------------------------------------------------------------------------------------------------

fleet_toml() {
  mkdir -p fleet/keys/masters rendered
  ssh-keygen -q -t ed25519 -N '' -C 'made for one test' -f master
  cp master.pub fleet/keys/masters/master.pub
  { printf '[fleet]\nname = "test"\n\n[defaults]\nsystem = "x86_64-linux"\n\n' && cat; } >fleet/fleet.toml
}

lay_out_keys() {
  local mesh=$1 host secret
  shift
  for host in "$@"; do
    "$FLEET" -C fleet secret show -i master "wireguard-$mesh/$host/private-key" >"hosts/$host/keys/private-key" ||
      fail "no private key of $host"
    for secret in fleet/secrets/"wireguard-$mesh"/psk.*.age; do
      case $secret in
        *".$host."*)
          secret=${secret##*/} && secret=${secret%.age}
          "$FLEET" -C fleet secret show -i master "wireguard-$mesh/$secret" >"hosts/$host/keys/$secret" || fail "no $secret"
          ;;
      esac
    done
  done
}

render() {
  local host
  for host in "$@"; do
    "$FLEET" -C fleet wg render "$host" --format wg-quick >"rendered/$host.conf" 2>said ||
      fail "nothing is rendered for $host: $(cat said)"
  done
}

# --- what ping finds, and what `wg reach` says ------------------------------------------------------------------------

# hosts: who is brought up and asks; targets: who is asked; skip: ways that are not asked, as `from-to`.
declare -A address

reach() { # FROM TO [what if…]
  local to=$2
  # Who has no configuration is known by address.
  if [ "${ask_by:-}" = address ] || [ ! -e "now/$to.conf" ]; then to=${address[$to]}; fi
  "$FLEET" wg reach "$1" "$to" --from-files now "${@:3}" >reach.out 2>&1
}

# scenario NAME CLOSED [what if…]: brings up what is in now/, and compares every way. CLOSED is how many ways are to be
# closed, so that a scenario that breaks nothing is found. Ways that are open are asked first, so that tunnels are up
# when silence is taken for an answer; FIRST=closed turns that round.
scenario() {
  local name=$1 closed=$2 from to pids=() pid open=() shut=()
  shift 2
  for from in $hosts; do
    [ "$from" = "${DOWN:-}" ] && continue
    up "$from" "now/$from.conf" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || exit 1; done
  for from in $hosts; do
    [ "$from" = "${DOWN:-}" ] && continue
    for to in $targets; do
      case " $skip $from-$from " in *" $from-$to "*) continue ;; esac
      if reach "$from" "$to" "$@"; then
        open+=("$from $to")
      else
        [ $? = 1 ] || fail "$name: wg reach $from $to: $(cat reach.out)"
        shut+=("$from $to")
      fi
    done
  done
  equal "$name: how many ways wg reach finds closed" "$closed" "${#shut[@]}"
  if [ "${FIRST:-}" = closed ]; then
    # Long enough for a keepalive to have opened a tunnel.
    sleep 6
    shut_ways
    open_ways
  else
    open_ways
    shut_ways
  fi
  for from in $hosts; do down "$from"; done
  ok "$name: ping finds ${#open[@]} ways open and ${#shut[@]} closed, as wg reach says"
}

open_ways() {
  local way pids=() pid bad=''
  for way in "${open[@]}"; do
    # shellcheck disable=SC2086
    wait_for 12 answers ${way% *} "${address[${way#* }]}" &
    pids+=("$!:$way")
  done
  for pid in "${pids[@]}"; do wait "${pid%%:*}" || bad+=" (${pid#*:})"; done
  [ -z "$bad" ] || fail "$name: wg reach says yes and ping says no:$bad"
}

shut_ways() {
  local way pids=() pid bad=''
  for way in "${shut[@]}"; do
    # shellcheck disable=SC2086
    answers ${way% *} "${address[${way#* }]}" &
    pids+=("$!:$way")
  done
  for pid in "${pids[@]}"; do wait "${pid%%:*}" && bad+=" (${pid#*:})"; done
  [ -z "$bad" ] || fail "$name: wg reach says no and ping says yes:$bad"
}

fresh() {
  rm -rf now
  cp -r rendered now
}

# edit HOST SED-SCRIPT: changes a configuration, and finds that it did.
edit() {
  sed -i -E "$2" "now/$1.conf"
  cmp -s "now/$1.conf" "rendered/$1.conf" && fail "the edit \`$2\` changes nothing of $1"
}

# peer HOST NAME SED-SCRIPT: changes one peer's section there.
peer() {
  awk -v name="# name: $2" 'BEGIN { RS = ""; ORS = "\n\n" } { sub(/\n+$/, "") } 1' "now/$1.conf" >tmp.conf
  awk -v name="# name: $2" 'BEGIN { RS = ""; ORS = "\n\n" } index($0, name "\n") && /^\[Peer\]/' tmp.conf >section.conf
  awk -v name="# name: $2" 'BEGIN { RS = ""; ORS = "\n\n" } !(index($0, name "\n") && /^\[Peer\]/)' tmp.conf >rest.conf
  [ -s section.conf ] || fail "$1 has no peer $2"
  sed -i -E "$3" section.conf
  cat rest.conf section.conf >"now/$1.conf"
  cmp -s "now/$1.conf" "rendered/$1.conf" && fail "the edit \`$3\` changes nothing of $1"
}

key_of() { sed -n '/^# public key: /s///p' "rendered/$1.conf"; }

