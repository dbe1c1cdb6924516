#!/bin/bash
# Holds every shell script against shellcheck. Without it: a failure in CI, a loud word elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v shellcheck >/dev/null; then
  echo 'SKIPPED: shellcheck is missing, no shell script was checked' >&2
  [[ ${CI:-} != true ]]
  exit
fi
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.sh' '.ci/run')
shellcheck "${files[@]}"
echo "shellcheck: ${#files[@]} scripts are clean"
