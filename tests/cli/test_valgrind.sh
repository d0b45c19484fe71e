#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What sanitizers cannot see: memory that was never written.  And leaks, with
# the optimised build.

. tests/cli/cli.sh

skip_if MUTSU_SAN "valgrind" "sanitizers and valgrind exclude each other" && finish
skip_if MUTSU_EMULATED "valgrind" "it cannot look into an emulator" && finish
if ! valgrind --error-exitcode=9 -q true >/dev/null 2>&1; then
	skip "valgrind" "valgrind is missing"
	finish
fi

clean() {
	exits 0 '' valgrind --leak-check=full --error-exitcode=9 -q "$MUTSU" "$@"
}
echo "Once there was a dog who had a cat. One day they all ran far away" >"$tmp/text"
check "run" clean run -n 8 -t 2
check "run, reference kernels" clean run -n 8 -t 1 --isa ref
check "run: floats in the cache, small batches" clean run -n 4 --kv-type f32 -b 2 -p "the cat"
check "run: a stop string, JSON" clean run -n 8 --stop a --json
check "show" clean show --json
check "tokenize" clean tokenize -f "$tmp/text"
check "perplexity" clean perplexity -c 8 -f "$tmp/text"
check "info" clean info
for model in stories260K-Q4_K_M tiny-moe-F16; do
	file=${MUTSU_MODELS:-/nonexistent}/$model.gguf
	if [ -r "$file" ]; then
		check "run $model" clean run "$file" -n 2 -c 64 -p "Hello"
	else
		skip "run $model" "MUTSU_MODELS has no $model.gguf"
	fi
done

clean_failure() {		# an error's way out
	exits 1 '^mutsu: ' valgrind --leak-check=full --error-exitcode=9 -q "$MUTSU" "$@"
}
head -c 5000 runtime/default_model/mutsu-tiny-q8_0.gguf >"$tmp/cut.gguf"
check "a model that is none" clean_failure run "$tmp/cut.gguf" -p Hello
check "a prompt that is too long" clean_failure run -c 8 -f "$tmp/text"
finish
