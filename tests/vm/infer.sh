#!/bin/sh
# SPDX-License-Identifier: MIT
#
# infer.sh - text computed on the GPU of the kernel module
#
# Runs in a virtual machine (tests/vm/run.sh), in the root of the tree, with the programs
# that make infer-tests builds.  MUTSU_MODELS names the folder of models, if there is one.

. tests/lib/tap.sh

case $(uname -m) in
x86_64) bin=${BUILD:-build}/${NATIVE_x86_64-}tests/vm ;;
*) bin=${BUILD:-build}/${NATIVE_aarch64-arm64/}tests/vm ;;
esac
mutsu=$bin/mutsu
tmp=/tmp/infer
mkdir -p "$tmp"

text() {			# DEVICE OPTIONS...
	device=$1
	shift
	"$mutsu" run --device "$device" --temp 0 "$@" 2>"$tmp/err" || {
		cat "$tmp/err"
		return 1
	}
}

same_text() {			# OPTIONS...
	text cpu "$@" >"$tmp/cpu" || return
	text soft --no-fallback "$@" >"$tmp/soft" || return
	cmp "$tmp/cpu" "$tmp/soft" && return
	diff "$tmp/cpu" "$tmp/soft"
	return 1
}

says() {			# PATTERN COMMAND...
	pattern=$1
	shift
	"$@" >"$tmp/out" 2>&1
	grep -q "$pattern" "$tmp/out" && return
	cat "$tmp/out"
	return 1
}

# Calls of a whole text: those of 8 tokens more are those of 8 tokens.
calls() {			# N
	strace -f -o "$tmp/trace" "$mutsu" run --device soft --no-fallback --temp 0 -s 1 \
		-p Once -n "$1" --ignore-eos >/dev/null 2>&1 || return
	submits=$(grep -c 'ioctl([0-9]*, .*\(0x64, 0x4a\|ASAHI_SUBMIT\)' "$tmp/trace")
	waits=$(grep 'ioctl([0-9]*, .*\(0x64, 0xca\|SYNCOBJ_TIMELINE_WAIT\)' "$tmp/trace" |
		grep -vc ETIME)
	memory=$(grep -cE '^[0-9]+ +(mmap|mremap|brk|madvise)\(' "$tmp/trace")
}

one_submission_per_token() {
	calls 4 || return
	a=$submits b=$waits c=$memory
	calls 12 || return
	echo "8 tokens more: $((submits - a)) submissions, $((waits - b)) waits," \
		"$((memory - c)) calls for memory"
	[ $((submits - a)) = 8 ] && [ $((waits - b)) = 8 ] && [ $((memory - c)) = 0 ]
}

no_failure() {			# TAP
	! grep '^not ok' "$1" && grep -q '^1\.\.' "$1"
}

check "info names the device" says 'driver agx_compute: usable: a GPU in software' "$mutsu" info
check "auto does not take it" says '^device: .* in software, which is slower' \
	"$mutsu" run -v -n 1 -p Once
check "a story, greedily" same_text -p "Once upon a time" -n 16
float=${MUTSU_MODELS-}/mutsu-tiny-f32.gguf
if [ -e "$float" ]; then
	# Longer ones with weights that the CPU multiplies with floats, too.
	check "a prompt of several batches" same_text -m "$float" -b 16 -n 8 \
		-p "Once upon a time there was a little boy named Felix who lived in a small house"
	check "a KV cache of floats" same_text -m "$float" --kv-type f32 -p "One day" -n 24
else
	skip "a prompt of several batches" "MUTSU_MODELS has no mutsu-tiny-f32.gguf"
	skip "a KV cache of floats" "MUTSU_MODELS has no mutsu-tiny-f32.gguf"
fi
check "a profile" says '^| matmul Q8_0 ' "$mutsu" bench --profile -p 8 --depth 3
if command -v strace >/dev/null; then
	check "a token is a submission and a wait" one_submission_per_token
else
	skip "a token is a submission and a wait" "strace is missing"
fi
if [ -d "${MUTSU_MODELS-}" ]; then
	MUTSU_STEPS=${MUTSU_STEPS:-4} MUTSU_DEVICE=soft "$bin/test_golden" >"$tmp/golden"
	sed -n 's/^#/#/p' "$tmp/golden"
	check "logits of other programs" no_failure "$tmp/golden"
else
	skip "logits of other programs" "MUTSU_MODELS is not set or no folder"
fi
finish
