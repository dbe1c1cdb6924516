#!/bin/bash
# Makes a stand-in for node:24-trixie-slim where no image registry can be reached: Debian's trixie by
# debootstrap, this machine's Node.js, and the user "node". Committed under the real one's name to the
# buildah storage of the arguments.
#
#   stand-in-base.sh <folder for the file system> <buildah's own options…>
set -euo pipefail

root=$1
shift
buildah=(buildah "$@")

mirror=$(sed -n 's/^URIs: \(.*debian\)\/\?$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)
if [[ -z $mirror ]]; then
  mirror=$(sed -n 's/^deb \(\[.*\] \)\?\(http[^ ]*debian\)\/\? .*/\2/p' /etc/apt/sources.list | head -n 1)
fi
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 trixie "$root" "$mirror"

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
grep -l '^Acquire::Check' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d"
# As Debian's images have it: no package stays behind once it is installed.
cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
APT
install -D "$(node -p process.execPath)" "$root/usr/local/bin/node"
npm=$(realpath "$(command -v npm)")
cp -r "${npm%/bin/npm-cli.js}" "$root/usr/local/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
npm config get registry | sed 's/^/registry=/' >"$root/root/.npmrc"
echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >>"$root/root/.npmrc"
# Or the image would seem smaller than its base.
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/debootstrap
chroot "$root" useradd --uid 1000 --create-home node

container=$("${buildah[@]}" from scratch)
"${buildah[@]}" add -q "$container" "$root" /
"${buildah[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
"${buildah[@]}" commit -q --rm "$container" docker.io/library/node:24-trixie-slim
