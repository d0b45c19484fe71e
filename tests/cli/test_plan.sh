#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mutsu plan: sizes of known models against those of their files, what fits where,
# and rates worked out by hand.

. tests/cli/cli.sh

plan() {
	"$MUTSU" plan "$@" </dev/null 2>/dev/null
}

# row CHIP PATTERN ARGUMENTS...: the line of that chip matches.
row() {
	chip=$1 pattern=$2
	shift 2
	plan "$@" >"$tmp/out"
	grep "^$chip " "$tmp/out" | grep -Eq -e "$pattern" && return
	cat "$tmp/out"
	return 1
}
says() {			# PATTERN ARGUMENTS...
	pattern=$1
	shift
	plan "$@" >"$tmp/out"
	grep -Eq -e "$pattern" "$tmp/out" && return
	cat "$tmp/out"
	return 1
}

check "70B in 4 bits fits 96 GB" row 'M2 Max' ' yes ' llama-70b:q4_0 --mem 96
check "and not 32 GB" row 'M1 Pro' ' no ' llama-70b:q4_0 --mem 32
check "what it fits from" row 'M2 Max' ' 64 GiB ' llama-70b:q4_0
check "less context, the same" row 'M3 Max' ' 48 GiB ' llama-70b:q4_0 -c 100
check "more context, more memory" row 'M3 Max' ' 96 GiB ' llama-70b:q4_0 -c 100000
check "the KV cache in f32 is twice as large" says 'KV cache 1.0 GiB \(f32\)' \
	llama-8b:q4_0 --kv-type f32
check "nothing reserved" row 'M1' ' yes ' llama-8b:q4_0 --mem 5.2 --reserve 0
check "a little reserved" row 'M1' ' no ' llama-8b:q4_0 --mem 5.2 --reserve 0.5
check "the type's default" same "$(plan llama-8b)" "$(plan llama-8b:q4_0)"
check "types in capitals" same "$(plan llama-8b:Q4_K_M)" "$(plan llama-8b:q4_k_m)"
check "all chips" [ "$(plan llama-8b | grep -cE '^M[123] .*(GPU|CPU)')" -eq 12 ]
check "one chip" [ "$(plan llama-8b --chip m1pro | grep -cE '^M[123] .*(GPU|CPU)')" -eq 1 ]
check "M3: no driver" says 'no driver for the GPU of M3' llama-8b --chip m3
check "M3: no rate of prompts" row 'M3' ' CPU .* -$' llama-8b --chip m3
check "bounds are called bounds" says 'upper bounds, .*published' llama-8b
check "the built-in model" says '^model: mutsu-tiny' --chip m1

check "help" says 'llama-70b' --help
check "help plan" same "$(plan --help)" "$("$MUTSU" help plan)"
check "no such model" fails 'llama-9b: no such file, and not one of' "$MUTSU" plan llama-9b
check "no such file" fails 'missing.gguf: no such file' "$MUTSU" plan "$tmp/missing.gguf"
check "no such type" fails 'llama-8b:q9: unknown type q9; f32' "$MUTSU" plan llama-8b:q9
check "no such chip" refused 'm9: not one of m1, m1pro' "$MUTSU" plan llama-8b --chip m9
check "no such memory" refused 'not between' "$MUTSU" plan llama-8b --mem 0
check "no such context" refused 'not between' "$MUTSU" plan llama-8b -c -1
printf 'GGUF\003\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000' \
	>"$tmp/empty.gguf"
check "a file that is no model" fails 'empty: metadata .*missing' "$MUTSU" plan "$tmp/empty.gguf"

