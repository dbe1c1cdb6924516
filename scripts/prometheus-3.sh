#!/bin/bash
# Fetches Prometheus 3 and its promtool from Debian's next release into a folder, beside the system's own, and prints
# the path of promtool. The programs need nothing else of that release.
#   scripts/prometheus-3.sh FOLDER
set -euo pipefail
folder=$(realpath -m "${1:?a folder is missing}")
programs=$folder/usr/bin
mkdir -p "$folder/lists/partial"
if [[ ! -x $programs/promtool || ! -x $programs/prometheus ]]; then
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian forky main' \
    >"$folder/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
    -o APT::Sandbox::User=root -o Acquire::Retries=3)
  "${apt[@]}" update >&2
  for package in promtool prometheus; do
    (cd "$folder" && "${apt[@]}" download "$package" >&2)
    dpkg-deb --fsys-tarfile "$folder/${package}"_*.deb | tar -x -C "$folder" "./usr/bin/$package"
  done
fi
"$programs/promtool" --version >&2
echo "$programs/promtool"
