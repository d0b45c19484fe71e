# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For test scripts: . tests/lib/tap.sh, then check ... for each test, and
# finish at the end.  All of them run in the project's root.

tap_n=0
tap_bad=0

# check NAME COMMAND...: ok if the command succeeds; what it says otherwise.
check() {
	tap_name=$1
	shift
	tap_n=$((tap_n + 1))
	if tap_out=$("$@" 2>&1); then
		echo "ok $tap_n - $tap_name"
	else
		tap_bad=1
		echo "not ok $tap_n - $tap_name"
	fi
	[ -z "$tap_out" ] || printf '%s\n' "$tap_out" | sed 's/^/# /'
}

# silent NAME COMMAND...: ok if the command has nothing to say.
silent() {
	tap_name=$1
	shift
	check "$tap_name" says_nothing "$@"
}

says_nothing() {
	tap_said=$("$@" 2>&1)
	[ -z "$tap_said" ] || {
		printf '%s\n' "$tap_said"
		return 1
	}
}

skip() {			# NAME WHY
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

finish() {
	echo "1..$tap_n"
	exit $tap_bad
}

# The project's own files that match the patterns, with git or without.
sources() {
	if [ -e .git ] && git ls-files >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@" | while read -r f; do
			[ ! -f "$f" ] || echo "$f"
		done
	else
		for pattern; do
			find . -path ./build -prune -o -type f -path "./$pattern" -print
		done | sed 's|^\./||' | sort
	fi
}
