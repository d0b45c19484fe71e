#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mutsu run with the model that is built in: same choices, same text; where
# prompts come from; where the text ends.

. tests/cli/cli.sh

tells_a_story() {
	exits 0 '^generation: [0-9]+ tokens, [0-9.]+ tokens/s' "$MUTSU" run &&
		grep -q '[a-z]' "$tmp/out"
}

summary() {			# what the last command said
	for word in '^load: [0-9.]* s$' '^prompt: [0-9]* tokens, [0-9.]* tokens/s' \
		'^memory: .* at most; KV cache .* model file'; do
		grep -q "$word" "$tmp/err" || { echo "no line $word"; cat "$tmp/err"; return 1; }
	done
}

story=$(text)
check "tells a story" tells_a_story
check "with a summary" summary
check "greedy: the same twice" same "$story" "$(text)"
rest=${story#Once upon a time}
check "its first words are shown" [ "$rest" != "$story" ]
check "but not those that were given" same "$rest" "$(text -p 'Once upon a time')"
check "another prompt, another text" [ "$story" != "$(text -p 'The dog')" ]

sampled() {
	"$MUTSU" run -n 16 --temp 1 "$@" 2>/dev/null </dev/null
}
check "the same seed" same "$(sampled -s 7)" "$(sampled -s 7)"
different_seeds() {
	for s in 1 2 3 4 5 6; do sampled -s $s; done | sort -u | wc -l
}
check "different seeds" [ "$(different_seeds)" -gt 1 ]
check "random seeds" [ "$(sampled -n 64)" != "$(sampled -n 64)" ]

for t in 1 2 3 5; do
	check "$t threads" same "$story" "$(text -t $t)"
done
check "batches of 1" same "$story" "$(text -b 1)"
check "batches of 3" same "$story" "$(text -b 3)"
check "reference kernels" same "$story" "$(text --isa ref)"
check "KV cache of floats" [ -n "$(text --kv-type f32)" ]

check "-n 0" same "$(text -p Hello -n 0; echo end)" "$(echo; echo end)"
check "-n 1 begins -n 16" [ "${story#"$(text -n 1)"}" != "$story" ]
check "--echo" same "$(text --echo -p 'Once upon a time')" "$story"

# Where the prompt comes from.
printf 'Once upon a time\n' >"$tmp/prompt"
printf 'Once upon a time\n\n' >"$tmp/prompt2"
: >"$tmp/empty"
check "-f FILE" same "$rest" "$(text -f "$tmp/prompt")"
check "one newline is the file's" [ "$rest" != "$(text -f "$tmp/prompt2")" ]
stdin() {
	"$MUTSU" run --temp 0 -n 16 "$@" <"$tmp/prompt" 2>/dev/null
}
check "stdin" same "$rest" "$(stdin)"
check "-f -" same "$rest" "$(stdin -f -)"
check "-p is stronger than stdin" same "$(text -p 'The dog')" "$(stdin -p 'The dog')"
check "an empty prompt is one" [ -n "$(text -p '')" ]
check "an empty file is one" same "$(text -p '')" "$(text -f "$tmp/empty")"
check "no such file" fails "cannot open .*missing: No such file" \
	"$MUTSU" run -f "$tmp/missing"
check "a folder" fails "cannot read .*: Is a directory" "$MUTSU" run -f "$tmp"
check "a prompt of any bytes" exits 0 '' "$MUTSU" run -n 4 -p "$(printf 'a\377\376\303(\360\237b')"
head -c 4096 /dev/urandom >"$tmp/random"
check "a prompt of noise" exits 0 '' "$MUTSU" run -n 4 -c 8192 -f "$tmp/random"

# Where the text ends.
ends() {			# WHY ARGUMENTS...
	sentence=$1
	shift
	exits 0 "^generation: .*; $sentence" "$MUTSU" run --temp 0 "$@"
}
check "at -n" ends "as many as asked for" -n 4
check "by itself" ends "the model ended"
check "not by itself" ends "as many as asked for" -n 300 --ignore-eos
check "at the context's end" ends "the context is full" -c 16
check "at the context's end, whatever -n" ends "the context is full" -c 16 -n 100
check "at a stop string" ends "a stop string came" --stop 'was'

word=$(printf %s "$rest" | sed 's/^.* \([a-z][a-z]*\)[^a-z].*$/\1/')
stopped() {			# TEXT STOP...: the text ends where STOP began
	expected=$1
	shift
	same "$(text -p 'Once upon a time' "$@")$" "$expected$"
}
check "a stop string is not printed" stopped "${rest%%"$word"*}" --stop "$word"
check "one across tokens" stopped "${rest%%"${rest#?????}"}" --stop "$(printf %.9s "${rest#?????}")"
check "the first of two" stopped "${rest%%"$word"*}" --stop "no such words" -r "$word"
check "one that begins only" stopped "$rest" --stop "$word no such words"
check "a stop string that is no text" fails "not UTF-8" "$MUTSU" run --stop "$(printf '\251a')"

long=$(awk 'BEGIN { for (i = 0; i < 600; i++) printf "one day " }')
check "a prompt longer than the context" \
	fails "the prompt has [0-9]+ tokens, but the context holds 64: .*--ctx-size" \
	"$MUTSU" run -c 64 -p "$long"
check "a context nobody has memory for" exits 1 '^mutsu: ' "$MUTSU" run -c 2147483647 -n 1

check "-v says what is used" exits 0 '^seed: 5$' "$MUTSU" run -v -n 2 -s 5
check "model, device, context" grep -q '^device: cpu, .* kernels, [0-9]* threads, context' "$tmp/err"

if has_python; then
	"$MUTSU" run --json --temp 0 -n 16 -s 3 </dev/null >"$tmp/json" 2>"$tmp/err"
	fields() {
		json 'd["model"]["arch"] == "llama" and d["model"]["builtin"] and
		d["model"]["path"] is None and d["device"] == "cpu" and d["isa"] and
		d["threads"] > 0 and d["seed"] == 3 and d["stop"] == "limit" and
		d["tokens"] == 16 == len(d["token_ids"]) and
		d["prompt_tokens"] == len(d["prompt_token_ids"]) > 0 and
		d["timings"]["load_s"] >= 0 and d["timings"]["prompt_tokens_per_s"] > 0 and
		d["timings"]["generation_tokens_per_s"] > 0 and
		d["memory"]["rss_peak_bytes"] > 0 and d["memory"]["kv_bytes"] > 0 and
		d["memory"]["model_bytes"] > 0' <"$tmp/json"
	}
	check "--json has the fields" fields
	json_text() {
		python3 -c 'import json, sys; print(json.load(sys.stdin)["text"])' <"$tmp/json"
	}
	check "--json has the text" same "$rest" "$(json_text)"
	check "--json prints nothing else" [ ! -s "$tmp/err" ]
	"$MUTSU" run --json --echo -p 'Hello "you"' --stop e -n 64 </dev/null >"$tmp/json" 2>&1
	check "--json --echo" json 'd["prompt"] == "Hello \"you\""' <"$tmp/json"
	check "--json --stop" json 'd["stop"] == "string" and d["stop_string"] == "e" and
		"e" not in d["text"]' <"$tmp/json"
else
	skip "--json" "python3 is missing"
fi
finish
