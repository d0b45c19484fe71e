#!/bin/sh
# SPDX-License-Identifier: MIT
#
# man - groff has nothing to say about any manual page, and each refers to pages
# that exist

. tests/lib/tap.sh

pages=$(sources 'Documentation/man/*')
if ! command -v groff >/dev/null || [ -z "$pages" ]; then
	skip groff "groff or the pages are missing"
	finish
fi

groff_ww() {
	# A page that is a link names the other from the folder above.
	(cd Documentation && sed 's|^\.so man[1-9]/|.so man/|' "man/${1##*/}" | soelim -r) |
		groff -man -Tutf8 -K utf8 -ww -rLL=78n -z
}

references() {
	grep -hoE '^\.BR mutsu[a-z0-9_-]* \([1-9]\)' "$1" | sort -u |
		sed 's/^\.BR \([^ ]*\) (\(.\))/\1.\2/' | while read -r page; do
		[ -e "Documentation/man/$page" ] || echo "$1: there is no $page"
	done
}

headings() {
	! grep -q '^\.so ' "$1" || return
	for heading in 'TH ' 'SH NAME' 'SH DESCRIPTION'; do
		grep -q "^\.$heading" "$1" || echo "$1: no line $heading"
	done
}

for page in $pages; do
	silent "${page##*/}" groff_ww "$page"
done
all() { for page in $pages; do "$1" "$page"; done; }
silent "pages referred to exist" all references
silent "headings" all headings

# The program in mutsu(7) is the one that the tests run.
in_page() {
	sed -n '/^#include <mutsu/,/^\.EE$/{/^\.EE$/q;p}' Documentation/man/mutsu.7 |
		sed 's/\\-/-/g; s/\\e/\\/g'
}
in_source() {
	sed '1,/\*\//d' tests/example/story.c | expand
}
check "the example is the tests'" [ "$(in_page)" = "$(in_source)" ]
finish
