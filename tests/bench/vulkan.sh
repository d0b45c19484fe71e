#!/bin/sh
# SPDX-License-Identifier: MIT
#
# vulkan.sh - what a token costs a GPU: our kernels beside those of llama.cpp's Vulkan
# backend, compiled by Mesa's Honeykrisp
#
# Runs in a virtual machine (tests/vm/run.sh) with the system that make bench-vulkan
# unpacks, in the root of the tree.  Both programs measure by the same definitions; the
# module counts.  What repetitions cost is the difference of two runs with more and fewer
# of them, so that loading, warming up and compiling cancel out.  Prints instructions of
# SIMD-groups and bytes, not time: nothing here is as fast or as slow as hardware.
#
#	TYPES	types of weights (Q4_0 F16)
#	GEN	tokens generated (8)
#	PROMPT	tokens of a prompt, 0: none (64)
#	DEPTHS	tokens in the KV cache before (0)
#	PROGRAMS  which of them (mutsu llama)

set -eu

: "${BUILD:=build}" "${TYPES:=Q4_0 F16}" "${GEN:=8}" "${PROMPT:=64}" "${DEPTHS:=0}" "${PROGRAMS:=mutsu llama}"
here=$PWD
dir=$here/$BUILD/bench
tmp=/tmp/bench
mkdir -p "$tmp"

export VK_DRIVER_FILES=/usr/share/vulkan/icd.d/asahi_icd.json
export VK_LOADER_LAYERS_DISABLE='~implicit~' XDG_RUNTIME_DIR=/tmp

llama() {			# MODEL REPETITIONS OPTIONS...
	model=$1 r=$2
	shift 2
	llama-bench -m "$model" -r "$r" -ngl 99 --no-warmup "$@"
}

mutsu() {
	model=$1 r=$2
	shift 2
	"$here/$BUILD/bin/mutsu" bench -m "$model" -r "$r" --device soft --no-warmup "$@"
}

count() {			# FILE PROGRAM MODEL REPETITIONS OPTIONS...
	file=$1
	shift
	AGX_COUNTERS=$file LD_PRELOAD=$dir/agx-counters.so "$@" >"$tmp/out" 2>&1 && [ -s "$file" ] &&
		grep -q '^launches [1-9]' "$file" && grep -q '^errors 0$' "$file" && return
	cat "$tmp/out" "$file"
	return 1
}

# One line of the table: per token, of N tokens a repetition.  Cycles are an estimate, with
# the costs of tools/mutsu/bench_profile.c.
row() {				# NAME N
	paste -d ' ' "$tmp/one" "$tmp/two" | awk -v name="$1" -v n="$2" '
	{ d[$1] = ($4 - $2) / n }
	END {
		k = d["instructions"] / 1000
		cycles = 1.5 * d["int"] + d["float"] + d["half"] + 17 * d["matrix"] + \
			14.5 * d["simd"] + d["flow"] + d["memory"] + d["local"]
		printf "%-28s %8.1f %8.1f %9.1f %9.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f " \
			"%9.1f %8.1f\n",
			name, d["submits"], d["launches"], cycles / 1000, k, d["int"] / 1000, d["float"] / 1000,
			d["half"] / 1000, d["matrix"] / 1000, d["simd"] / 1000, d["flow"] / 1000,
			d["memory"] / 1000, d["local"] / 1000, d["read_bytes"] / 1024,
			d["write_bytes"] / 1024
	}'
}

measure() {			# NAME PROGRAM MODEL N OPTIONS...
	name=$1 program=$2 model=$3 n=$4
	shift 4
	count "$tmp/one" "$program" "$model" 1 "$@" || return
	count "$tmp/two" "$program" "$model" 2 "$@" || return
	row "$name" "$n"
}

printf '%s\n%s\n\n' "per token: estimated cycles and instructions of SIMD-groups in thousands;" \
	"KiB read and written by all lanes"
printf '%-28s %8s %8s %9s %9s %7s %7s %7s %7s %7s %7s %7s %7s %9s %8s\n' \
	what submits launches cycles all \
	int float half matrix simd flow memory local read written
for type in $TYPES; do
	model=$dir/random-$type.gguf
	for depth in $DEPTHS; do
		at=$([ "$depth" = 0 ] || echo " @ $depth")
		for program in $PROGRAMS; do
			case $program in mutsu) d=--depth ;; *) d=-d ;; esac
			measure "$type tg$GEN$at $program" "$program" "$model" "$GEN" \
				-p 0 -n "$GEN" $d "$depth"
			[ "$PROMPT" = 0 ] || measure "$type pp$PROMPT$at $program" "$program" "$model" \
				"$PROMPT" -p "$PROMPT" -n 0 $d "$depth"
		done
	done
done
