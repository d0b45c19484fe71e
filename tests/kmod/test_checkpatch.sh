#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_checkpatch - what scripts/checkpatch.pl --strict of Linux has to say

. tests/kmod/kmod.sh
need source tools

for f in $(sources 'kmod/*.[ch]' 'uapi/*.h'); do
	case $f in
	kmod/agxc_compat.h) ignore=LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	*) ignore=NOTHING ;;
	esac
	silent "$f" in_tools perl "$cache/source/scripts/checkpatch.pl" --no-tree --strict \
		--terse --no-summary --ignore $ignore -f "$f"
done
finish
