#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sizes - no file over 1000 lines, no function over 100
#
# Braces in the first column begin and end functions here, as in the kernel.  A
# longer function carries "long:" and the reason in a comment within it.

. tests/lib/tap.sh

long_files() {
	sources '*.[chS]' '*.sh' '*.mk' Makefile | while read -r f; do
		n=$(wc -l <"$f")
		[ "$n" -le 1000 ] || echo "$f: $n lines"
	done
}

long_functions() {
	sources '*.c' | xargs awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR; why = 0; head = last }
	/\/\* long: / { why = 1 }
	/^}/ && start {
		if (FNR - start > 100 && !why)
			printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start, head
		start = 0
	}
	!/^[{}\t ]/ { last = $0 }'
}

silent "files" long_files
silent "functions" long_functions
finish
