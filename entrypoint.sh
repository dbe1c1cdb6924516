#!/bin/bash
# Becomes `pglatency` with the arguments, as a user without privileges; none means `serve`. Where a tunnel is
# wanted, `serve` starts behind it: the hub has answered first, and the backend is given none of its keys.
# Fails closed: a tunnel that is wanted and does not come up starts nothing. No other command waits for one.
#
#   WIREGUARD            auto (default): a tunnel where any WG_* is set, none where none is
#                        on: a tunnel, or nothing starts; off: no tunnel, whatever is set
#   WIREGUARD_TIMEOUT_S  how long the hub may take to answer (default 30)
#   BACKEND_USER         who runs the backend where this runs as root (default node)
set -euo pipefail

readonly INTERFACE=wg0
readonly STATUS_INTERVAL_S=5
# Bits of a process's capabilities, capabilities(7).
readonly SETGID=6 SETUID=7 SETPCAP=8 NET_ADMIN=12

HERE=$(dirname "$(readlink -f "$0")")
readonly HERE

log() { echo "entrypoint: $*" >&2; }

fail() {
  log "$*"
  exit 1
}

pglatency() { node "$HERE/dist/cli.js" "$@"; }

capabilities() {
  local name value
  while read -r name value; do
    if [[ $name == CapEff: ]]; then echo "$value"; fi
  done <"/proc/$$/status"
}

may() { ((16#$(capabilities) >> $1 & 1)); }
may_become_another() { may $SETUID && may $SETGID && may $SETPCAP; }

# Any variable of the tunnel's, also a misspelt one, but for those of WireGuard's own programs.
names_tunnel() {
  local name
  while read -r name; do
    case $name in
      WG_QUICK_* | WG_I_PREFER_* | WG_COLOR_MODE | WG_HIDE_KEYS | WG_ENDPOINT_RESOLUTION_RETRIES) ;;
      *) [[ -z ${!name} ]] || return 0 ;;
    esac
  done < <(compgen -e WG_)
  return 1
}

# What begins with an option is `serve` or a call for help, as the program has it.
wants_tunnel() {
  # Fly.io sets RELEASE_COMMAND where it runs a one-off command before a deployment.
  [[ $1 == serve && -z ${RELEASE_COMMAND:-} && " $* " != *' --help '* && " $* " != *' -h '* ]] || return 1
  case ${WIREGUARD:-auto} in
    on) return 0 ;;
    auto) names_tunnel ;;
    *) return 1 ;;
  esac
}

# A folder in memory for what is this start's alone. A read-only container has /dev/shm.
choose_folder() {
  local folder
  for folder in /run/pglatency /dev/shm/pglatency; do
    if mkdir -p "$folder" 2>/dev/null && [[ -w $folder ]]; then
      FOLDER=$folder
      return
    fi
  done
  fail 'neither /run nor /dev/shm can be written to: docker run --tmpfs /run'
}

# Renders the configuration, readable by root alone. `pglatency` says what is wrong with the variables.
render() {
  local text
  text=$(pglatency wireguard spoke) || fail 'the tunnel is not configured; WIREGUARD=off starts without one'
  CONFIG=$FOLDER/$INTERFACE.conf
  (
    umask 077
    rm -f "$CONFIG"
    printf '%s\n' "$text" >"$CONFIG"
  )
}

# From here on no process is given a key: what needs it reads the file.
forget_keys() {
  local name
  while read -r name; do unset "$name"; done < <(compgen -e WG_PRIVATE_KEY)
}

bring_up() {
  # Left by an earlier start in the same network namespace.
  if ip link show "$INTERFACE" >/dev/null 2>&1; then ip link delete "$INTERFACE"; fi
  # wg-quick takes the kernel's WireGuard where there is one; only then does wireguard-go stand in, and
  # it wants this to start.
  WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wg-quick up "$CONFIG" || fail "$(why_no_tunnel)"
}

why_no_tunnel() {
  if [[ ! -c /dev/net/tun ]]; then
    echo 'the kernel has no WireGuard, and wireguard-go, which replaces it, needs /dev/net/tun:' \
      'docker run --device /dev/net/tun'
  elif [[ ! -w /run ]]; then
    echo 'the kernel has no WireGuard, and wireguard-go, which replaces it, writes to /run: docker run --tmpfs /run'
  else
    echo 'wg-quick could not start the tunnel'
  fi
}

last_handshake() { wg show "$INTERFACE" latest-handshakes | awk '{ print $2; exit }'; }

