# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For tests of the module's source: . tests/kmod/kmod.sh, then as with tap.sh.  Items of
# packaging/kernels.sh that cannot be made are a skip of the program.

. tests/lib/tap.sh

: "${BUILD:=build}" "${VM_CACHE:=$BUILD/vm}"
export BUILD VM_CACHE

need() {			# ITEM...
	if ! said=$(packaging/kernels.sh "$VM_CACHE" "$@" 2>&1); then
		skip "$(basename "$0" .sh)" "$(printf '%s\n' "$said" | tail -n 1)"
		finish
	fi
	cache=$(cd "$VM_CACHE" && pwd)
}

in_tools() {
	packaging/chroot.sh -b "$cache" "$cache/tools" "$@"
}
