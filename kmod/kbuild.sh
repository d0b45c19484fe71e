#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kbuild.sh FLAVOUR [TARGET-OR-VARIABLE...] - build the module for one of the kernels that
# packaging/kernels.sh knows, with that kernel's compiler
#
# Into BUILD/kmod/FLAVOUR, or MO=DIR among the arguments, below this directory.

set -eu

flavour=$1
shift
: "${BUILD:=build}" "${VM_CACHE:=$BUILD/vm}"
mo=$PWD/$BUILD/kmod/$flavour
for arg; do
	case $arg in MO=*) mo=${arg#MO=} ;; esac
done

cache=$VM_CACHE
case $flavour in
um | *-debug) packaging/kernels.sh "$cache" "$flavour" ;;
*) packaging/kernels.sh "$cache" trixie ;;
esac
cache=$(cd "$cache" && pwd)
case $flavour in
um)
	kernel="-C $cache/source ARCH=um O=$cache/linux/um/build"
	;;
arm64-16k-debug)
	kernel="-C $cache/source ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-"
	kernel="$kernel CC=aarch64-linux-gnu-gcc-14 O=$cache/linux/$flavour/build"
	;;
*)
	headers=$(echo "$cache"/trixie/usr/src/linux-headers-7.2.*-"$flavour")
	kernel="-C ${headers#"$cache/trixie"}"
	;;
esac
mkdir -p "$mo"
# shellcheck disable=SC2086 # words
MAKEFLAGS='' exec packaging/chroot.sh -b "$cache" "$cache/trixie" \
	make -s -j"$(nproc)" $kernel M="$PWD" MO="$mo" "$@" modules
