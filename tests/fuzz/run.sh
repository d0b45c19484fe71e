#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh DIR NAME SECONDS: DIR/fuzz_NAME for so long.  Corpus, log and findings
# go to DIR; a line of numbers, or the end of the log, to stdout.

set -u
dir=$1
name=$2
seconds=$3
source=$(dirname "$0")
log=$dir/$name.log
findings=$dir/findings/$name
interrupted=72	# libFuzzer's exit status after SIGINT or SIGTERM

mkdir -p "$dir/corpus/$name" "$findings"
set -- -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
	-artifact_prefix="$findings/"
if [ -f "$source/$name.dict" ]; then
	set -- "$@" -dict="$source/$name.dict"
fi
set -- "$@" "$dir/corpus/$name"
if [ -d "$source/corpus/$name" ]; then
	set -- "$@" "$source/corpus/$name"
fi

"$dir/fuzz_$name" "$@" >"$log" 2>&1
status=$?
if [ $status = 0 ]; then
	awk -v name="$name" '
		/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
		/number_of_executed_units/ { runs = $NF }
		/peak_rss_mb/ { rss = $NF }
		END { printf "fuzz_%s: %d runs, %d edges, %d MiB: nothing found\n",
			name, runs, cov, rss }
	' "$log"
	exit 0
fi
if [ $status = $interrupted ]; then
	echo "fuzz_$name: interrupted"
	exit 1
fi
echo "fuzz_$name: found something, see $findings and $log:"
grep -v '^#' "$log" | tail -n 60
exit 1
