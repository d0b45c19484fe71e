#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_versions - compiles for other versions of Linux

. tests/kmod/kmod.sh
need tools headers-7.3

silent 7.3 kmod/kbuild.sh 7.3
finish
