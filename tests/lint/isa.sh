#!/bin/sh
# SPDX-License-Identifier: MIT
#
# isa - compute/isa/ can be built into a kernel: it includes nothing, calls next to
# nothing, has no float outside of agx_exec_fp* and small stack frames

. tests/lib/tap.sh

cc=${CC:-gcc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

own_headers_only() {
	! sources 'compute/isa/*.[ch]' | grep -v /agx_port.h | xargs -r grep -Hn '^#[ \t]*include' |
		grep -v '#[ \t]*include "agx_[a-z0-9_]*\.[hc]"'
}
check "own headers only" own_headers_only

without_comments() {
	"$cc" -fpreprocessed -dD -P -E -x c "$1" 2>/dev/null
}

no_float_types() {
	! sources 'compute/isa/*.[ch]' | grep -v /agx_exec_fp | while read -r f; do
		without_comments "$f" | sed 's|"[^"]*"||g' | grep -nwE 'float|double|_Float16|__fp16' | sed "s|^|$f: |"
	done | grep .
}
check "float is only in agx_exec_fp*" no_float_types

# The flags that a kernel compiles a file with: float where it is allowed only.
flags_of() {			# FILE
	case $1 in
	*_fp*_avx2.c) echo -mavx2 -mfma -mf16c ;;
	*_avx2.c) echo -mavx2 -mno-fma ;;
	*/agx_exec_fp*) ;;
	*) echo -mgeneral-regs-only ;;
	esac
}

# As a kernel would: its names instead of the C library's, frames of 2 KiB at most.
objects() {			# COMPILER: all into $tmp/COMPILER
	mkdir -p "$tmp/$1"
	x86=$("$1" -dM -E -x c /dev/null | grep -c __x86_64__)
	sources 'compute/isa/*.c' | while read -r f; do
		case $x86$f in
		0*_avx2.c) continue ;;
		1*) machine=-DCONFIG_X86_64 ;;
		*) machine=-mno-outline-atomics ;;
		esac
		# shellcheck disable=SC2046 # a list of flags
		"$1" -std=gnu11 -O2 -ffreestanding -nostdinc -Itests/lint/kernel-stubs -I. \
			-D__KERNEL__ "$machine" -ffp-contract=off -fno-math-errno \
			-Wall -Wextra -Wvla -Wframe-larger-than=2048 -Werror $(flags_of "$f") \
			-c -o "$tmp/$1/$(basename "$f" .c).o" "$f" 2>&1
	done
}

allowed='memcpy|memset|memcmp|memmove|strcmp|strlen|strnlen|strncmp|snprintf|vsnprintf'
allowed="$allowed|kvzalloc|kvfree|__sw_hweight32|boot_cpu_has|_GLOBAL_OFFSET_TABLE_"
calls() {			# COMPILER
	nm --undefined-only "$tmp/$1"/*.o | awk 'NF == 2 { print $2 }' | sort -u >"$tmp/calls"
	nm --defined-only "$tmp/$1"/*.o | awk 'NF == 3 { print $3 }' | sort -u >"$tmp/own"
	comm -23 "$tmp/calls" "$tmp/own" | grep -vE "^($allowed)\$"
}

mutable() {			# COMPILER
	objdump -t "$tmp/$1"/*.o | awk '
	/^[^ ]*\.o: / { file = $1 }
	/ d +\./ || /\.data\.rel\.ro/ { next }
	/[ \t]\.t?(data|bss)[^ \t]*\t/ || /\*COM\*/ { print file, $NF }'
}

for compiler in "$cc" clang aarch64-linux-gnu-gcc; do
	command -v "$compiler" >/dev/null || {
		skip "compiles as part of a kernel: $compiler" "$compiler is missing"
		continue
	}
	silent "compiles as part of a kernel: $compiler" objects "$compiler"
	silent "calls what a kernel has: $compiler" calls "$compiler"
	silent "no mutable data of file scope: $compiler" mutable "$compiler"
done
finish
