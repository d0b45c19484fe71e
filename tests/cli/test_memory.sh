#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Models of a gigabyte: what is resident, what is read of the file.  Their
# weights are holes, which cost no disk space, but pages like any other.

. tests/cli/cli.sh

make_model=${MUTSU%/*}/make-model
MiB=1048576

for why in "MUTSU_SAN sanitizers need memory of their own" "MUTSU_EMULATED the emulator is too slow"; do
	if skip_if "${why%% *}" "memory" "${why#* }"; then
		finish
	fi
done
if ! has_python; then
	skip "memory" "python3 is missing"
	finish
fi
[ -x "$make_model" ] || {
	echo "Bail out! $make_model is missing"
	exit 1
}
# The last run's peak is within file, KV cache, 5 % and 32 MB.
within() {
	json "1.05 * d['memory']['model_bytes'] + d['memory']['kv_bytes'] + 32e6 >=
		d['memory']['rss_peak_bytes'] > 0" <"$tmp/json"
}

# A large parent's peak is not its child's.
own_peak() {
	python3 -c 'import subprocess, sys
large = bytearray(b"x") * 200000000
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=True)' \
		"$MUTSU" run --json -n 1 >"$tmp/json" && within
}
check "the model built in, started by a large program" own_peak

if ! "$make_model" -o "$tmp/dense.gguf" --sparse --layers 28 --embd 2048 --ff 8192 --heads 32 \
		--kv-heads 8 --vocab 32000 --type q4_0 2>"$tmp/err"; then
	skip "memory" "$(cat "$tmp/err")"
	finish
fi
available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
if [ "${available:-4096}" -lt 2048 ]; then
	skip "memory" "a gigabyte of page cache needs more than $available MiB of memory"
	finish
fi

run() {
	"$MUTSU" run --json --temp 0 "$@" </dev/null >"$tmp/json" 2>"$tmp/err" && return
	cat "$tmp/err"
	return 1
}

# The kernel's own count of the same run, which does not end before it is read.
kernel_agrees() {
	"$MUTSU" run "$tmp/dense.gguf" -c 512 --temp 0 --ignore-eos -p Hello </dev/null \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -s "$tmp/out" ] && break
		sleep 0.5
	done
	status=$(cat "/proc/$pid/status")
	kill "$pid"
	anon=$(echo "$status" | sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p')
	peak=$(echo "$status" | sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p')
	echo "peak $peak KiB, of which anonymous $anon KiB"
	ours=$(json_field rss_peak_bytes)
	[ "$anon" -lt 32768 ] && [ $((peak - ours / 1024)) -lt 8192 ] &&
		[ $((ours / 1024 - peak)) -lt 8192 ]
}
json_field() {
	sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$tmp/json"
}

# A short context: the part of its cache that no position uses is no allowance.
check "1 GB: runs" run "$tmp/dense.gguf" -p Hello -n 1 -c 32
check "1 GB: file, KV cache, 5 % and 32 MB" within
check "1 GB: all weights are used" [ "$(json_field rss_peak_bytes)" -gt $((900 * MiB)) ]
check "1 GB: the kernel counts the same" kernel_agrees

# Small beside its vocabulary and its batches: what is not weights weighs most.
"$make_model" -o "$tmp/small.gguf" --sparse --layers 2 --embd 896 --ff 4864 --heads 14 \
	--kv-heads 2 --vocab 151936 --type q4_0 --tied
awk 'BEGIN { for (i = 0; i < 300; i++) printf "ab " }' >"$tmp/prompt"
check "large vocabulary, whole batches: runs" run "$tmp/small.gguf" -f "$tmp/prompt" -n 1 -c 640
check "large vocabulary, whole batches: 32 MB" within

# What is read of a file: pages of it that are in memory after they were not.
drop() {
	dd of="$1" oflag=nocache conv=notrunc,fdatasync count=0 status=none 2>/dev/null
	[ "$(cached "$1")" = 0 ]
}
cached() {
	fincore -nb -o RES "$1" | tr -d ' '
}
reads_less() {			# MiB FILE COMMAND...: of FILE
	most=$1 file=$2
	shift 2
	drop "$file"
	"$@" </dev/null >"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err"; return 1; }
	echo "$(($(cached "$file") / MiB)) MiB of $(($(wc -c <"$file") / MiB))"
	[ "$(cached "$file")" -lt $((most * MiB)) ]
}
if ! command -v fincore >/dev/null; then
	skip "pages read" "fincore is missing"
elif ! drop "$tmp/dense.gguf"; then
	skip "pages read" "files in $tmp stay in memory"
else
	# Read-ahead is the machine's, 128 KiB to 8 MiB.
	for command in "show" "show --tensors" "tokenize -p Hello"; do
		name=${command%% *}
		# shellcheck disable=SC2086 # options
		check "1 GB, $command: the header is read" reads_less 32 "$tmp/dense.gguf" \
			"$MUTSU" $name "$tmp/dense.gguf" ${command#"$name"}
	done
	"$make_model" -o "$tmp/moe.gguf" --sparse --layers 8 --embd 2048 --ff 4096 --heads 16 \
		--kv-heads 8 --vocab 32000 --type q4_0 --experts 8 --used 2
	# A quarter of the experts, attention, logits: 346 MiB without read-ahead.
	check "experts: those that are chosen are read" reads_less 500 "$tmp/moe.gguf" \
		"$MUTSU" run "$tmp/moe.gguf" -p '' -n 1
fi
finish
