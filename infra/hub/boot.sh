#!/bin/bash
# Makes a machine the hub: the packages, the key, the configuration that `pglatency wireguard hub`
# rendered, the services. Safe to run again: do so after each change of the configuration.
#
#   boot.sh [all]      everything, in this order
#   boot.sh packages   install WireGuard and iptables (Debian, Ubuntu)
#   boot.sh configure  the key and wg0.conf
#   boot.sh services   the tunnel, and what follows the database's name, now and at every boot
#   boot.sh follow     lead to where the database's name points, again and again (a service runs it)
#
#   SSM_PREFIX   the parameters' path in the AWS SSM Parameter Store, such as /pglatency/hub, which
#                then holds wg0.conf and, if it was made elsewhere, private-key
#   HUB_CONFIG   without SSM_PREFIX: the rendered file (default ./wg0.conf)
#   HUB_KEY      without SSM_PREFIX: the private key's file (default: one is made)
#   FOLLOW_INTERVAL_S  how often the name is asked for (default 10)
#
# /etc/default/pglatency-hub may set them.
set -euo pipefail
export PATH=$PATH:/snap/bin
# shellcheck source=/dev/null
if [[ -r /etc/default/pglatency-hub ]]; then . /etc/default/pglatency-hub; fi

readonly INTERFACE=wg0
readonly FOLDER=/etc/wireguard
readonly KEY_FILE=$FOLDER/hub.key
readonly CONFIG=$FOLDER/$INTERFACE.conf
readonly INSTALLED=/usr/local/sbin/pglatency-hub
readonly FOLLOW_SERVICE=pglatency-follow-database

log() { echo "hub: $*" >&2; }

fail() {
  log "$*"
  exit 1
}

packages() {
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends wireguard-tools iptables iproute2
}

# Prints a parameter's value; fails when there is none.
parameter() {
  aws ssm get-parameter --name "$SSM_PREFIX/$1" --with-decryption --query Parameter.Value --output text
}

# Writes the private key to its file. A key that is there already stays, unless another one was given.
provide_key() {
  local key=''
  if [[ -n ${SSM_PREFIX:-} ]]; then
    # Only "there is none" may lead to a new key: any other failure would cut every region off.
    if ! key=$(parameter private-key 2>&1); then
      [[ $key == *ParameterNotFound* ]] || fail "$SSM_PREFIX/private-key could not be read: $key"
      key=''
    fi
  elif [[ -n ${HUB_KEY:-} ]]; then
    key=$(<"$HUB_KEY")
  fi
  if [[ -z $key && -s $KEY_FILE ]]; then key=$(<"$KEY_FILE"); fi
  if [[ -z $key ]]; then
    log 'no key was given: making one'
    key=$(wg genkey)
  fi
  wg pubkey <<<"$key" >/dev/null 2>&1 || fail 'the given private key is not a WireGuard key'
  (
    umask 077
    printf '%s\n' "$key" >"$KEY_FILE"
  )
  log "the hub's public key is $(wg pubkey <"$KEY_FILE")"
}

configure() {
  (
    umask 077
    mkdir -p "$FOLDER"
  )
  provide_key
  local text
  if [[ -n ${SSM_PREFIX:-} ]]; then
    text=$(parameter wg0.conf) || fail "there is no parameter $SSM_PREFIX/wg0.conf"
  else
    text=$(<"${HUB_CONFIG:-wg0.conf}") || fail 'there is no rendered wg0.conf; HUB_CONFIG names it'
  fi
  [[ $text == *'[Peer]'* ]] || fail 'the configuration names no region'
  # Taken down by the old configuration, which knows what it has set up; "services" brings up the new.
  systemctl stop "wg-quick@$INTERFACE" 2>/dev/null || true
  if ip link show "$INTERFACE" >/dev/null 2>&1; then wg-quick down "$INTERFACE"; fi
  (
    umask 077
    printf '%s\n' "$text" >"$CONFIG"
  )
}

services() {
  if [[ $(readlink -f "$0") != "$INSTALLED" ]]; then install -m 755 "$0" "$INSTALLED"; fi
  cat >/etc/systemd/system/$FOLLOW_SERVICE.service <<UNIT
[Unit]
Description=Keeps the hub leading to the address that the database's name has now
BindsTo=wg-quick@$INTERFACE.service
After=wg-quick@$INTERFACE.service

[Service]
ExecStart=$INSTALLED follow
Restart=always

[Install]
WantedBy=wg-quick@$INTERFACE.service
UNIT
  systemctl daemon-reload
  systemctl enable "wg-quick@$INTERFACE" "$FOLLOW_SERVICE"
  systemctl restart "wg-quick@$INTERFACE" "$FOLLOW_SERVICE"
}

# Runs the configuration's own lines again, so that what is done at the start and what is done when the
# address changes can never differ. A failure is tried again at the next turn.
follow() {
  local lines
  lines=$(sed -n 's/^PostUp = \(: database-path;.*\)/\1/p' "$CONFIG")
  [[ -n $lines ]] || fail "$CONFIG leads to no database"
  while true; do
    while read -r line; do bash -c "$line" || log 'the way to the database could not be set'; done <<<"$lines"
    sleep "${FOLLOW_INTERVAL_S:-10}"
  done
}

case ${1:-all} in
  all)
    packages
    configure
    services
    ;;
  packages) packages ;;
  configure) configure ;;
  services) services ;;
  follow) follow ;;
  *) fail "\"$1\" is not allowed; expected all, packages, configure, services or follow" ;;
esac
