#!/bin/sh
# SPDX-License-Identifier: MIT
#
# help - make help names targets that exist, and every target a person would use

. tests/lib/tap.sh

: "${MAKE:=make}"
export MAKEFLAGS=
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Not make -n of each: it would run lines that name $(MAKE).
"$MAKE" --no-print-directory help |
	sed -n 's/^make \([a-z0-9-]*\)  .*/\1/p' | sort >"$tmp/help"
"$MAKE" -pn help 2>/dev/null |
	sed -n 's/^\([a-z][a-z0-9-]*\):.*/\1/p' | sort -u >"$tmp/targets"

exist() {
	! comm -23 "$tmp/help" "$tmp/targets" | grep .
}

# part-%, check-parts, setup-% and the like are steps of others.
named() {
	! comm -13 "$tmp/help" "$tmp/targets" |
		grep -vxE -e 'part-.*|setup-.*|need-.*|check-(setup|parts|lint)' \
			-e 'kmod-(amd64|arm64.*)' -e '(uapi|vulkan|infer)-t.*' \
			-e 'all|lib|tools|tests|help|bench-kernels' | grep .
}

check "help names targets" test -s "$tmp/help"
check "they exist" exist
check "no other is hidden" named
finish
