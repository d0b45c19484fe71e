# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For tests of the mutsu program: . tests/cli/cli.sh, in the project's root.
# MUTSU is the program, MUTSU_MODELS the shared test data, if there is any.

. tests/lib/tap.sh

: "${MUTSU:=build/bin/mutsu}"
[ -x "$MUTSU" ] || {
	echo "Bail out! $MUTSU is missing"
	exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# exits STATUS PATTERN COMMAND...: it does, and PATTERN is in what it says on
# stderr; a sanitizer, which exits with 1 like us, has nothing to say.
exits() {
	want=$1 pattern=$2
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	if [ "$got" -eq "$want" ] && ! grep -q Sanitizer "$tmp/err"; then
		[ -z "$pattern" ] || grep -Eq -e "$pattern" "$tmp/err" && return
	fi
	echo "exit status $got, wanted $want, and on stderr /$pattern/ in:"
	cat "$tmp/err"
	return 1
}

# refused PATTERN COMMAND...: misuse, said in two lines at most, nothing on stdout.
refused() {
	exits 2 "$@" || return
	[ "$(wc -l <"$tmp/err")" -le 2 ] && [ ! -s "$tmp/out" ] && return
	echo "more than a message and a usage line:"
	cat "$tmp/err" "$tmp/out"
	return 1
}

# fails PATTERN COMMAND...: one line on stderr that begins with mutsu: and has PATTERN.
fails() {
	exits 1 "$@" || return
	[ "$(grep -c '^mutsu: ' "$tmp/err")" -eq 1 ] && return
	echo "not one message:"
	cat "$tmp/err"
	return 1
}

# text ARGUMENTS...: what mutsu run writes to stdout, greedy and short.
text() {
	"$MUTSU" run --temp 0 -n 16 "$@" 2>/dev/null </dev/null
}

# same A B: both texts are the same, and there is one.
same() {
	[ -n "$1" ] && [ "$1" = "$2" ] && return
	printf 'this:\n%s\nand this:\n%s\n' "$1" "$2"
	return 1
}

# skip_if VARIABLE NAME WHY: true if the variable is set; the skip is reported.
skip_if() {
	eval "[ -n \"\${$1:-}\" ]" || return
	skip "$2" "$3"
}

has_python() {
	command -v python3 >/dev/null
}

# json EXPRESSION <FILE: FILE is one JSON object d for which the expression is true.
json() {
	python3 -c 'import json, sys
d = json.load(sys.stdin)
if not eval("(" + sys.argv[1] + ")"): sys.exit("not so: " + sys.argv[1] + json.dumps(d))' "$1"
}
