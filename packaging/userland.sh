#!/bin/sh
# SPDX-License-Identifier: MIT
#
# userland.sh TREE DIR FILE... - the FILEs of TREE, in DIR, with what they need to run
#
# TREE is what unpack.sh made; a FILE is a path in it, or a pattern.  Programs and
# libraries bring the libraries that they are linked with, and the dynamic linker.
# DIR can be the root of a small system: it has busybox, and where to mount things.

set -eu

die() {
	echo "userland.sh: $*" >&2
	exit 1
}

[ $# -ge 3 ] || die "usage: userland.sh TREE DIR FILE..."
command -v readelf >/dev/null || die "readelf is missing"
tree=$(cd "$1" && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

# What an object names: libraries, and in a program the dynamic linker.
named() {			# FILE
	readelf -dl "$1" 2>/dev/null | sed -n \
		-e 's|.*(NEEDED).*\[\(.*\)\]|\1|p' \
		-e 's|.*interpreter: /\(.*\)\]|\1|p'
}

library() {			# NAME: its path in the tree
	case $1 in
	*/*) echo "$1" ;;
	*) (cd "$tree" && ls usr/lib/*/"$1") ;;
	esac
}

add() {				# FILE
	[ ! -e "$dir/$1" ] || return 0
	mkdir -p "$dir/${1%/*}"
	cp -L "$tree/$1" "$dir/$1" || die "$1 is missing"
	named "$tree/$1" | while read -r name; do
		file=$(library "$name") || die "$name, which $1 needs, is missing"
		add "$file"
	done
}

for link in bin sbin lib lib64; do
	mkdir -p "$dir/usr/$link"
	ln -sfn "usr/$link" "$dir/$link"
done
mkdir -p "$dir/dev" "$dir/proc" "$dir/sys" "$dir/tmp" "$dir/run"
cd "$tree"
# shellcheck disable=SC2048 # patterns
for file in usr/bin/busybox $*; do
	add "$file"
done
for tool in sh cat grep env sed timeout dmesg date sleep ls mount; do
	ln -sf busybox "$dir/usr/bin/$tool"
done
