#!/bin/bash
# Brings this region's WireGuard tunnel up, waits until the hub has answered, and only then becomes the
# backend, as a user without privileges and without the tunnel's keys. Fails closed: without a tunnel
# nothing starts, unless WIREGUARD=off says that none is wanted.
#
#   WIREGUARD            on (default) or off
#   WIREGUARD_TIMEOUT_S  how long the hub may take to answer (default 30)
#   BACKEND_USER         who runs the backend (default node)
#
# The arguments are those of `pglatency`; none means `serve`.
set -euo pipefail

readonly INTERFACE=wg0
readonly CONFIG=/etc/wireguard/$INTERFACE.conf
readonly STATUS_FILE=/run/pglatency/wireguard
readonly STATUS_INTERVAL_S=5

HERE=$(dirname "$(readlink -f "$0")")
readonly HERE

log() { echo "entrypoint: $*" >&2; }

fail() {
  log "$*"
  exit 1
}

pglatency() { node "$HERE/dist/cli.js" "$@"; }

# Renders the configuration, readable by root alone. `pglatency` says what is wrong with the variables.
render() {
  local text
  text=$(pglatency wireguard spoke) || fail 'the tunnel is not configured; WIREGUARD=off starts without one'
  (
    umask 077
    mkdir -p "$(dirname "$CONFIG")"
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
  WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 wg-quick up "$INTERFACE" ||
    fail 'wg-quick could not bring the tunnel up (it needs CAP_NET_ADMIN)'
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
      }' <<<"$transfer" >"$STATUS_FILE.new"
      mv "$STATUS_FILE.new" "$STATUS_FILE"
    fi
    sleep "$STATUS_INTERVAL_S"
  done
}

# As a new process, with no environment: that of a subshell would still show the keys in /proc.
start_publishing() {
  umask 022
  mkdir -p "$(dirname "$STATUS_FILE")"
  env -i PATH="$PATH" "$HERE/entrypoint.sh" --publish-status $$ </dev/null >/dev/null &
  export WIREGUARD_STATUS_FILE=$STATUS_FILE
}

become_backend() {
  local user=${BACKEND_USER:-node}
  export HOME=/nonexistent
  exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
    --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs \
    node "$HERE/dist/cli.js" "$@"
}

main() {
  # As process 1 of a container it would otherwise not hear a stop while it waits.
  trap 'exit 143' TERM INT
  [[ $# -gt 0 ]] || set -- serve
  # Fly.io sets RELEASE_COMMAND where it runs a one-off command before a deployment.
  local wanted=${WIREGUARD:-on} timeout_s=${WIREGUARD_TIMEOUT_S:-30}
  if [[ -n ${RELEASE_COMMAND:-} ]]; then wanted=off; fi
  case $wanted in
    on)
      [[ $(id -u) -eq 0 ]] || fail 'the tunnel needs root; WIREGUARD=off starts without one'
      [[ $timeout_s =~ ^[1-9][0-9]{0,3}$ ]] ||
        fail "WIREGUARD_TIMEOUT_S: \"$timeout_s\" is not allowed; expected whole seconds from 1 to 9999"
      render
      forget_keys
      # Whatever ends this shell now; becoming the backend does not.
      trap 'wg-quick down "$INTERFACE" >/dev/null 2>&1 || true' EXIT
      bring_up
      wait_for_handshake "$timeout_s"
      start_publishing
      ;;
    off) forget_keys ;;
    *) fail "WIREGUARD: \"$wanted\" is not allowed; expected on or off" ;;
  esac
  if [[ $(id -u) -eq 0 ]]; then become_backend "$@"; fi
  exec node "$HERE/dist/cli.js" "$@"
}

if [[ ${1:-} == --publish-status ]]; then
  publish_status "$2"
else
  main "$@"
fi
