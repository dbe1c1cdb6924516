#!/bin/bash
# Becomes systemd, as process 1 of a machine of its own: this system's files with what is written to them in memory,
# and no unit but the one to try. Runs in new namespaces of mounts, processes, control groups and names.
#
#   MACHINE  an empty folder for its root      UNIT    the unit's file
#   PACKAGE  the built package                 CONFIG  what becomes /etc/pglatency
#   NODE     the program node                  LOGS    where what the unit prints is written to
set -euo pipefail

readonly ROOT=$MACHINE/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$MACHINE"
mkdir "$MACHINE"/{root,upper,work}
mount -t overlay overlay -o "lowerdir=/,upperdir=$MACHINE/upper,workdir=$MACHINE/work" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t sysfs -o ro sysfs "$ROOT/sys"
for folder in run tmp dev sys/fs/cgroup usr/lib/systemd/system etc/systemd/system; do
  mount -t tmpfs -o mode=755 tmpfs "$ROOT/$folder"
done
for generators in {usr/lib,etc}/systemd/system-generators; do
  if [[ -d $ROOT/$generators ]]; then mount -t tmpfs tmpfs "$ROOT/$generators"; fi
done
for device in null zero full random urandom tty; do
  touch "$ROOT/dev/$device"
  mount --bind "/dev/$device" "$ROOT/dev/$device"
done
ln -s pts/ptmx "$ROOT/dev/ptmx"
if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
  mount -t cgroup2 cgroup2 "$ROOT/sys/fs/cgroup"
else
  mkdir "$ROOT/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$ROOT/sys/fs/cgroup/systemd"
fi

mkdir -p "$ROOT"/{opt/pglatency/node_modules/{.bin,pglatency},etc/pglatency,var/log/unit}
installed=$ROOT/opt/pglatency/node_modules/pglatency
mkdir "$installed"/{dist,node_modules}
cp "$PACKAGE/package.json" "$installed"
mount --bind "$PACKAGE/dist" "$installed/dist"
mount --bind "$(readlink -f "$PACKAGE/node_modules")" "$installed/node_modules"
# As npm does where it installs a program.
chmod +x "$installed/dist/cli.js"
ln -s ../pglatency/dist/cli.js "$ROOT/opt/pglatency/node_modules/.bin/pglatency"
touch "$ROOT/usr/local/bin/node"
mount --bind "$NODE" "$ROOT/usr/local/bin/node"
mount --bind "$CONFIG" "$ROOT/etc/pglatency"
mount --bind "$LOGS" "$ROOT/var/log/unit"

units=$ROOT/etc/systemd/system
for target in sysinit basic network-online multi-user; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
cp "$UNIT" "$units/pglatency.service"
mkdir "$units/pglatency.service.d"
# There is no journal here.
printf '[Service]\nStandardOutput=append:/var/log/unit/log\nStandardError=append:/var/log/unit/log\n' \
  >"$units/pglatency.service.d/log.conf"

# Not by chroot, from which no namespace of users can be made.
cd "$ROOT"
mkdir old-root
pivot_root . old-root
umount --lazy old-root
# What systemd mounts for a unit has to be seen by the unit.
mount --make-rshared /
exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=null
