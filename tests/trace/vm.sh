#!/bin/sh
# SPDX-License-Identifier: MIT
#
# vm.sh - agx-trace on the device of the kernel module
#
# Runs in a virtual machine, in the root of the tree, after make tools tests:
#
#	tests/vm/run.sh -m vgem um tests/trace/vm.sh
#
# AGX_LIBS is a folder with libraries that agx-trace needs and the machine has not.

. tests/lib/tap.sh

: "${BUILD:=build}"
trace=$BUILD/bin/agx-trace client=$BUILD/tests/trace/client
export LD_LIBRARY_PATH="${AGX_LIBS:-$PWD/$BUILD/vm-libs}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

node=
# Of another driver, the client fails.
for n in /dev/dri/renderD*; do
	! "$client" "$n" basic 2>/dev/null || node=$n
done
if [ -z "$node" ] || ! "$trace" --version >/dev/null; then
	skip "agx-trace on the module" "no render node, or agx-trace does not start here"
	finish
fi

record() {			# CASE OPTIONS...
	name=$1
	shift
	rm -rf "${tmp:?}/$name"
	"$trace" record -o "$tmp/$name" "$@" "$client" "$node" "$name" || return
	[ -e "$tmp/$name/0000.agximage" ]
}

values() {			# CASE ADDRESS VALUES: of its images, in order
	got=
	for f in "$tmp/$1"/*.agximage; do
		got="$got${got:+ }$("$trace" replay --dump "$2:u32:1" "$f" | sed -n 's/^ *0: *//p')"
	done
	echo "$got"
	[ "$got" = "$3" ]
}

for name in basic mappings errors forked copied threads lost_vm from_vgem; do
	check "record $name" record $name
done
check "memory as submissions find it" values basic 0x1300000000 "100 101 102"
check "one page again and again" values mappings 0x1400004000 55
check "part of a buffer" values mappings 0x1400088000 66
check "imported buffers" values from_vgem 0x1400000040 88
check "processes" values forked 0x1300000000 "1 2 3"
check "a VM without its number" values lost_vm 0x1300000000 31

# Images are run by the executor here, by the module, and by the module while recorded.
same_on_device() {		# IMAGE
	rm -rf "$tmp/again"
	"$trace" replay "$1" >"$tmp/emu" &&
	"$trace" replay --device soft "$1" >"$tmp/soft" &&
	cmp "$tmp/emu" "$tmp/soft" &&
	"$trace" record -o "$tmp/again" "$trace" replay --device "$node" "$1" >"$tmp/node" &&
	cmp "$tmp/emu" "$tmp/node" &&
	"$trace" diff "$1" "$tmp/again/0000.agximage"
}
for image in ${AGX_IMAGES:-}; do
	check "${image##*/} is the same everywhere" same_on_device "$image"
done
finish
