#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - run test programs, count what their TAP says, report
#
#   run.sh -p PART [-l SECONDS] [-w WRAPPER] PROGRAM...   programs that print TAP
#   run.sh -p PART [-l SECONDS] -W WRAPPER PROGRAM...     scripts under it, too
#   run.sh -p PART [-l SECONDS] -s NAME COMMAND...        one step: its exit status
#   run.sh -r                                             total of all parts
#
# Results go to $RESULTS/PART/: a log and a list of results for each program.
# Running always succeeds, whatever the programs did; the report fails if a test
# has.  A program that dies, runs too long, prints no plan or fewer results than
# planned is one more failed test.  Exit status 77 is a skip; the last line says
# why.  T, a pattern, chooses programs by name.

set -uo pipefail

# make -n runs this too, for the sake of the makes below; its letters come first.
flags=${MAKEFLAGS-}
[[ ! ${flags%% *} =~ ^[a-zA-Z]*n ]] || exit 0

: "${RESULTS:?is the folder for results}"
jobs=2
limit=300
part='' step='' wrapper='' scripts='' report=''

usage() {
	sed -n 's/^#   //p' "$0" >&2
	exit 2
}

while getopts p:l:w:W:s:r opt; do
	case $opt in
	p) part=$OPTARG ;;
	l) limit=$OPTARG ;;
	w) wrapper=$OPTARG ;;
	W) wrapper=$OPTARG scripts=1 ;;
	s) step=$OPTARG ;;
	r) report=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))

# log -> lines of: ok|not ok|skip TAB name TAB reason
tap_results() {			# LOG STATUS STEP
	awk -v status="$2" -v step="$3" '
	function result(what, name, why) {
		gsub(/\t/, " ", name)
		printf "%s\t%s\t%s\n", what, name, why
		n[what]++
		total++
	}
	{ last = $0 }
	step != "" { next }
	/^1\.\.[0-9]+/ {
		planned = 1
		plan = substr($1, 4) + 0
		if (plan == 0 && match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */))
			result("skip", "all", substr($0, RSTART + RLENGTH))
		next
	}
	/^(not )?ok([ \t]|$)/ {
		what = $1 == "ok" ? "ok" : "not ok"
		name = $0
		why = ""
		sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", name)
		if (what == "ok" && match(name, /# *[Ss][Kk][Ii][Pp][^ ]* */)) {
			what = "skip"
			why = substr(name, RSTART + RLENGTH)
			name = substr(name, 1, RSTART - 1)
			sub(/[ \t]+$/, "", name)
		}
		result(what, name, why)
	}
	/^Bail out!/ { result("not ok", $0, "") }
	END {
		if (status == 124 || status == 137)
			result("not ok", step, "ran too long")
		else if (status == 127)
			result("not ok", step == "" ? "program" : step, "not built")
		else if (status == 77)
			result("skip", step == "" ? "all" : step, last)
		else if (step != "")
			result(status == 0 ? "ok" : "not ok", step,
			       status == 0 ? "" : "exit status " status)
		else if (!planned)
			result("not ok", "plan", "no plan; exit status " status)
		else if (total < plan)
			result("not ok", "plan", total + 0 " results of " plan)
		else if (status != 0 && !n["not ok"])
			result("not ok", "exit", "exit status " status)
	}' "$1"
}

count() {			# WHAT FILE...
	cut -f 1 "${@:2}" | grep -cx "$1"
}

# One program or step: runs it, keeps its log, says how it went.
run_one() {			# NAME COMMAND...
	local name=$1 base=$RESULTS/$part/${1//\//.} start=$EPOCHREALTIME status ok bad skip text
	shift

	# Else, under a wrapper, a program that was not built is the wrapper's failure.
	[ "$step" ] || [ -e "${*: -1}" ] || set -- sh -c 'exit 127'
	timeout -k 5 "$limit" "$@" >"$base.log" 2>&1 </dev/null &
	# shellcheck disable=SC2064 # this process
	trap "kill $!; exit 1" INT TERM
	wait $!
	status=$?
	trap - INT TERM
	tap_results "$base.log" $status "$step" >"$base.results"
	ok=$(count ok "$base.results")
	bad=$(count 'not ok' "$base.results")
	skip=$(count skip "$base.results")
	text="$ok passed"
	((!bad)) || text="$bad FAILED, $text"
	((!skip)) || text+=", $skip skipped"
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }' >"$base.time"
	{
		flock 9
		printf '  %-12s %-36s %s, %.1f s\n' "$part" "$name" "$text" "$(cat "$base.time")"
		if ((bad)); then
			show_failures "$base"
		fi
	} 9>"$RESULTS/lock"
}

