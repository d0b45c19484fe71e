#!/bin/sh
# SPDX-License-Identifier: MIT
#
# headers - every header compiles alone, the public one in other languages too

. tests/lib/tap.sh

: "${CC:=gcc}"
flags="-std=gnu11 -D_GNU_SOURCE -pthread -I. -fsyntax-only"
flags="$flags -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror"

alone() {			# HEADER FLAGS...
	header=$1
	shift
	# Twice: its guard works.
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		${compiler:-$CC} "$@" -x "${lang:-c}" -
}

# Those of kernel-stubs stand for others: isa.sh uses them.  The module's are for
# kernels: tests/kmod compiles them.  Vulkan's are in the system that its tests run in.
drm=${VM_CACHE:-build/vm}/include
for h in $(sources '*.h' | grep -v -e '^tests/lint/kernel-stubs/' -e '^kmod/' \
		-e '^tests/vulkan/'); do
	case $h:$(uname -m) in
	compute/cpu/neon/*:x86_64) isa=-march=haswell ;;
	uapi/* | tests/uapi/*)
		if [ ! -d "$drm" ]; then
			skip "$h" "$drm is missing: make uapi-headers"
			continue
		fi
		isa="-idirafter $drm"
		;;
	*) isa='' ;;
	esac
	# shellcheck disable=SC2086 # flags
	check "$h" alone "$h" $flags $isa
done

public=runtime/include/mutsu/mutsu.h
strict="-I. -fsyntax-only -pedantic -Wall -Wextra -Werror"
# shellcheck disable=SC2086
check "$public as C99" alone $public -std=c99 $strict
# shellcheck disable=SC2086
check "$public as C23" alone $public -std=c2x $strict

# What programs include of the kernel module, whatever they are written in.
uapi=$(sources 'uapi/drm/*.h')
uapi_as() {			# NAME FLAGS...
	as=$1
	shift
	for h in $uapi; do
		if [ -d "$drm" ]; then
			check "$h as $as" alone "$h" "$@" -I. -idirafter "$drm" -fsyntax-only \
				-pedantic -Wall -Wextra -Wpadded -Werror
		else
			skip "$h as $as" "$drm is missing: make uapi-headers"
		fi
	done
}
uapi_as C90 -std=c90
uapi_as C23 -std=c2x
# Of 32-bit programs, too; the C library's headers of these are not needed.
case $(uname -m) in
x86_64) uapi_as "C90, 32 bits" -std=c90 -m32 -isystem /usr/include/x86_64-linux-gnu ;;
esac

lang=c++
compiler=
for cxx in g++ clang++; do
	! command -v $cxx >/dev/null || compiler=${compiler:-$cxx}
done
if [ "$compiler" ]; then
	# shellcheck disable=SC2086
	check "$public as C++11" alone $public -std=c++11 $strict
	uapi_as C++98 -std=c++98
else
	skip "$public as C++11" "g++ and clang++ are missing"
	skip "uapi/drm as C++98" "g++ and clang++ are missing"
fi

no_inline() {
	! grep -nE '^[^*/]*\b(inline|static)\b' "$public"
}
check "$public has no inline functions" no_inline

finish
