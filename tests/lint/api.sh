#!/bin/sh
# SPDX-License-Identifier: MIT
#
# api - header, version script, manual pages and shared library name the same calls

. tests/lib/tap.sh

: "${B:=build}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

header=runtime/include/mutsu/mutsu.h
map=runtime/libmutsu.map

# Declarations only: comments go, then names before a parenthesis, at top level.
sed 's|/\*.*\*/||; /\/\*/,/\*\//d' $header | grep -v '^[#\t]' |
	grep -oE '\bmutsu_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$tmp/header"
sed 's|/\*.*\*/||' $map | grep -oE '\bmutsu_[a-z0-9_]+;' | tr -d ';' | sort >"$tmp/map"

same() {			# A B
	diff -u --label "$1" --label "$2" "$tmp/$1" "$tmp/$2"
}

check "the header declares something" test -s "$tmp/header"
check "map = header" same header map
check "the map has no name twice" sh -c "! uniq -d '$tmp/map' | grep ."

if ls Documentation/man/*.3 >/dev/null 2>&1; then
	for page in Documentation/man/*.3; do
		basename "$page" .3
	done | sort >"$tmp/man"
	check "man = header" same header man
else
	skip "man = header" "Documentation/man/*.3 is missing"
fi

so=$B/lib/libmutsu.so
if [ -e "$so" ]; then
	nm -D --defined-only "$so" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' |
		sort >"$tmp/library"
	check "exported = header" same header library
else
	skip "exported = header" "$so is missing"
fi

# SYNOPSIS is the prototype as in the header, words for words.
words() { tr -s ' \t\n' ' ' | sed 's/ *\([(),;*]\) */\1/g'; }
prototypes() {
	sed 's|/\*.*\*/||; /\/\*/,/\*\//d' "$header" | words >"$tmp/flat"
	status=0
	while read -r call; do
		page=Documentation/man/$call.3
		[ -e "$page" ] || continue
		# A page may be a link.
		target=$(sed -n 's|^\.so ||p' "$page")
		[ -z "$target" ] || page=Documentation/man/${target##*/}
		want=$(grep -oE "[^;{}\"]*[ *]$call\([^;]*;" "$tmp/flat" | head -n 1)
		sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' "$page" |
			sed -E '/^\.(SH|nf|fi|P|PP|sp|in|ad|hy|na|EX|EE|RS|RE)/d
				s/^\.(B|I|BI|IB|BR|RB|RI|IR) //
				s/" ([^"]*)( "|$)/\1/g; s/"//g; s/\\-/-/g; s/\\f.//g
				s/\\ / /g; s/\\[&|]//g' | words |
			sed 's/ //g' | grep -qF "$(echo "$want" | sed 's/ //g')" || {
			echo "$page: SYNOPSIS is not: $want"
			status=1
		}
	done <"$tmp/header"
	return "$status"
}
if ls Documentation/man/*.3 >/dev/null 2>&1; then
	check "SYNOPSIS = prototype" prototypes
else
	skip "SYNOPSIS = prototype" "Documentation/man/*.3 is missing"
fi

finish
