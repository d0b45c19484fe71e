#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tutorial does what it says: its files are written, its commands are run in
# their order, and they print what it shows.  [...] in it is anything.

. tests/lib/tap.sh

rst=$PWD/Documentation/agx-tutorial.rst
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: "${AGX_BIN:=$PWD/build/bin}"
PATH=$AGX_BIN:$PATH

for tool in agx-as agx-dis agx-emu; do
	command -v $tool >/dev/null || {
		skip tutorial "$tool is missing: make tools"
		finish
	}
done

# Each code block becomes steps: N.file with the name in N.name, or N.command with
# what it prints in N.want.
steps() {
	awk -v dir="$work" '
	function step(what) {
		close(out)
		out = sprintf("%s/%03d.%s", dir, what == "want" ? n : ++n, what)
		printf "" >out
		begun = 0
	}
	/^\.\. code-block::/ { kind = $3; next }
	kind && /^   :caption: / {
		step("file")
		printf "%s\n", $2 >sprintf("%s/%03d.name", dir, n)
		next
	}
	kind && /^[^ ]/ { kind = "" }
	!kind { next }
	/^   \$ / {
		step("command")
		print substr($0, 6) >out
		step("want")
		next
	}
	out && (NF || begun) { print substr($0, 4) >out; begun = kind == "none" }
	' "$rst"
}

# Whether GOT is WANT, in which [...] stands for any part of a line or any lines.
same() {			# WANT GOT
	awk '
	function matches(want, got,   i, at, part, n) {
		n = split(want, part, /\[\.\.\.\]/)
		if (n < 2)
			return want == got
		if (substr(got, 1, length(part[1])) != part[1])
			return 0
		got = substr(got, length(part[1]) + 1)
		for (i = 2; i < n; i++) {
			if (!(at = index(got, part[i])))
				return 0
			got = substr(got, at + length(part[i]))
		}
		return length(got) >= length(part[n]) &&
			substr(got, length(got) - length(part[n]) + 1) == part[n]
	}
	{ sub(/[ \t]+$/, "") }
	FNR == NR { want[++n] = $0; next }
	{ got[++m] = $0 }
	END {
		w = 1
		for (g = 1; g <= m; g++) {
			if (want[w] == "[...]" && (w == n || !matches(want[w + 1], got[g])))
				continue
			if (want[w] == "[...]")
				w++
			if (w > n || !matches(want[w], got[g])) {
				printf "line %d is \"%s\"\n  expected \"%s\"\n", g, got[g], want[w]
				exit 1
			}
			w++
		}
		if (want[w] == "[...]")
			w++
		if (w <= n) {
			printf "it ended before \"%s\"\n", want[w]
			exit 1
		}
	}' "$1" "$2"
}

run() {				# STEP
	(cd "$work/here" && sh "$1.command") 2>&1 | expand >"$work/got"
	same "$1.want" "$work/got"
}

mkdir "$work/here"
steps
for step in "$work"/*.file "$work"/*.command; do
	echo "${step%.*} ${step##*.}"
done | sort >"$work/list"

while read -r step kind; do
	case $kind in
	file) cp "$step.file" "$work/here/$(cat "$step.name")" ;;
	command) check "$(tr -d '\134' <"$step.command")" run "$step" ;;
	esac
done <"$work/list"
finish
