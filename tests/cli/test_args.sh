#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Command lines that are wrong: exit status 2, a message that names what, and
# nothing is done.  Help succeeds, on stdout.

. tests/cli/cli.sh

prints() {			# PATTERN COMMAND...: on stdout, and succeeds
	wanted=$1
	shift
	exits 0 '' "$@" && [ ! -s "$tmp/err" ] && grep -q -e "$wanted" "$tmp/out"
}

check "--help" prints "usage: mutsu COMMAND" "$MUTSU" --help
check "-h" prints "usage: mutsu COMMAND" "$MUTSU" -h
check "help" prints "usage: mutsu COMMAND" "$MUTSU" help
check "--version" prints "^mutsu [0-9]" "$MUTSU" --version
for command in run info show tokenize perplexity bench; do
	check "help $command" prints "usage: mutsu $command" "$MUTSU" help $command
	check "$command --help" prints "usage: mutsu $command" "$MUTSU" $command --help
	check "$command -h" prints "usage: mutsu $command" "$MUTSU" $command -h
	check "$command --nonsense" refused "--nonsense: no such option" \
		"$MUTSU" $command --nonsense
done

check "no command" exits 2 "usage: mutsu COMMAND" "$MUTSU"
check "unknown command" refused "frobnicate: no such command" "$MUTSU" frobnicate
check "nearest command" refused "did you mean mutsu tokenize" "$MUTSU" tokenise
check "beginning of a command" refused "did you mean mutsu perplexity" "$MUTSU" perp
check "help of an unknown command" refused "no such command" "$MUTSU" help frobnicate
check "help of two commands" refused "one command" "$MUTSU" help run info

# Option, value, and what the message says about it.
while IFS='|' read -r option value pattern; do
	check "run $option '$value'" refused "$pattern" "$MUTSU" run "$option" "$value"
done <<'END'
-n|x|--predict x: not a whole number
-n||--predict : not a whole number
-n|5x|--predict 5x: not a whole number
-n| 5|not a whole number
-n|1.5|not a whole number
-n|-2|not between -1 and 2147483647
-n|99999999999999999999|not between
--predict|1e3|not a whole number
-c|-1|--ctx-size -1: not between 0 and
-c|4294967296|not between
-b|0|--batch-size 0: not between 1 and
-t|0|--threads 0: not between 1 and
-t|-4|not between
-t|100000|not between
--temp|hot|--temp hot: not a number
--temp|-1|--temp -1: not between 0 and
--temp|nan|not a number
--temp|inf|not a number
--temp|0.5.5|not a number
--top-k|-1|not between
--top-k|0.5|not a whole number
--top-p|1.5|--top-p 1.5: not between 0 and 1
--top-p|-0.1|not between
--min-p|2|not between 0 and 1
--typical|x|not a number
--repeat-penalty|-1|not between
--repeat-last-n|-2|not between -1
--frequency-penalty|1e9|not between
--presence-penalty|many|not a number
--seed|abc|--seed abc: not a whole number
-s|-2|not between -1
-s|9007199254740992|not between
--stop||the string is empty
--kv-type|q8|--kv-type q8: not one of f16, f32
--isa|avx|--isa avx: not one of ref, neon
--ctxsize|5|did you mean --ctx-size
--json=1|x|--json takes no value
--repeat|1|could be several
END

for option in -p -f -n -m --temp --stop --isa; do
	check "run $option without a value" refused "needs a value" "$MUTSU" run $option
done
check "unknown letter" refused "-x: no such option" "$MUTSU" run -x
check "-p and -f" refused "-p and -f" "$MUTSU" run -p a -f "$tmp/b"
check "two models" refused "b.gguf: one model" "$MUTSU" run a.gguf b.gguf
check "a model twice" refused "the model is b.gguf already" "$MUTSU" run a.gguf -m b.gguf
check "argument of info" refused "nothing to do with" "$MUTSU" info model.gguf
check "a model but no prompt" refused "no text: give it" "$MUTSU" run model.gguf
check "tokenize without text" refused "no text: give it" "$MUTSU" tokenize
check "--ids and --json" refused "one of them" "$MUTSU" tokenize -p a --ids --json
check "perplexity without text" refused "no text: give it" "$MUTSU" perplexity
check "perplexity of 0 chunks" refused "nothing to score" "$MUTSU" perplexity --chunks 0 -p a
check "perplexity of tiny chunks" refused "needs 4 tokens" "$MUTSU" perplexity -c 3 -p a
finish
