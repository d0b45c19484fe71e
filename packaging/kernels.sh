#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kernels.sh CACHE ITEM... - kernels to build for and to boot, and systems to run in
#
# Each ITEM is made below CACHE unless it is there, from Debian packages: nothing is
# installed, and what needs newer tools than this machine's runs in the folder tools.
#
#	tools			compilers, headers of Linux 7.2, QEMU
#	amd64 arm64 arm64-16k	Debian's kernels, with an initramfs: linux/ITEM
#	guest-amd64 guest-arm64	small systems to run tests in
#	include			headers of DRM for programs
#	source			source of Linux 7.2
#	um arm64-16k-debug	kernels full of checks, built from it: linux/ITEM
#	sparse			that knows Linux 7.2
#	headers-VERSION		headers of another Linux: headers-7.3
#
# Exit status 77: cannot be had here, the last line says why.
#
# LINUX_SUITES and LINUX_ABI are where Debian has that kernel, and what it calls it.

set -euo pipefail

[ $# -ge 2 ] || { sed -n 's/^#	/  /p' "$0" >&2; exit 2; }
mkdir -p "$1"
cache=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
vm=$here/../tests/vm
host=$(dpkg --print-architecture 2>/dev/null || echo amd64)
suites=${LINUX_SUITES:-trixie,trixie-backports}
abi=${LINUX_ABI:-7.2.*+deb13}

say() {
	echo "  VM      $*"
}

tools() {
	local cross=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
	[ "$host" != arm64 ] || cross=(gcc-x86-64-linux-gnu libc6-dev-amd64-cross)
	"$here/unpack.sh" -e "$host" "$suites" "$cache/tools" gcc make libc6-dev \
		"${cross[@]}" bc bison flex libelf-dev libssl-dev cpio kmod xz-utils perl python3 \
		dkms virtiofsd qemu-system-arm qemu-system-x86 "linux-headers-$abi-amd64:amd64" \
		"linux-headers-$abi-arm64:arm64" "linux-headers-$abi-arm64-16k:arm64"
	in_tools true || {
		echo "kernels.sh: neither root nor user namespaces: $cache/tools cannot be used" >&2
		exit 77
	}
}

guest() {			# ARCH
	"$here/unpack.sh" -e "$1" "${suites%%,*}" "$cache/guest-$1" kmod mount procps strace
}

# Nearly what make headers_install would do.
headers() {
	[ ! -e "$cache/include/.complete" ] || return 0
	say "$cache/include"
	mkdir -p "$cache/include"
	cp -R "$cache"/tools/usr/src/linux-headers-7.2.*-common/include/uapi/{drm,linux} \
		"$cache/include"
	find "$cache/include" -name '*.h' -exec sed -i 's/\<__user //' {} +
	touch "$cache/include/.complete"
}

# Only Debian's unstable has one that is new enough.  The script that kbuild wants with it is
# not in the packages of headers.
sparse() {
	local headers
	"$here/unpack.sh" "$host" sid "$cache/sparse" sparse
	for headers in "$cache"/tools/usr/src/linux-headers-*-common; do
		cp "$cache/source/scripts/checker-valid.sh" "$headers/scripts"
	done
}

other_headers() {		# VERSION: for this machine's architecture
	"$here/unpack.sh" -n "$host" "$suites" "$cache/headers-$1" "linux-headers-$1.*+deb13-$host" \
		"linux-headers-$1.*+deb13-common" "linux-kbuild-$1.*+deb13"
}

in_tools() {
	"$here/chroot.sh" -b "$cache" "$cache/tools" "$@"
}

# What tests/vm/init needs to reach everything else: busybox and modules.  The ones that ours
# needs are loaded in this order; extra ones when asked for.
initramfs() {			# FLAVOUR ARCH [MODULE.KO...] [-- EXTRA.KO...]
	local dir=$cache/linux/$1/initramfs n=100 name extra='' ko
	once "busybox-$2" "$here/unpack.sh" -n "$2" "${suites%%,*}" \
		"$cache/busybox-$2" busybox-static
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
	(cd "$dir" && find . | LC_ALL=C sort | in_tools cpio --quiet -o -H newc) | gzip -1 >"${dir%/*}/initrd"
	rm -rf "$dir"
}

# Modules and what they need, in order, without the ones given.
closure() {			# DIR RELEASE MODULE...
	local dir=$1 release=$2
	shift 2
	in_tools modprobe -a -d "$dir" -S "$release" --show-depends "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

stock() {			# FLAVOUR
	local flavour=$1 arch=${1%-16k} dir=$cache/linux/$1 release ours all
	release=$(sed -n 's/^linux-headers-\(.*\)-amd64:amd64$/\1/p' "$cache/tools/.packages")-$flavour
	[ "$(cat "$dir/release" 2>/dev/null)" != "$release" ] || return 0
	say "Linux $release"
	rm -rf "$dir"
	mkdir -p "$dir/packages"
	"$here/unpack.sh" -n "$arch" "$suites" "$dir/packages" "linux-binary-$release" \
		"linux-base-$release" "linux-modules-$release"
	ln -sfn usr/lib "$dir/packages/lib"
	in_tools depmod -b "$dir/packages" "$release"
	ours=$(closure "$dir/packages" "$release" drm_exec drm_gpuvm gpu-sched drm_shmem_helper)
	all=$(closure "$dir/packages" "$release" vgem)
	# shellcheck disable=SC2046,SC2086 # lists of names
	initramfs "$flavour" "$arch" $ours -- $(printf '%s\n' $all | grep -vxF "$ours")
	cp "$dir/packages/usr/lib/modules/$release/vmlinuz" "$dir/vmlinuz"
	rm -rf "$dir/packages"
	echo "$release" >"$dir/release"
}

# All but what makes the most files and is not looked at.
source_tree() {
	local dir=$cache/source packed=$cache/source.packed
	[ ! -e "$dir/.complete" ] || return 0
	say "source of Linux 7.2"
	rm -rf "$dir"
	mkdir -p "$dir"
	"$here/unpack.sh" -n "$host" "$suites" "$packed" linux-source-7.2
	tar -xJf "$packed/usr/src/linux-source-7.2.tar.xz" -C "$dir" --strip-components 1 \
		--exclude '*/tools/testing/selftests/*' --exclude '*/boot/dts/*.dts*' \
		--exclude '*/arch/[!aux]*.[chS]'
	rm -rf "$packed"
	# Only drivers choose them.
	sed -i '/^config DRM_\(EXEC\|GPUVM\|SCHED\|GEM_SHMEM_HELPER\)$/{n; s/$/ "for agx_compute"/}' \
		"$dir/drivers/gpu/drm/Kconfig"
	touch "$dir/.complete"
}

debug_kernel() {		# FLAVOUR ARCH-OF-PROGRAMS IMAGE MAKE-ARGUMENTS...
	local flavour=$1 arch=$2 image=$3 dir=$cache/linux/$1 wanted
	shift 3
	wanted=$(grep -h '^CONFIG' "$vm/debug.config" "$vm/$flavour.config")
	[ ! -e "$dir/release" ] || [ "$(cat "$dir/wanted")" != "$wanted" ] || return 0
	say "Linux $flavour, built from source: some minutes"
	mkdir -p "$dir/build"
	rm -f "$dir/release"
	echo "$wanted" >"$dir/wanted"
	set -- make -s -j"$(nproc)" -C "$cache/source" O="$dir/build" "$@"
	in_tools "$@" KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig >"$dir/log" 2>&1
	not_configured "$dir/build/.config" "$dir/wanted"
	in_tools "$@" "${image##*/}" modules >>"$dir/log" 2>&1 || {
		tail -n 20 "$dir/log" >&2
		return 1
	}
	cp "$dir/build/$image" "$dir/"
	initramfs "$flavour" "$arch"
	cat "$dir/build/include/config/kernel.release" >"$dir/release"
}

# A wish that the kernel's own rules did not grant is a test that tests less.
not_configured() {		# CONFIG FRAGMENTS
	local line bad=''
	while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%n}" "$1" || bad+=" $line" ;;
		CONFIG_*) grep -qxF "$line" "$1" || bad+=" $line" ;;
		esac
	done <"$2"
	[ -z "$bad" ] || { echo "kernels.sh: not possible:$bad" >&2; return 1; }
}

# One at a time, also when other trees share the cache.
once() {			# ITEM COMMAND...
	local lock=$cache/.lock.$1
	shift
	(flock 9 && "$@") 9>"$lock"
}

make_item() {			# ITEM
	case $1 in
	tools | sparse) "$1" ;;
	headers-*) other_headers "${1#headers-}" ;;
	guest-*) guest "${1#guest-}" ;;
	source) source_tree ;;
	include) headers ;;
	amd64 | arm64 | arm64-16k) stock "$1" ;;
	um) debug_kernel um amd64 linux ARCH=um ;;
	arm64-16k-debug)
		debug_kernel "$1" arm64 arch/arm64/boot/Image ARCH=arm64 \
			CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc
		;;
	*) echo "kernels.sh: what is $1?" >&2; exit 2 ;;
	esac
}

for item; do
	case $item in
	tools | source | guest-*) ;;
	*) once tools make_item tools ;;
	esac
	case $item in
	um | *-debug | sparse) once source make_item source ;;
	esac
	once "$item" make_item "$item"
done
