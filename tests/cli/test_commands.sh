#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mutsu info, show, tokenize and perplexity: what they print.

. tests/cli/cli.sh

out() {				# PATTERN ARGUMENTS...
	line=$1
	shift
	"$MUTSU" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || { cat "$tmp/err"; return 1; }
	grep -Eq -e "$line" "$tmp/out" && return
	cat "$tmp/out"
	return 1
}
output() {
	"$MUTSU" "$@" </dev/null 2>/dev/null
}

check "info" out '^kernel: ' info
check "info: kernels and threads" out '^used here: cpu [(].*[)], [a-z0-9]+ kernels, [1-9][0-9]* threads' info
# The last CPU of those that this shell may run on, as "0-3,8" ends with it.
cpu=$(taskset -cp $$ 2>/dev/null | sed 's/.*[^0-9]\([0-9]*\)$/\1/')
on_one_cpu() {
	taskset -c "$cpu" "$MUTSU" info >"$tmp/out" && grep -q ' kernels, 1 threads$' "$tmp/out"
}
if [ -n "$cpu" ]; then
	check "info: one thread where one CPU is allowed" on_one_cpu
else
	skip "info: one thread where one CPU is allowed" "taskset is missing"
fi
check "info of a folder that is not there" exits 1 '^mutsu: ' "$MUTSU" info --root "$tmp/missing"

check "show" out '^tensors: [0-9]+' show
check "show: metadata" out '^ +string +general.architecture = llama$' show
check "show: totals" out '^ +Q8_0 +[0-9]+ tensors, [0-9]+ elements, ' show
check "show --meta" [ -z "$(output show --meta | grep '^tensors')" ]
check "show --tensors" [ -z "$(output show --tensors | grep '^metadata')" ]

check "tokenize" out "^ +1 -> '<s>'$" tokenize -p Hello
check "tokenize --no-bos" [ -z "$(output tokenize --no-bos -p Hello | grep '<s>')" ]
check "tokenize --ids" out '^\[1(, [0-9]+)+\]$' tokenize --ids -p Hello
check "tokenize parses <s>" out '^\[1\]$' tokenize --ids --no-bos -p '<s>'
check "tokenize --no-parse-special" out ', ' tokenize --ids --no-bos --no-parse-special -p '<s>'
check "tokenize nothing" same '[]' "$(output tokenize --ids --no-bos -p '')"
check "tokenize escapes what a terminal obeys" \
	[ -z "$(output tokenize -p "$(printf '\033[31m\377\n')" | tr -d '[:print:]\n')" ]
round_trip() {
	output tokenize --no-bos -p "$1" | sed "s/^ *[0-9]* -> '//; s/'\$//" | tr -d '\n' | sed 's/^ //'
}
check "tokens are the text" same 'Once, a dog ran.' "$(round_trip 'Once, a dog ran.')"

# The model's own kind of text, and something it never saw.
output run --temp 0 -n 200 --ignore-eos -c 256 --echo >"$tmp/story"
awk 'BEGIN { for (i = 0; i < 300; i++) printf "zq%d xk;", i * 7919 % 1000 }' >"$tmp/noise"
ppl() {
	output perplexity -c 32 "$@" | sed -n 's/^PPL = \([0-9]*\)\..* +\/- [0-9.]*$/\1/p'
}
check "perplexity of its own text" [ "$(ppl -f "$tmp/story")" -lt 10 ]
check "perplexity of noise" [ "$(ppl -f "$tmp/noise")" -gt 50 ]
check "perplexity of one chunk" exits 0 'chunk 1 of 1: PPL = ' \
	"$MUTSU" perplexity -c 32 --chunks 1 -f "$tmp/noise"
check "perplexity: one thread" same "$(ppl -f "$tmp/noise" -t 1)" "$(ppl -f "$tmp/noise" -t 3)"
check "perplexity of too little" fails "the text has [0-9]+ tokens, too few" \
	"$MUTSU" perplexity -p Hello
check "perplexity of no file" fails "cannot open .*missing" "$MUTSU" perplexity -f "$tmp/missing"

if has_python; then
	output info --json >"$tmp/json"
	check "info --json" json 'd["kernel"] and d["n_cpus"] > 0 and d["clusters"] and
		d["used"]["isa"] and d["memory_bytes"] > 0' <"$tmp/json"
	output show --json >"$tmp/json"
	check "show --json" json 'd["model"]["name"] and len(d["tensors"]) > 10 and
		d["tensors"][0]["shape"] and d["types"]["Q8_0"]["bytes"] > 0 and
		any(m["key"] == "general.architecture" for m in d["meta"])' <"$tmp/json"
	output tokenize --json -p 'Hello' >"$tmp/json"
	check "tokenize --json" json 'd["n_tokens"] == len(d["tokens"]) and
		d["tokens"][0] == {"id": 1, "text": "<s>"}' <"$tmp/json"
	output perplexity --json -c 32 -f "$tmp/noise" >"$tmp/json"
	check "perplexity --json" json 'd["ppl"] > 50 and d["ppl_error"] > 0 and d["chunks"] > 1 and
		d["tokens_scored"] == d["chunks"] * 15' <"$tmp/json"
else
	skip "--json" "python3 is missing"
fi
finish
