#!/bin/sh
# SPDX-License-Identifier: MIT
#
# layers - fail when a directory includes one it may not know about
#
# Includes name another directory from the root and their own not at all, so one
# line of the table is enough for each: the directory, then what it may know.

. tests/lib/tap.sh

# The directories that files of DIR (not below it) include.
included() {
	sources "$1/*.c" "$1/*.h" "$1/*.S" | grep "^$1/[^/]*$" |
		xargs -r sed -n 's|^#[ \t]*include "\(.*\)/[^/]*"|\1|p' | sort -u
}

may_know() {			# DIR OTHER-DIRS...
	status=0
	for inc in $(included "$1"); do
		case " $* " in
		*" $inc "*) ;;
		*) echo "$1 includes $inc"; status=1 ;;
		esac
	done
	return "$status"
}

allow() {
	allowed="$allowed $1 "
	[ ! -d "$1" ] || check "$1" may_know "$@"
}

allowed=
api=runtime/include/mutsu
c=compute
r=runtime

# Kernels: contracts know types, references know contracts, nothing knows a model.
allow $c		$c/ops $c/cpu $c/cpu/neon
allow $c/ops		$c
allow $c/ref		$c $c/ops
allow $c/cpu		$c $c/ops $c/ref $c/cpu/neon
allow $c/cpu/neon	$c $c/ops $c/ref $c/cpu

# Launches are made of kernels and the packets that the instruction set describes.
allow $c/agx		$c $c/ops $c/isa

# The instruction set knows nothing but itself: it is built into the kernel, too.
allow $c/isa

# The module knows the instruction set and what it shares with userspace.  Its includes
# are relative: it is built as part of another tree.
allow uapi/drm
allow kmod		../compute/isa ../uapi/drm

# Down the path of a token; nothing looks up.
allow $r		$api $r/model $r/session $r/graph $r/machine $r/default_model $c
allow $api
allow $r/default_model
allow $r/machine	$api $r $c
allow $r/io		$r
allow $r/model		$api $r $c $c/ops $r/default_model
allow $r/thread		$r
allow $r/drm		$api $r uapi/drm
allow $r/graph		$api $r $c $c/agx $c/isa $c/ops $r/drm $r/io $r/model $r/thread $r/machine
allow $r/session	$api $r $c $c/ops $r/model $r/thread $r/machine $r/graph $r/io $r/drm

# Tools are clients like any other.
allow tools/mutsu	$api
allow tools/agx		$c/isa uapi/drm
allow tools/agx-as	$c/isa tools/agx
allow tools/agx-dis	$c/isa tools/agx
allow tools/agx-emu	$c/isa tools/agx
allow tools/agx-hook	$c/isa tools/agx
allow tools/agx-trace	$c/isa tools/agx uapi/drm
allow tools/agx-trace/preload	$c/isa tools/agx tools/agx-trace

every_directory_has_a_line() {
	status=0
	for dir in $(sources 'compute/*.[chS]' 'kmod/*.[chS]' 'runtime/*.[chS]' \
			'tools/*.[chS]' 'uapi/*.[chS]' |
		     sed 's|/[^/]*$||' | sort -u); do
		case $allowed in
		*" $dir "*) ;;
		*) echo "tests/lint/layers.sh does not say what $dir may know"; status=1 ;;
		esac
	done
	return "$status"
}
check "every directory has a line" every_directory_has_a_line

own_directory_is_not_named() {
	! sources '*.[chS]' | while read -r f; do
		grep -Hn "^#include \"$(dirname "$f")/[^/]*\"" "$f"
	done | grep .
}
check "own directory is not named" own_directory_is_not_named

# Quotes are the tree's: each resolves from the root or beside the file.
quoted_includes_exist() {
	! sources '*.[chS]' | while read -r f; do
		sed -n 's|^#[ \t]*include "\([^"]*\)".*|\1|p' "$f" | while read -r inc; do
			[ -e "$inc" ] || [ -e "$(dirname "$f")/$inc" ] || echo "$f: $inc"
		done
	done | grep .
}
check "quoted includes exist" quoted_includes_exist

finish