show_failures() {		# BASE
	awk -F '\t' '$1 == "not ok" { print "      not ok: " $2 ($3 ? " (" $3 ")" : "") }' \
		"$1.results" | head -n 20
	[ -s "$1.log" ] || return
	# A make -k goes on after the line that says why.
	if [ "$step" ] && grep -q 'error: \|undefined reference' "$1.log"; then
		echo "      --- from $1.log"
		grep -A 3 'error: \|undefined reference' "$1.log" | head -n 30 | sed 's/^/      /'
	else
		echo "      --- end of $1.log"
		tail -n 30 "$1.log" | sed 's/^/      /'
	fi
	echo "      ---"
}

xml() {				# results and times of all parts as JUnit XML
	local file part name
	echo '<?xml version="1.0" encoding="UTF-8"?>'
	echo '<testsuites>'
	for file in "$RESULTS"/*/*.results; do
		part=${file%/*} name=${file##*/}
		awk -F '\t' -v suite="${part##*/}/${name%.results}" \
		    -v time="$(cat "${file%.results}.time")" '
		function esc(s) {
			gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s)
			gsub(/>/, "\\&gt;", s); gsub(/"/, "\\&quot;", s)
			gsub(/[\001-\037]/, "?", s)
			return s
		}
		{
			n[$1]++
			line = "    <testcase classname=\"" esc(suite) "\" name=\"" esc($2) "\""
			if ($1 == "skip")
				line = line "><skipped message=\"" esc($3) "\"/></testcase>"
			else if ($1 == "not ok")
				line = line "><failure message=\"" esc($3) "\"/></testcase>"
			else
				line = line "/>"
			body = body line "\n"
		}
		END {
			printf "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\"",
			       esc(suite), NR, n["not ok"]
			printf " skipped=\"%d\" time=\"%s\">\n%s  </testsuite>\n",
			       n["skip"], time, body
		}' "$file"
	done
	echo '</testsuites>'
}

report() {
	local all bad
	all=$(mktemp)
	cat "$RESULTS"/*/*.results >"$all" 2>/dev/null
	xml >"$RESULTS.xml"
	bad=$(count 'not ok' "$all")
	if grep -q '^skip' "$all"; then
		echo "skipped, and why:"
		awk -F '\t' '$1 == "skip" { print $3 }' "$all" | sort | uniq -c | sort -rn |
			sed 's/^ *\([0-9]*\) /  \1 x /'
	fi
	if ((bad)); then
		echo "failed:"
		(cd "$RESULTS" && grep -H '^not ok' ./*/*.results |
			sed 's|^\./|  |; s/\.results:not ok\t/: /; s/\t$//; s/\t/: /')
	fi
	echo "$(count ok "$all") passed, $bad failed, $(count skip "$all") skipped"
	rm -f "$all"
	((!bad))
}

if [ "$report" ]; then
	report
	exit
fi
[ "$part" ] || usage
mkdir -p "$RESULTS/$part"

chosen() {			# NAME; T is a pattern
	# shellcheck disable=SC2053
	[[ $1 == *${T-}* ]]
}

if [ "$step" ]; then
	[ $# -gt 0 ] || usage
	[[ $step == build* ]] || chosen "$step" || exit 0
	run_one "$step" "$@"
	exit 0
fi

trap 'kill $(jobs -p) 2>/dev/null; exit 1' INT TERM
for program; do
	name=${program#"${TESTS_ROOT-}"}
	name=${name#tests/}
	name=${name#/}
	chosen "$name" || continue
	while (($(jobs -rp | wc -l) >= jobs)); do
		wait -n
	done
	if [[ $program == *.sh && ! $scripts ]]; then
		run_one "$name" "$program" &
	else
		# shellcheck disable=SC2086 # a command and its arguments
		run_one "$name" $wrapper "$program" &
	fi
done
wait
exit 0
