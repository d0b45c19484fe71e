#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_headers - every header of the module compiles alone, in a kernel

. tests/kmod/kmod.sh
need tools

# A module of one file for each header, beside which the others are.
dir=$PWD/$BUILD/kmod-headers
rm -rf "$dir"
mkdir -p "$dir"
objects=
for h in $(sources 'kmod/*.h'); do
	name=alone_$(basename "$h" .h)
	# Twice: its guard works.
	printf '#include "../../%s"\n#include "../../%s"\n' "$h" "$h" >"$dir/$name.c"
	objects="$objects $name.o"
done
echo "obj-m :=$objects" >"$dir/Kbuild"

compiles() {			# NAME
	in_tools make -s -C "$kernel" M="$dir" KCFLAGS=-Werror "$1.o"
}
kernel=$(echo "$cache"/tools/usr/src/linux-headers-7.2.*-amd64)
kernel=${kernel#"$cache/tools"}
for name in $objects; do
	name=${name%.o}
	check "kmod/${name#alone_}.h" compiles "$name"
done
finish
