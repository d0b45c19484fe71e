#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh - compute of an unmodified Mesa, executed by agx-hook.so
#
# AGX_ORACLE names a folder with sid, a Debian sid system that has Mesa and its
# no-op DRM shim, and with tools, which has agxrun and agxtrace.so; the system sees
# the folder as /oracle.  Documentation/agx-hook.rst says how to make one.  Without
# it everything is skipped.  Runs as root (chroot).
#
#	tests/mesa/run.sh [programs] [corpus] [opencl] [llama] [ops]	default: all of them
#
# B is where the tree was built; MUTSU_CORPUS and MUTSU_MODELS are used if set.  OPS
# are operations of test-backend-ops, each of which gets OPS_SECONDS (600; 0: no limit)
# for its cases that match OPS_CASES.

. tests/lib/tap.sh

if [ -z "${AGX_ORACLE-}" ]; then
	skip "Mesa on the executor" "AGX_ORACLE is not set"
	finish
fi
if [ ! -x "$AGX_ORACLE/tools/agxrun" ] || [ ! -d "$AGX_ORACLE/sid/oracle/tools" ]; then
	skip "Mesa on the executor" "$AGX_ORACLE has no tools/agxrun or is not mounted as /oracle"
	finish
fi
: "${B:=build}" "${CC:=gcc}"
dir=$AGX_ORACLE/mutsu-$$
in=/oracle/mutsu-$$
mkdir "$dir" || exit 1
trap 'rm -rf "$dir"' EXIT
cp "$B/lib/agx-hook.so" "$dir" || exit 1
$CC -std=gnu11 -O2 -ffp-contract=off -o "$dir/check" tests/mesa/check.c \
	tests/mesa/programs.c -lm || exit 1

# A command in the system, with Honeykrisp on the no-op shim.
mesa() {			# PRELOAD ENVIRONMENT... COMMAND...
	preload=$1
	shift
	chroot "$AGX_ORACLE/sid" env \
		LD_PRELOAD="$preload:/usr/lib/x86_64-linux-gnu/libasahi_noop_drm_shim.so" \
		VK_DRIVER_FILES=/usr/share/vulkan/icd.d/asahi_icd.json XDG_RUNTIME_DIR=/tmp \
		MESA_SHADER_CACHE_DISABLE=true "$@"
}

# The two ways in: preloaded, and called by agxtrace.so.
hooked() {
	mesa "$in/agx-hook.so" "$@"
}

traced() {
	mesa /oracle/tools/agxtrace.so AGXTRACE=off AGXTRACE_HOOK="$in/agx-hook.so" "$@"
}

compile() {
	chroot "$AGX_ORACLE/sid" glslangValidator -V --target-env vulkan1.3 -S comp \
		"$in/shader.comp" -o "$in/shader.spv"
}

# Compiles and runs a shader; binding N's contents go to $dir/out.N.
run_shader() {			# hooked|traced FILE AGXRUN-OPTIONS...
	way=$1
	rm -f "$dir"/out.*
	cp "$2" "$dir/shader.comp" || return
	shift 2
	if ! compile >"$dir/log" || ! "$way" /oracle/tools/agxrun -q -o "$in/out" "$@" \
			"$in/shader.spv" >"$dir/log" 2>&1; then
		cat "$dir/log"
		return 1
	fi
	! grep agx-hook: "$dir/log"
}

program() {			# FILE
	# shellcheck disable=SC2046 # options
	run_shader hooked "$1" $(sed -n 's|^//RUN: ||p' "$1") || return
	# The output is the last binding.
	for out in "$dir"/out.*; do :; done
	name=${1##*/}
	"$dir/check" "${name%.comp}" "$out"
}

programs() {
	for f in tests/mesa/*.comp; do
		name=${f##*/}
		check "${name%.comp}" program "$f"
	done
}

# 6 units in the last place where the notes allow a tolerance, 1 of halves.
tolerance() {			# FOLDER
	if ! grep -qi tolerance "$1/notes"; then
		! grep -q 'NaN payloads' "$1/notes" || echo nan
	elif grep -q 'binding=1) buffer B { float16' "$1/shader.comp"; then
		echo -1
	else
		echo 6
	fi
}

corpus_shader() {		# FOLDER
	# shellcheck disable=SC2046 # options
	run_shader traced "$1/shader.comp" $(sed 's/^agxrun//' "$1/run.txt") || return
	for expected in "$1"/expected.*; do
		# shellcheck disable=SC2046 # none or one
		"$dir/check" -c "$expected" "$dir/out.${expected##*.}" $(tolerance "$1") || return
	done
}