if has_python; then
	# Bytes of files that llama.cpp's converter made, within a hundredth.
	size() {		# MODEL BYTES
		plan "$1" --json >"$tmp/json"
		json "abs(d['model']['weight_bytes'] / $2 - 1) < 0.01" <"$tmp/json"
	}
	check "size of llama-8b:q4_k_m" size llama-8b:q4_k_m 4920734272
	check "size of llama-8b:q8_0" size llama-8b:q8_0 8540770880
	check "size of llama-70b:q4_k_m" size llama-70b:q4_k_m 42520393152
	check "size of llama-1b:q4_k_m" size llama-1b:q4_k_m 807694464
	check "size of llama-8b:f16" size llama-8b:f16 16068890912

	# Parameters of the models' cards.
	parameters() {		# MODEL NUMBER
		plan "$1" --json >"$tmp/json"
		json "abs(d['model']['n_params'] / $2 - 1) < 0.002" <"$tmp/json"
	}
	check "parameters of llama-1b" parameters llama-1b 1.2358e9
	check "parameters of llama-3b" parameters llama-3b 3.2127e9
	check "parameters of llama-8b" parameters llama-8b 8.0303e9
	check "parameters of llama-70b" parameters llama-70b 70.554e9
	check "parameters of mistral-7b" parameters mistral-7b 7.248e9
	check "parameters of mixtral-8x7b" parameters mixtral-8x7b 46.703e9
	check "parameters of phi3-mini" parameters phi3-mini 3.821e9
	check "parameters of qwen3-4b" parameters qwen3-4b 4.022e9
	check "parameters of qwen3-8b" parameters qwen3-8b 8.191e9
	check "parameters of qwen3-32b" parameters qwen3-32b 32.762e9

	plan llama-8b:f16 -c 1000 --chip m1max --mem 64 --json >"$tmp/json"
	# 32 layers, K and V, 8 heads of 128; 2.6 GHz of products: half of 10.6e12.
	check "KV cache" json 'd["kv_bytes"] == 32 * 2 * 8 * 128 * 2 * 1000' <"$tmp/json"
	check "one row of the embedding is read" json 'd["model"]["weight_bytes"] -
		d["model"]["read_bytes_per_token"] == 128255 * 4096 * 2' <"$tmp/json"
	check "products of a prompt" json 'd["model"]["macs_per_prompt_token"] == 32 *
		(4096 * 4096 * 2 + 2 * 4096 * 1024 + 3 * 4096 * 14336)' <"$tmp/json"
	check "rates" json '(lambda c, m: len(d["chips"]) == 1 and c["fits"] and
		abs(c["generation_first_tokens_per_s"] * m["read_bytes_per_token"] / 400e9 - 1) < 1e-4
		and abs(c["generation_last_tokens_per_s"] *
			(m["read_bytes_per_token"] + d["kv_bytes"]) / 400e9 - 1) < 1e-4
		and abs(c["prompt_tokens_per_s"] * m["macs_per_prompt_token"] / 5.3e12 - 1) < 1e-4)(
		d["chips"][0], d["model"])' <"$tmp/json"
	check "it says what kind of numbers" json '"not measurements" in d["kind"]' <"$tmp/json"
	check "needed" json 'd["needed_bytes"] == d["model"]["weight_bytes"] + d["kv_bytes"] +
		d["work_bytes"] and d["memory_bytes"] == 64 << 30' <"$tmp/json"

	plan mixtral-8x7b:f16 --json >"$tmp/json"
	check "two experts of eight are read" json '0.27 < d["model"]["read_bytes_per_token"] /
		d["model"]["weight_bytes"] < 0.28' <"$tmp/json"
	check "M3 in JSON" json '[c for c in d["chips"] if c["chip"] == "m3"][0] ["device"] == "cpu"
		and [c for c in d["chips"] if c["chip"] == "m3"][0]["prompt_tokens_per_s"] is None' \
		<"$tmp/json"

	# Of files: what mutsu run says of the same.
	plan --json -c 256 >"$tmp/json"
	"$MUTSU" run --json -n 2 -c 256 >"$tmp/run" 2>/dev/null </dev/null
	check "as mutsu run has it" json "d['kv_bytes'] == $(sed \
		's/.*"kv_bytes": \([0-9]*\).*/\1/' "$tmp/run")" <"$tmp/json"
	for file in tiny-moe-F16 tiny-gemma3-F16; do
		if [ -e "${MUTSU_MODELS:-/missing}/$file.gguf" ]; then
			plan "$MUTSU_MODELS/$file.gguf" --json >"$tmp/json"
			check "$file" json '0 < d["model"]["read_bytes_per_token"] <
				d["model"]["weight_bytes"] + 1 and d["kv_bytes"] > 0' <"$tmp/json"
			cp "$tmp/json" "$tmp/window"
		else
			skip "$file" "MUTSU_MODELS does not have it"
		fi
	done
	[ ! -s "$tmp/window" ] || check "gemma3: windows are read, not all" json '
		d["model"]["kv_read_bytes_at_end"] < d["kv_bytes"]' <"$tmp/window"
else
	skip "--json" "python3 is missing"
fi
finish
