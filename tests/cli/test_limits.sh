#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Memory, threads and processes that are not there: each command does its work,
# or says in one line why not.

. tests/cli/cli.sh

skip_if MUTSU_SAN "limits" "sanitizers need much memory" && finish
skip_if MUTSU_EMULATED "limits" "the emulator needs much memory" && finish

# limited LIMITS COMMAND...: status 0, or 1 with a message, or 127, which is the
# dynamic loader's; a signal would be more than 128.
limited() {
	(
		# shellcheck disable=SC3045 # dash has -v
		ulimit -c 0 && ulimit -v "$1" && shift && exec "$@"
	) >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	case $got in
	0 | 127) return ;;
	1) [ "$(grep -c '^mutsu: ..' "$tmp/err")" -eq 1 ] &&
		[ "$(grep -cv '^chunk' "$tmp/err")" -eq 1 ] && return ;;
	esac
	echo "$1 KiB: exit status $got"
	cat "$tmp/err"
	return 1
}

# From too little to load the program's libraries to enough, and all the way in between.  (Where
# the program itself does not fit, the kernel ends it with a signal.)
little_memory() {
	kib=3000
	while limited "$kib" "$@"; do
		[ "$got" -ne 0 ] || { echo "works from $kib KiB on"; return 0; }
		kib=$((kib + 200))
		[ "$kib" -lt 200000 ] || { cat "$tmp/err"; return 1; }
	done
	return 1
}

echo "Once there was a dog who had a cat. One day they all ran far away" >"$tmp/text"
model=runtime/default_model/mutsu-tiny-q8_0.gguf
check "little memory: run" little_memory "$MUTSU" run -n 4 -t 1
check "little memory: run, three threads" little_memory "$MUTSU" run -n 4 -t 3
check "little memory: run --json" little_memory "$MUTSU" run -n 4 -t 1 --json
check "little memory: run FILE" little_memory "$MUTSU" run "$model" -n 4 -t 1 -f "$tmp/text"
check "little memory: show" little_memory "$MUTSU" show "$model" --json
check "little memory: tokenize" little_memory "$MUTSU" tokenize -f "$tmp/text" --json
check "little memory: perplexity" little_memory "$MUTSU" perplexity -t 1 -c 8 -f "$tmp/text"
check "little memory: info" little_memory "$MUTSU" info --json

other=${MUTSU_MODELS:-/nonexistent}/stories260K-f32.gguf
if [ -r "$other" ]; then
	check "little memory: stories260K" little_memory "$MUTSU" run "$other" -n 4 -t 1 -p Once
else
	skip "little memory: stories260K" "MUTSU_MODELS has no stories260K-f32.gguf"
fi

no_memory() {			# PATTERN KIB ARGUMENTS...
	fails "$1" sh -c "ulimit -v $2; shift 2; exec \"\$@\"" sh "$@"
}
check "too little for the context" no_memory "memory for the KV cache: .*smaller context" \
	500000 "$MUTSU" run -n 4 -c 10000000
check "too little for the batch" no_memory "memory for activations: .*smaller batch" \
	200000 "$MUTSU" run -n 4 -c 65536 -b 65536 -t 1
check "too little for the threads" no_memory "cannot start 1024 threads: .*ask for fewer" \
	500000 "$MUTSU" run -n 4 -t 1024

# Root has no limit on processes: nobody has, and needs a copy to run.
no_processes() {
	fails "cannot start 8 threads: .*processes" "$@" \
		bash -c "ulimit -u 2 && exec \"$tmp/mutsu\" run -n 4 -t 8"
}
cp "$MUTSU" "$tmp/mutsu"
chmod 755 "$tmp" "$tmp/mutsu"
if [ "$(id -u)" -ne 0 ]; then
	check "no more processes" no_processes env
elif setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/mutsu" --version >/dev/null 2>&1; then
	check "no more processes" no_processes \
		setpriv --reuid=65534 --regid=65534 --clear-groups
else
	skip "no more processes" "nobody cannot run it: no setpriv, or $tmp is closed"
fi
finish
