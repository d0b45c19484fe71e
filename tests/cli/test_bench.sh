#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mutsu bench: what it measures, what it prints, and what it refuses.

. tests/cli/cli.sh

bench() {
	"$MUTSU" bench -t 1 -r 2 "$@" </dev/null 2>/dev/null
}

# rows N PATTERN ARGUMENTS...: as many lines of the table match.
rows() {
	want=$1 pattern=$2
	shift 2
	bench "$@" >"$tmp/out" || return
	[ "$(grep -cE -e "$pattern" "$tmp/out")" -eq "$want" ] && return
	cat "$tmp/out"
	return 1
}

number='[0-9]+\.[0-9][0-9]'
check "a table" rows 2 "^\| .*\| (pp8|tg4) +\| +$number \+/- +$number \| +$number \|$" -p 8 -n 4
check "with a head" rows 1 '^\|-+\|' -p 8 -n 4
check "no prompts" rows 1 '(pp|tg)[0-9]' -p 0 -n 4
check "no generation" rows 1 '(pp|tg)[0-9]' -p 8 -n 0
check "several values" rows 5 '(pp8|pp9|pp10|tg1|tg2) ' -p 8,9,10 -n 1,2
check "several depths" rows 4 '(pp8|tg2 |tg2 @ 7|pp8 @ 7)' -p 8 -n 2 --depth 0,7
check "batches and threads" rows 8 '\| +[12] \| +[48] \| (pp8|tg1) ' -p 8 -n 1 -b 4,8 -t 1,2
check "the device is named" rows 1 '\| cpu  +\| +1 \|' -p 4 -n 0 --device cpu
check "one repetition deviates by nothing" rows 1 '\+/- +0\.00 ' -p 4 -n 0 -r 1
check "no warm-up" rows 1 'pp4 ' -p 4 -n 0 --no-warmup
check "help bench" same "$(bench --help)" "$("$MUTSU" help bench)"

check "nothing to measure" refused "nothing to measure" "$MUTSU" bench -p 0 -n 0
check "not a number" refused "--n-prompt 5x: not whole numbers" "$MUTSU" bench -p 5x
check "an empty list" refused "not whole numbers" "$MUTSU" bench -n ''
check "an empty value" refused "not whole numbers" "$MUTSU" bench -n 1,,2
check "a comma at the end" refused "not whole numbers" "$MUTSU" bench -n 1,
check "negative" refused "not between 0 and" "$MUTSU" bench -p -1
check "no batch" refused "--batch-size 0: not between 1 and 65536" "$MUTSU" bench -b 0
check "too many values" refused "more than 32 values" "$MUTSU" bench -p \
	1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33
check "no repetitions" refused "not between 1 and" "$MUTSU" bench -r 0
check "a context that is too short" refused "--ctx-size 10: 12 tokens are needed" \
	"$MUTSU" bench -p 8 -n 2 --depth 4 -c 10
check "no such format" refused "xml: not one of md, json, csv" "$MUTSU" bench -o xml
check "profile: one value" refused "one value of each" "$MUTSU" bench --profile -p 1,2
check "profile: csv" refused "md or json" "$MUTSU" bench --profile -o csv
check "profile: no such chip" refused "m9: not one of" "$MUTSU" bench --profile --chip m9
check "profile: a chip without a driver" refused "no driver" "$MUTSU" bench --profile --chip m3
check "profile of a CPU" fails "the CPU does not count" "$MUTSU" bench --profile -d cpu
check "no such file" fails "missing.gguf" "$MUTSU" bench "$tmp/missing.gguf"
check "no such device" fails "renderD999" "$MUTSU" bench -d /dev/dri/renderD999

if has_python; then
	bench -o json -p 8,4 -n 2 --depth 3 --kv-type f32 -b 4 >"$tmp/json"
	check "json" json '
		[(r["n_prompt"], r["n_gen"], r["n_depth"]) for r in d] == [(8, 0, 3), (4, 0, 3), (0, 2, 3)]
		and all(len(r["samples_ns"]) == 2 and r["n_threads"] == 1 and r["n_batch"] == 4
			and r["type_k"] == r["type_v"] == "f32" and r["backends"] == "cpu" for r in d)' \
		<"$tmp/json"
	check "fields of llama-bench" json '
		{"build_commit", "cpu_info", "backends", "model_filename", "model_type", "model_size",
		 "model_n_params", "n_batch", "n_threads", "type_k", "type_v", "n_prompt", "n_gen",
		 "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns",
		 "samples_ts"} <= set(d[0])' <"$tmp/json"
	check "means and medians of two" json 'all(
		abs(sum(r["samples_ns"]) / 2 - r["avg_ns"]) <= 1 and
		abs(r["median_ns"] - r["avg_ns"]) <= 1 and
		abs(sum(r["samples_ts"]) / 2 / r["avg_ts"] - 1) < 1e-3 and
		abs((r["n_prompt"] + r["n_gen"]) * 1e9 / r["samples_ns"][0] / r["samples_ts"][0] - 1)
			< 1e-3 for r in d)' <"$tmp/json"
	check "--json" json 'len(d) == 1' <<-END
		$(bench --json -p 4 -n 0)
	END
	bench -o csv -p 8,4 -n 2 >"$tmp/csv"
	check "csv" python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert [(r["n_prompt"], r["n_gen"]) for r in rows] == [("8", "0"), ("4", "0"), ("0", "2")], rows
assert all(float(r["avg_ts"]) > 0 and float(r["median_ts"]) > 0 for r in rows), rows' "$tmp/csv"
else
	skip "json and csv" "python3 is missing"
fi
finish
