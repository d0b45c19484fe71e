#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Sparse for kbuild: CHECK=tests/kmod/sparse.sh, with SPARSE the folder that has it.  It
# cannot read vector types and what comes with them, and takes arrays in an initializer for
# what comes before (the compiler has that warning, too).

for arg; do
	case $arg in
	*/agx_exec_fp*.c | *_avx2.c | -mavx2 | -march=*+fp*) exit 0 ;;
	esac
done
LD_LIBRARY_PATH=$SPARSE/usr/lib/$(uname -m)-linux-gnu exec "$SPARSE/usr/bin/sparse" \
	"$@" -Wno-override-init
