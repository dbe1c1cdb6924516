#!/bin/sh
# Starts Prometheus with the rules' links leading where GRAFANA_URL and RUNBOOK_URL say. The rules are read when
# the container starts: after a change `docker compose restart prometheus`.
set -eu
from=/etc/prometheus
to=/etc/prometheus-with-links
mkdir -p "$to/rules" "$to/targets"
cp "$from/prometheus.yml" "$to/"
cp "$from"/targets/*.yml "$to/targets/"
for file in "$from"/rules/*.yml; do
  sed -e "s|https://grafana.example.com|${GRAFANA_URL%/}|g" \
    -e "s|https://runbooks.example.com/pglatency|${RUNBOOK_URL:-https://runbooks.example.com/pglatency}|g" \
    "$file" >"$to/rules/${file##*/}"
done
exec prometheus "$@"
