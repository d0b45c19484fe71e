#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bench.sh - how fast: kernels, then tokens per second, beside llama.cpp's if
# llama-bench is in PATH or LLAMA_DIR
#
# MODEL is a GGUF file; the built-in model otherwise, which llama-bench cannot
# read without its file.  THREADS defaults to what the tool chooses.

set -eu

: "${B:=build}" "${MODEL:=}" "${THREADS:=}" "${LLAMA_DIR:=}"

if [ -x "$B/bin/bench-kernels" ]; then
	"$B/bin/bench-kernels"
	echo
fi

# shellcheck disable=SC2086 # an option or nothing
"$B/bin/mutsu" bench ${MODEL:+-m "$MODEL"} ${THREADS:+-t $THREADS} -p 128 -n 128

PATH=${LLAMA_DIR:+$LLAMA_DIR:$LLAMA_DIR/bin:}$PATH
if command -v llama-bench >/dev/null; then
	file=${MODEL:-$(find runtime/default_model -name '*.gguf' | head -n 1)}
	echo
	# shellcheck disable=SC2086
	llama-bench -m "$file" -p 128 -n 128 ${THREADS:+-t $THREADS}
else
	echo "llama-bench is not here (LLAMA_DIR=DIR): nothing to compare with"
fi
