#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kbuild.sh FLAVOUR [TARGET-OR-VARIABLE...] - build the module for one of the kernels that
# packaging/kernels.sh knows, with that kernel's compiler
#
# FLAVOUR is amd64, arm64, arm64-16k, um, arm64-16k-debug, or 7.3 (headers-7.3).  Warnings are
# errors.  The result is in BUILD/kmod/FLAVOUR, or what MO=DIR says among the arguments.

set -eu

flavour=$1
shift
: "${BUILD:=build}" "${VM_CACHE:=$BUILD/vm}"
mo=$PWD/$BUILD/kmod/$flavour
for arg; do
	case $arg in MO=*) mo=${arg#MO=} ;; esac
done

item=$flavour
case $flavour in
amd64 | arm64 | arm64-16k) item=tools ;;
[0-9]*) item=headers-$flavour ;;
esac
packaging/kernels.sh "$VM_CACHE" "$item"
cache=$(cd "$VM_CACHE" && pwd)
tree=$cache/$item
binds=
case $flavour in
um) kernel="-C $cache/source ARCH=um O=$cache/linux/um/build" ;;
arm64-16k-debug)
	kernel="-C $cache/source ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- O=$cache/linux/$item/build"
	;;
[0-9]*)
	headers=$(echo "$tree"/usr/src/linux-headers-*-"$(dpkg --print-architecture)")
	# Under the names that their own makefiles and links have.
	for dir in "$tree"/usr/src/* "$tree"/usr/lib/linux-kbuild-*; do
		binds="$binds -b $dir:${dir#"$tree"}"
	done
	kernel="-C ${headers#"$tree"}"
	;;
*)
	headers=$(echo "$tree"/usr/src/linux-headers-7.2.*-"$flavour")
	kernel="-C ${headers#"$tree"}"
	;;
esac
mkdir -p "$mo"
# shellcheck disable=SC2086 # words
MAKEFLAGS='' exec packaging/chroot.sh -b "$cache" $binds "$cache/tools" make -s -j"$(nproc)" \
	$kernel M="$PWD" MO="$mo" W=1 KCFLAGS=-Werror "$@" modules
