#!/bin/sh
# Puts Alertmanager's configuration together, and becomes Alertmanager with the arguments: routes.yml, and of each
# receiver what has its secret in place. After a change of a secret, start this again.
#
#   secrets/slack-webhook-url      pages and tickets   the URL of an incoming webhook
#   secrets/pagerduty-routing-key  pages               the integration key of a service (Events API v2)
#   secrets/email                  pages and tickets   to, from, smarthost, auth_username, auth_password: a line each
#   secrets/webhook-url            pages and tickets   a URL that takes Alertmanager's JSON
#   secrets/watchdog-url           the watchdog        a service that pages when it hears nothing
set -eu
umask 077
here=${ALERTMANAGER_FOLDER:-/etc/alertmanager}
made=${ALERTMANAGER_MADE:-/run/alertmanager}
secrets=${ALERTMANAGER_SECRETS:-/etc/alertmanager-secrets}

say() { echo "with-receivers: $*" >&2; }

# As YAML has a text in single quotes.
quoted_url() {
  if [ "$(grep -c . "$secrets/$1")" != 1 ] || ! grep -q '^https\{0,1\}://[^[:space:]]*[[:space:]]*$' "$secrets/$1"; then
    say "secrets/$1: expected one line with a URL that begins with http:// or https://"
    exit 1
  fi
  sed "s/[[:space:]]*\$//; s/'/''/g; s/^/'/; s/\$/'/" "$secrets/$1"
}

indented() { sed "s|SECRETS|$secrets|; s/^/    /" "$here/receivers/$1.yml"; }

# One kind of receiver in one receiver: its part of the configuration.
part() {
  case $1 in
    webhook | watchdog)
      indented "$1" | sed '/^ *url: URL$/d'
      url=$(quoted_url "$1-url")
      echo "        url: $url"
      ;;
    email)
      indented email
      grep . "$secrets/email" | sed 's/^[[:space:]]*/        /'
      ;;
    *) indented "$1" ;;
  esac
}

# Its name, then the kinds that it may have, each as kind=secret.
receiver() {
  name=$1
  shift
  echo "  - name: $name"
  found=
  for each in "$@"; do
    if [ -s "$secrets/${each#*=}" ]; then
      part "${each%%=*}"
      found="$found ${each%%=*}"
    fi
  done
  say "$name:${found:- NOBODY is told; put a secret in place}"
}

mkdir -p "$made"
cp "$here/notifications.tmpl" "$made/"
{
  cat "$here/routes.yml"
  echo 'receivers:'
  receiver pages pagerduty=pagerduty-routing-key slack=slack-webhook-url email=email webhook=webhook-url
  receiver tickets slack=slack-webhook-url email=email webhook=webhook-url
  receiver watchdog watchdog=watchdog-url
} >"$made/alertmanager.yml"
if [ -n "${ALERTMANAGER_CHECK:-}" ]; then exec amtool check-config "$made/alertmanager.yml"; fi
exec "${ALERTMANAGER_PROGRAM:-alertmanager}" --config.file="$made/alertmanager.yml" "$@"
