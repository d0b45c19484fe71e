#!/bin/sh
# SPDX-License-Identifier: MIT
#
# stdout that cannot be written, signals, and what a terminal gets but a file
# does not.

. tests/cli/cli.sh

closed() {
	fails "standard output is closed" sh -c "\"$MUTSU\" $1 >&-"
}
full() {
	fails "cannot write to standard output: No space left" sh -c "\"$MUTSU\" $1 >/dev/full"
}
# The reader is gone before there is anything to read.
broken() {
	sh -c "{ sleep 0.3; \"$MUTSU\" $1 2>\"$tmp/err\"; echo \$? >\"$tmp/status\"; } | exec true"
	[ "$(cat "$tmp/status")" -eq 1 ] &&
		grep -q 'cannot write to standard output: Broken pipe' "$tmp/err" && return
	cat "$tmp/status" "$tmp/err"
	return 1
}
for command in --version --help 'run -n 4' 'run -n 4 --json' info 'show --json' \
	'tokenize -p Hello' 'perplexity -c 8 -p "Once there was a dog who had a cat. One day they all ran far away"'; do
	check "closed: $command" closed "$command"
	if [ -w /dev/full ]; then
		check "full: $command" full "$command"
	else
		skip "full: $command" "/dev/full is missing"
	fi
	check "broken pipe: $command" broken "$command"
done

head_10() {
	"$MUTSU" run --ignore-eos -c 20000 2>/dev/null | head -c 10 | wc -c
}
check "run stops when its reader does" [ "$(head_10)" -eq 10 ]

all_closed() {
	"$MUTSU" run -n 4 <&- >"$tmp/out" 2>&- && [ -s "$tmp/out" ]
}
check "stdin and stderr closed" all_closed

# coreutils' env undoes that the runner's background jobs ignore it; its timeout
# sends a signal once only if in the foreground, and the second one kills.
interrupt() {
	timeout --foreground --preserve-status -s INT -k 60 "$seconds" env --default-signal=INT "$MUTSU" "$@"
}
interrupted() {
	interrupt run --ignore-eos -c 200000 --isa ref -t 1 "$@"
}
seconds=1
[ -z "${MUTSU_SAN:-}${MUTSU_EMULATED:-}" ] || seconds=4
if env --default-signal=INT true 2>/dev/null; then
	check "Ctrl-C ends the text" exits 130 '^generation: [1-9][0-9]* tokens.*; interrupted' \
		interrupted
	check "what came before it is there" grep -q '[a-z]' "$tmp/out"
	check "the last line is complete" [ -z "$(tail -c 1 "$tmp/out")" ]
	if has_python; then
		check "Ctrl-C, --json" exits 130 '' interrupted --json
		check "the object is complete" json 'd["stop"] == "interrupted"' <"$tmp/out"
	else
		skip "Ctrl-C, --json" "python3 is missing"
	fi
	awk 'BEGIN { for (i = 0; i < 40000; i++) printf "one day " }' >"$tmp/long"
	check "Ctrl-C while the prompt is read" exits 130 '^generation: 0 tokens.*; interrupted' \
		interrupted -f "$tmp/long"
	check "Ctrl-C, perplexity of chunks that fit a batch" exits 130 '^mutsu: interrupted' \
		interrupt perplexity -c 256 --isa ref -t 1 -f "$tmp/long"
else
	skip "Ctrl-C" "env has no --default-signal"
fi

escape=$(printf '\033')
plain() {
	"$MUTSU" "$@" </dev/null >"$tmp/out" 2>&1
	! grep -q "$escape\\|$(printf '\r')" "$tmp/out"
}
check "no escape codes to a file: run" plain run -n 64 -v
seq 1 300 >"$tmp/numbers"
check "no escape codes to a file: perplexity" plain perplexity -f "$tmp/numbers" -c 128

on_terminal() {
	TERM=xterm script -qec "\"$MUTSU\" perplexity -f \"$tmp/numbers\" -c 128 --isa ref -t 1" \
		/dev/null >"$tmp/out" 2>&1
	grep -q 'perplexity \[' "$tmp/out" && grep -q 'PPL = ' "$tmp/out"
}
seq 1 1500 >"$tmp/numbers"
if ! command -v script >/dev/null; then
	skip "progress on a terminal" "script is missing"
elif ! script -qec true /dev/null >/dev/null 2>&1; then
	skip "progress on a terminal" "there are no pseudo-terminals"
elif ! skip_if MUTSU_SAN "progress on a terminal" "too slow" &&
     ! skip_if MUTSU_EMULATED "progress on a terminal" "too slow"; then
	check "progress on a terminal" on_terminal
fi
finish
