#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_sparse - address spaces, endianness, locks: nothing to say

. tests/kmod/kmod.sh
need sparse

for flavour in amd64 arm64-16k; do
	silent "$flavour" env SPARSE="$cache/sparse" kmod/kbuild.sh $flavour \
		C=2 CHECK="$PWD/tests/kmod/sparse.sh"
done
finish
