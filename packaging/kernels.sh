#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kernels.sh CACHE ITEM... - kernels to build for and to boot, and systems to run in
#
# Each ITEM is made below CACHE unless it is there, from Debian packages: nothing is
# installed, and what needs newer tools than this machine's runs in the folder trixie.
#
#	trixie			Debian 13: compilers, headers of Linux 7.2, QEMU
#	amd64 arm64 arm64-16k	Debian's kernels, with an initramfs: linux/ITEM
#	guest-amd64 guest-arm64	small systems to run tests in
#	source			source of Linux 7.2
#	um arm64-16k-debug	kernels full of checks, built from it: linux/ITEM

set -euo pipefail

[ $# -ge 2 ] || { sed -n 's/^#	/  /p' "$0" >&2; exit 2; }
mkdir -p "$1"
cache=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
host=$(dpkg --print-architecture 2>/dev/null || echo amd64)
suites=trixie,trixie-backports
# The kernels and the compiler of all of them.
abi='7.2.*+deb13'

say() {
	echo "  VM      $*"
}

trixie() {
	local cross=(gcc-14-aarch64-linux-gnu gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
	[ "$host" != arm64 ] ||
		cross=(gcc-14-x86-64-linux-gnu gcc-x86-64-linux-gnu libc6-dev-amd64-cross)
	"$here/unpack.sh" -e "$host" $suites "$cache/trixie" gcc gcc-14 make libc6-dev \
		"${cross[@]}" bc bison flex libelf-dev libssl-dev cpio kmod xz-utils perl python3 \
		virtiofsd qemu-system-arm qemu-system-x86 "linux-headers-$abi-amd64:amd64" \
		"linux-headers-$abi-arm64:arm64" "linux-headers-$abi-arm64-16k:arm64"
}

guest() {			# ARCH
	"$here/unpack.sh" -e "$1" trixie "$cache/guest-$1" kmod procps strace
}

in_trixie() {
	"$here/chroot.sh" -b "$cache" "$cache/trixie" "$@"
}

# What tests/vm/init needs to reach everything else: busybox and modules.  The ones that ours
# needs are loaded in this order; extra ones when asked for.
initramfs() {			# FLAVOUR ARCH [MODULE.KO...] [-- EXTRA.KO...]
	local dir=$cache/linux/$1/initramfs n=100 name extra='' ko
	"$here/unpack.sh" -n "$2" trixie "$cache/busybox-$2" busybox-static
	rm -rf "$dir"
	mkdir -p "$dir"/{bin,dev,proc,sys,modules/extra}
	cp "$cache/busybox-$2/usr/bin/busybox" "$dir/bin"
	shift 2
	for ko; do
		if [ "$ko" = -- ]; then
			extra=1
			continue
		fi
		name=${ko##*/}
		name=${name%.xz}
		if [ "$extra" ]; then
			name=extra/$name
		else
			name=$n-$name
			n=$((n + 1))
		fi
		case $ko in
		*.xz) xz -dc "$ko" ;;
		*) cat "$ko" ;;
		esac >"$dir/modules/$name"
	done
	(cd "$dir" && find . | LC_ALL=C sort | in_trixie cpio --quiet -o -H newc) | gzip -1 >"${dir%/*}/initrd"
	rm -rf "$dir"
}

# Modules and what they need, in order, without the ones given.
closure() {			# DIR RELEASE MODULE...
	local dir=$1 release=$2
	shift 2
	in_trixie modprobe -a -d "$dir" -S "$release" --show-depends "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

stock() {			# FLAVOUR
	local flavour=$1 arch=${1%-16k} dir=$cache/linux/$1 release ours all
	release=$(sed -n 's/^linux-headers-\(.*\)-amd64:amd64$/\1/p' "$cache/trixie/.packages")-$flavour
	[ "$(cat "$dir/release" 2>/dev/null)" != "$release" ] || return 0
	say "Linux $release"
	rm -rf "$dir"
	mkdir -p "$dir/packages"
	"$here/unpack.sh" -n "$arch" $suites "$dir/packages" "linux-binary-$release" \
		"linux-base-$release" "linux-modules-$release"
	ln -sfn usr/lib "$dir/packages/lib"
	in_trixie depmod -b "$dir/packages" "$release"
	ours=$(closure "$dir/packages" "$release" drm_exec drm_gpuvm gpu-sched drm_shmem_helper)
	all=$(closure "$dir/packages" "$release" vgem)
	# shellcheck disable=SC2046,SC2086 # lists of names
	initramfs "$flavour" "$arch" $ours -- $(printf '%s\n' $all | grep -vxF "$ours")
	cp "$dir/packages/usr/lib/modules/$release/vmlinuz" "$dir/vmlinuz"
	rm -rf "$dir/packages"
	echo "$release" >"$dir/release"
}

for item; do
	exec 9>"$cache/.lock"
	flock 9
	case $item in
	trixie) trixie ;;
	guest-*) guest "${item#guest-}" ;;
	amd64 | arm64 | arm64-16k) trixie; stock "$item" ;;
	*) echo "kernels.sh: what is $item?" >&2; exit 2 ;;
	esac
	exec 9>&-
done
