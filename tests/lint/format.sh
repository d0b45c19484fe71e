#!/bin/sh
# SPDX-License-Identifier: MIT
#
# format - how far the tree is from what clang-format would make of it
#
# Advice, never a failure: tables and kernels are set by hand where that reads
# better.  The log counts the places, file by file.

. tests/lib/tap.sh

if ! command -v clang-format >/dev/null; then
	skip clang-format "clang-format is missing"
	finish
fi
count() {
	sources '*.[ch]' | while read -r f; do
		n=$(clang-format --dry-run "$f" 2>&1 | grep -c 'warning: code should be')
		[ "$n" = 0 ] || echo "$n $f"
	done | sort -rn
}
check "advice only" count
finish
