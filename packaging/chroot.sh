#!/bin/sh
# SPDX-License-Identifier: MIT
#
# chroot.sh [-b DIR[:PLACE]]... ROOT COMMAND... - run a command in a folder of unpack.sh
#
# In namespaces of its own: what is mounted, and what is still running, ends with
# the command, and nobody else ever sees a mount.  Without being root, too, where
# the system lets users have namespaces.  The command sees the current directory
# and each DIR where they are outside, or DIR as PLACE.

set -eu

die() {
	echo "chroot.sh: $*" >&2
	exit 1
}

if [ "${1-}" != --inside ]; then
	command -v unshare >/dev/null || die "unshare (util-linux) is missing"
	user=
	[ "$(id -u)" = 0 ] || user=-r
	# --kill-child: with the one who waits, all of them.
	exec unshare $user --mount --pid --fork --kill-child -- "$0" --inside "$PWD" "$@"
fi

pwd=$2
shift 2
binds=
while [ "${1-}" = -b ]; do
	binds="$binds $2"
	shift 2
done
[ $# -ge 2 ] || die "usage: chroot.sh [-b DIR[:PLACE]]... ROOT COMMAND..."
root=$(cd "$1" && pwd)
shift

bind() {			# DIR PLACE
	mkdir -p "$root$2"
	mount --bind "$1" "$root$2"
}

for dir in dev proc sys; do
	mkdir -p "$root/$dir"
done
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
for b in $binds; do
	bind "${b%%:*}" "${b#*:}"
done
bind "$pwd" "$pwd"

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TMPDIR=/tmp LC_ALL=C.UTF-8
# shellcheck disable=SC2016 # for the other shell
exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$pwd" "$@"
