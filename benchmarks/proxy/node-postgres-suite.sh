#!/usr/bin/env bash
# Runs node-postgres' own integration tests against a database, and again through the audit; says where they differ.
#
#   PGHOST=… PGPORT=… PGUSER=… PGPASSWORD=… PGDATABASE=… benchmarks/proxy/node-postgres-suite.sh FOLDER
#
# The tests read these variables and no connection string; the role has to be a superuser.
# FOLDER: packages/pg of https://github.com/brianc/node-postgres, with its dependencies installed.
# Run `npm run build` first. A test that fails both ways needs what this server or machine has not.
set -euo pipefail

suite=$(cd "$1" && pwd)
cli=$(cd "$(dirname "$0")/../.." && pwd)/dist/cli.js
results=$(mktemp -d)
unset DATABASE_URL

cat >"$results/run.sh" <<'RUN'
cd "$1"
find test/integration -name '*-tests.js' | sort | while read -r file; do
  # Some have 100 ms for what takes longer on a busy machine.
  for _ in 1 2 3 4; do
    code=0
    TEST_TIMEOUT=20000 timeout 120 node "$file" >/dev/null 2>&1 </dev/null || code=$?
    [ "$code" = 0 ] && break
  done
  echo "$file $code" >>"$2"
done
RUN

bash "$results/run.sh" "$suite" "$results/direct"
node "$cli" audit --format json -- bash "$results/run.sh" "$suite" "$results/through" >"$results/report.json"

echo "$(wc -l <"$results/direct") files; passed: $(grep -c ' 0$' "$results/direct") without, $(grep -c ' 0$' "$results/through") through the audit"
echo "$(grep '^  "trips"' "$results/report.json" | tr -dc 0-9) round trips"
diff "$results/direct" "$results/through"