corpus() {
	if [ -z "${MUTSU_CORPUS-}" ]; then
		skip corpus "MUTSU_CORPUS is not set"
		return
	fi
	for f in "$MUTSU_CORPUS"/*/; do
		f=${f%/}
		check "${f##*/}" corpus_shader "$f"
	done
}

# 0 + 1 + ... + 63, 64 + ... + 127, and so on.
opencl_sums() {
	cp tests/mesa/sums.cl "$dir" &&
	hooked RUSTICL_ENABLE=asahi OCL_ICD_VENDORS=/etc/OpenCL/vendors/rusticl.icd \
		/oracle/tools/clrun "$in/sums.cl" -k sums -g 256 -l 64 -b 1024:iotaf -b 16 \
		-L 256 >"$dir/log" 2>&1 &&
	grep -q '^arg 1: 44fc0000 45bf0000 461f8000 465f8000$' "$dir/log" &&
	! grep agx-hook: "$dir/log" && return
	cat "$dir/log"
	return 1
}

opencl() {
	if [ -x "$AGX_ORACLE/tools/clrun" ]; then
		check "OpenCL" opencl_sums
	else
		skip opencl "$AGX_ORACLE has no tools/clrun"
	fi
}

# --- llama.cpp ----------------------------------------------------------------------

tokens() {			# FILE ENVIRONMENT...
	file=$1
	shift
	hooked "$@" llama-simple -m "$in/model.gguf" -n 32 -ngl 99 'Once upon a time' \
		>"$dir/$file" 2>"$dir/log" && [ -s "$dir/$file" ] && ! grep agx-hook: "$dir/log"
}

# Without a Vulkan driver the CPU does it.
same_tokens() {
	start=$(date +%s.%N)
	if ! tokens cpu VK_DRIVER_FILES=/none || ! tokens agx || ! grep -q Honeykrisp "$dir/log"; then
		cat "$dir/log"
		return 1
	fi
	end=$(date +%s.%N)
	echo "$start $end" | awk '{ printf "%.1f s: ", $2 - $1 }'
	cat "$dir/agx"
	cmp "$dir/cpu" "$dir/agx"
}

llama() {
	model=${MUTSU_MODELS-}/stories260K-f32.gguf
	if [ ! -x "$AGX_ORACLE/sid/usr/bin/llama-completion" ]; then
		skip llama "the system has no llama-completion (llama.cpp-tools)"
	elif [ ! -e "$model" ]; then
		skip llama "MUTSU_MODELS has no stories260K-f32.gguf"
	else
		cp "$model" "$dir/model.gguf"
		check "32 greedy tokens are those of the CPU" same_tokens
	fi
}

# The cases of an operation, as many as there is time for; those that the driver does
# not support are not run.
op() {				# NAME
	start=$(date +%s) status=0
	case $1 in
	FLASH_ATTN_EXT) some=${OPS_CASES-kv=113,} ;;	# of 5300, large ones first
	*) some=${OPS_CASES-.*} ;;
	esac
	hooked timeout "$ops_seconds" "$backend_ops" -b Vulkan0 -o "$1" -p "$some" \
		>"$dir/log" 2>&1 || status=$?
	sed 's/\x1b\[[0-9;]*m//g' "$dir/log" >"$dir/text"
	ok=$(grep -c '): OK$' "$dir/text")
	echo "$ok cases in $(($(date +%s) - start)) s"
	[ "$status" != 124 ] || echo "stopped before the last one (OPS_SECONDS)"
	case $status in 0 | 124) ;; *) tail -n 20 "$dir/text"; return 1 ;; esac
	! grep -e FAIL -e agx-hook: "$dir/text" && [ "$ok" -gt 0 ]
}

ops() {
	ops_seconds=${OPS_SECONDS-600}
	for backend_ops in /usr/libexec/x86_64-linux-gnu/ggml/test-backend-ops \
			   /usr/libexec/x86_64-linux-gnu/llama.cpp-tests/test-backend-ops; do
		[ ! -x "$AGX_ORACLE/sid$backend_ops" ] || break
	done
	if [ ! -x "$AGX_ORACLE/sid$backend_ops" ]; then
		skip test-backend-ops "the system has no test-backend-ops (llama.cpp-tests)"
		return
	fi
	for name in ${OPS-ADD MUL RMS_NORM SOFT_MAX ROPE GET_ROWS CPY MUL_MAT FLASH_ATTN_EXT}; do
		check "$name" op "$name"
	done
}

[ $# -gt 0 ] || set -- programs corpus opencl llama ops
for part; do
	case $part in
	programs | corpus | opencl | llama | ops) "$part" ;;
	*) echo "run.sh: $part: not one of programs corpus opencl llama ops" >&2; exit 2 ;;
	esac
done
finish
