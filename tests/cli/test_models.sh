#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Model files that are none: one message that names the file and what is wrong,
# exit status 1, from every command that opens one.

. tests/cli/cli.sh

model=runtime/default_model/mutsu-tiny-q8_0.gguf
size=$(wc -c <"$model")

bad() {				# NAME PATTERN FILE
	for command in run tokenize perplexity; do
		check "$1: $command" fails "$2" "$MUTSU" $command "$3" -p Hello
	done
	check "$1: show" fails "$2" "$MUTSU" show "$3"
}

: >"$tmp/empty.gguf"
mkdir "$tmp/folder.gguf"
printf 'PK\003\004 this is something else, and long enough' >"$tmp/zip.gguf"
head -c 5000 /dev/zero >"$tmp/zero.gguf"
echo secret >"$tmp/secret.gguf"
chmod 0 "$tmp/secret.gguf"

bad "missing" "missing.gguf.*[Nn]o such file" "$tmp/missing.gguf"
bad "empty" "empty.gguf" "$tmp/empty.gguf"
bad "a folder" "folder.gguf.*directory" "$tmp/folder.gguf"
bad "another format" "zip.gguf" "$tmp/zip.gguf"
bad "zeros" "zero.gguf" "$tmp/zero.gguf"
bad "a device" "/dev/null" /dev/null
if [ "$(id -u)" -eq 0 ]; then
	skip "unreadable" "root may read everything"
else
	bad "unreadable" "secret.gguf.*[Pp]ermission" "$tmp/secret.gguf"
fi

# Cut within the magic, the counts, metadata, tensor list, and data.
for n in 3 4 8 20 24 100 1000 5000 20000 30000 $((size / 2)) $((size - 1)); do
	head -c "$n" "$model" >"$tmp/cut.gguf"
	check "cut to $n bytes" fails "cut.gguf" "$MUTSU" run "$tmp/cut.gguf" -p Hello
done

# Eight bytes of 0xff, over the version, the counts, and into what follows.
for at in 4 8 16 24 32 64 128 1000; do
	{ head -c "$at" "$model"; printf '\377\377\377\377\377\377\377\377'
	  tail -c +$((at + 9)) "$model"; } >"$tmp/corrupt.gguf"
	check "damaged at byte $at" fails "corrupt.gguf" "$MUTSU" run "$tmp/corrupt.gguf" -p Hello
done

# A name from the file, as a message has it: "llama" becomes escape sequences.
esc=$(printf '\033')
LC_ALL=C sed "s/general.architecture\(....\)\(........\)llama/general.architecture\1\2${esc}[2J${esc}/" \
	"$model" >"$tmp/escape.gguf"
no_escapes() {
	"$MUTSU" "$@" >"$tmp/out" 2>&1 </dev/null
	! cmp -s "$model" "$tmp/escape.gguf" && grep -q '\\x1b\[2J' "$tmp/out" &&
		! grep -q "$esc" "$tmp/out"
}
check "no escape sequences: run" no_escapes run "$tmp/escape.gguf" -p Hello
check "no escape sequences: show" no_escapes show "$tmp/escape.gguf"

check "the same model from a file" same "$(text -p Hello)" "$(text "$model" -p Hello)"
check "with -m" same "$(text -p Hello)" "$(text -m "$model" -p Hello)"

for kind in f32 Q8_0 Q4_K_M Q4_0; do
	other=${MUTSU_MODELS:-/nonexistent}/stories260K-$kind.gguf
	if [ -r "$other" ]; then
		check "$kind" exits 0 '^generation: 32 tokens' \
			"$MUTSU" run "$other" -p 'Once upon a time' -n 32 --temp 0
	else
		skip "$kind" "MUTSU_MODELS has no stories260K-$kind.gguf"
	fi
done
finish