# A tunnel is up when the hub has answered: the interface alone says nothing.
wait_for_handshake() {
  local timeout_s=$1
  local deadline=$((SECONDS + timeout_s))
  until [[ $(last_handshake) -gt 0 ]]; do
    ((SECONDS < deadline)) ||
      fail "the hub did not answer within $timeout_s s. Is it running at $WG_HUB_ENDPOINT, is UDP open to" \
        "it, is WG_HUB_PUBLIC_KEY its key, and does it know this one: $(wg show "$INTERFACE" public-key)?"
    sleep 0.2
  done
  log "the tunnel of ${REGION:-$FLY_REGION} is up: the hub at $WG_HUB_ENDPOINT answered"
}

# The backend may not ask WireGuard, which takes CAP_NET_ADMIN, so root writes down what is no secret:
# no key, only a time and two sums. Ends with the backend.
publish_status() {
  local backend=$1 handshake transfer
  while kill -0 "$backend" 2>/dev/null; do
    if handshake=$(last_handshake) && transfer=$(wg show "$INTERFACE" transfer); then
      awk -v handshake="$handshake" '{
        print "latest_handshake", handshake; print "receive_bytes", $2; print "transmit_bytes", $3; exit
      }' <<<"$transfer" >"$WIREGUARD_STATUS_FILE.new"
      mv "$WIREGUARD_STATUS_FILE.new" "$WIREGUARD_STATUS_FILE"
    fi
    sleep "$STATUS_INTERVAL_S"
  done
}

# As a new process, with no environment: that of a subshell would still show the keys in /proc.
start_publishing() {
  umask 022
  export WIREGUARD_STATUS_FILE=$FOLDER/wireguard
  env -i PATH="$PATH" WIREGUARD_STATUS_FILE="$WIREGUARD_STATUS_FILE" \
    "$HERE/entrypoint.sh" --publish-status $$ </dev/null >/dev/null &
}

start_tunnel() {
  local timeout_s=${WIREGUARD_TIMEOUT_S:-30}
  [[ $(id -u) -eq 0 ]] || fail "the tunnel needs root, and this is user $(id -u); WIREGUARD=off starts without one"
  may $NET_ADMIN || fail 'the tunnel needs the capability NET_ADMIN: docker run --cap-add NET_ADMIN'
  may_become_another ||
    fail 'the backend does not run with the rights of the tunnel, and becoming another user needs' \
      'capabilities: docker run --cap-add SETUID --cap-add SETGID --cap-add SETPCAP'
  [[ $timeout_s =~ ^[1-9][0-9]{0,3}$ ]] ||
    fail "WIREGUARD_TIMEOUT_S: \"$timeout_s\" is not allowed; expected whole seconds from 1 to 9999"
  choose_folder
  render
  forget_keys
  # Whatever ends this shell now; becoming the backend does not.
  trap 'wg-quick down "$CONFIG" >/dev/null 2>&1 || true' EXIT
  bring_up
  wait_for_handshake "$timeout_s"
  start_publishing
}

become_pglatency() {
  local user=${BACKEND_USER:-node}
  local drop=(setpriv --no-new-privs)
  if [[ $(id -u) -eq 0 ]] && may_become_another; then
    drop=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups
      --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs)
    export HOME=/nonexistent
  elif [[ $(id -u) -eq 0 ]]; then
    # Root in name alone. With some other right left it would be more than that.
    [[ $(capabilities) =~ ^0+$ ]] ||
      fail 'root cannot become another user here: docker run --user node, or --cap-drop ALL'
  fi
  exec "${drop[@]}" node "$HERE/dist/cli.js" "$@"
}

main() {
  # As process 1 of a container it would otherwise not hear a stop while it waits.
  trap 'exit 143' TERM INT
  [[ $# -gt 0 ]] || set -- serve
  case ${WIREGUARD:-auto} in
    on | off | auto) ;;
    *) fail "WIREGUARD: \"$WIREGUARD\" is not allowed; expected auto, on or off" ;;
  esac
  if wants_tunnel "$@"; then
    start_tunnel
  else
    if [[ $1 == serve && ${WIREGUARD:-auto} == auto ]]; then log 'no WG_* is set: starting without a tunnel'; fi
    forget_keys
  fi
  become_pglatency "$@"
}

if [[ ${1:-} == --publish-status ]]; then
  publish_status "$2"
else
  main "$@"
fi
