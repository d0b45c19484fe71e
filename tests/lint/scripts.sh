#!/bin/sh
# SPDX-License-Identifier: MIT
#
# scripts - shellcheck has nothing to say about any shell script

. tests/lib/tap.sh

if ! command -v shellcheck >/dev/null; then
	skip shellcheck "shellcheck is missing"
	finish
fi
for f in $(sources '*.sh' .ci/run tests/vm/init); do
	check "$f" shellcheck -x "$f"
done
finish
