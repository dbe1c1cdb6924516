#!/bin/bash
# Fetches the promtool of Prometheus 3 from Debian's next release into a folder, beside the system's own, and prints
# its path. The program needs nothing else of that release.
#   scripts/promtool-3.sh FOLDER
set -euo pipefail
folder=$(realpath -m "${1:?a folder is missing}")
program=$folder/usr/bin/promtool
mkdir -p "$folder/lists/partial"
if [[ ! -x $program ]]; then
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian forky main' \
    >"$folder/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
    -o APT::Sandbox::User=root -o Acquire::Retries=3)
  "${apt[@]}" update >&2
  (cd "$folder" && "${apt[@]}" download promtool >&2)
  dpkg -x "$folder"/promtool_*.deb "$folder"
fi
"$program" --version >&2
echo "$program"
