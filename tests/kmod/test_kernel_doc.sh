#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_kernel_doc - Linux's own kernel-doc can read what is written for it

. tests/kmod/kmod.sh
need source tools

for f in $(sources 'kmod/*.[ch]' 'uapi/*.h'); do
	silent "$f" in_tools python3 -B "$cache/source/tools/docs/kernel-doc" -none -Wall "$f"
done
finish
