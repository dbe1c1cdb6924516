#!/bin/sh
# Runs Alertmanager, Prometheus and Grafana in one Machine, and ends when one of them ends: the Machine then starts
# again. The receivers' secrets come from the environment, where `fly secrets set` puts them.
#
#   SLACK_WEBHOOK_URL PAGERDUTY_ROUTING_KEY EMAIL WEBHOOK_URL WATCHDOG_URL   see with-receivers.sh
#   GRAFANA_ADMIN_PASSWORD                                                   of the user admin
set -eu
data=${DATA_FOLDER:-/data}
export ALERTMANAGER_SECRETS=/run/alertmanager-secrets

# As a file that only root reads, and out of the environment of what is started.
secret() {
  if [ -n "$2" ]; then (umask 077 && printf '%s\n' "$2" >"$ALERTMANAGER_SECRETS/$1"); fi
}
mkdir -p "$ALERTMANAGER_SECRETS" "$data/prometheus" "$data/alertmanager" "$data/grafana"
secret slack-webhook-url "${SLACK_WEBHOOK_URL:-}"
secret pagerduty-routing-key "${PAGERDUTY_ROUTING_KEY:-}"
secret email "${EMAIL:-}"
secret webhook-url "${WEBHOOK_URL:-}"
secret watchdog-url "${WATCHDOG_URL:-}"
password=${GRAFANA_ADMIN_PASSWORD:?fly secrets set GRAFANA_ADMIN_PASSWORD=…}
unset SLACK_WEBHOOK_URL PAGERDUTY_ROUTING_KEY EMAIL WEBHOOK_URL WATCHDOG_URL GRAFANA_ADMIN_PASSWORD

# The name that prometheus.yml has for it.
echo '127.0.0.1 alertmanager' >>/etc/hosts

sh /etc/alertmanager/with-receivers.sh --storage.path="$data/alertmanager" --cluster.listen-address= &
alertmanager=$!
prometheus --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path="$data/prometheus" \
  --storage.tsdb.retention.time=40d --storage.tsdb.retention.size=8GB &
prometheus=$!
set -a
# shellcheck source=/dev/null
. /opt/monitoring/grafana.env
set +a
GF_SECURITY_ADMIN_PASSWORD=$password PROMETHEUS_URL=http://127.0.0.1:9090 GF_PATHS_DATA=$data/grafana \
  GF_AUTH_ANONYMOUS_ENABLED=true GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer GF_USERS_ALLOW_SIGN_UP=false \
  GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH=/var/lib/grafana/dashboards/fleet.json \
  GF_ANALYTICS_REPORTING_ENABLED=false GF_ANALYTICS_CHECK_FOR_UPDATES=false \
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false /run.sh &
grafana=$!

stop() { kill "$alertmanager" "$prometheus" "$grafana" 2>/dev/null || true; }
trap stop TERM INT
while kill -0 "$alertmanager" && kill -0 "$prometheus" && kill -0 "$grafana"; do
  sleep 2 &
  wait $! || true
done 2>/dev/null
stop
wait
