#!/bin/sh
# SPDX-License-Identifier: MIT
#
# agx-as: options, the four forms of output, messages with their caret, and files
# that are whole or not there.

. tests/cli/cli.sh

as=${AGX_BIN:-build/bin}/agx-as
[ -x "$as" ] || {
	echo "Bail out! $as is missing"
	exit 1
}
# A pipe or a file, never a terminal, whatever the harness has.
unset NO_COLOR

printf 'mov r1, r2\n' >"$tmp/one.agx"
cat >"$tmp/two.agx" <<'END'
.kernel first
.threadgroup 64
.uniform src, buffer
.uniform n, u32[2]
.const k, f32 1.5
.local buffer_, 256
.preamble
	ldimm	r1l, 1
.endpreamble
	fmul	r1, r1, k
	stop
.end
.kernel second
	mov	r9, r2
.end
END

contents() {			# FILE PATTERN...: each is in the file
	file=$1
	shift
	for pattern; do
		grep -q -e "$pattern" "$file" || {
			echo "no /$pattern/ in:"
			cat "$file"
			return 1
		}
	done
}

# says STATUS TEXT COMMAND...: exit status, and exactly this on stderr.
says() {
	want=$1
	printf '%s\n' "$2" >"$tmp/want"
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	[ "$got" = "$want" ] && cmp -s "$tmp/want" "$tmp/err" && return
	echo "exit status $got, wanted $want, and on stderr:"
	diff "$tmp/want" "$tmp/err"
	return 1
}

bytes() {			# FILE: its bytes, in hexadecimal digits
	od -An -v -tx1 "$1" | tr -d ' \n'
}

prints() {			# PATTERN COMMAND...: on stdout, and succeeds
	pattern=$1
	shift
	exits 0 '' "$@" && [ ! -s "$tmp/err" ] && contents "$tmp/out" "$pattern"
}

check "--help" prints "^usage: agx-as" "$as" --help
check "-h" prints "^usage: agx-as" "$as" -h
check "--version" prints "^agx-as [0-9]" "$as" --version
check "no file" refused "which file" "$as"
check "two files" refused "one file at a time" "$as" a b
check "unknown option" refused "nonsense" "$as" --nonsense
check "unknown format" refused "format elf: expected raw, hex, c or kernel" "$as" -f elf x
check "unknown warning" refused "warn all: expected error" "$as" -W all x
check "preamble in text" refused "goes with --format raw" "$as" -p -f hex x
check "rule for nothing" refused "needs --output" "$as" -d x.d x
check "missing file" exits 1 "nothing.agx: No such file" "$as" "$tmp/nothing.agx"
check "a folder" exits 1 "Is a directory" "$as" "$tmp"

# --- forms of output

traps=$(printf '0800%.0s' 1 2 3 4 5 6 7 8)
raw() {
	"$as" --no-check -o "$tmp/raw" "$@" && bytes "$tmp/raw"
}
same_bytes() {			# WANTED ARGUMENTS...
	want=$1
	shift
	same "$(raw "$@")" "$want"
}
check "raw" same_bytes "7e05440a80008800$traps" "$tmp/one.agx"
check "raw, of one kernel" same_bytes "7e25440a80008800$traps" -k second "$tmp/two.agx"
check "raw, of the preamble" same_bytes "620401008800$traps" -k first -p "$tmp/two.agx"
"$as" --no-check "$tmp/one.agx" >"$tmp/raw"
check "raw, to stdout" same "$(bytes "$tmp/raw")" "7e05440a80008800$traps"
printf 'stop' | "$as" - >"$tmp/raw"
check "raw, from stdin" same "$(bytes "$tmp/raw")" "8800$traps"
check "raw, of several kernels" exits 1 "has 2 kernels; --kernel says whose" \
	"$as" "$tmp/two.agx" -o "$tmp/x"
check "no such kernel" exits 1 "has no kernel third" "$as" --no-check -k third "$tmp/two.agx"
check "no preamble" exits 1 "kernel second has no preamble" \
	"$as" --no-check -k second -p "$tmp/two.agx"

hex() {
	"$as" --no-check -f hex -o "$tmp/hex" "$tmp/two.agx" || return
	contents "$tmp/hex" '^; first, preamble (22 bytes)$' '^62040100 *ldimm    r1l, 1$' \
		'^; first (' '^8800 *stop$' '^; second (24 bytes)$' \
		'^7e25440a8000 *mov      r9, r2$'
}
check "hex" hex

c_source() {
	"$as" --no-check -f c -o "$tmp/two.c" "$tmp/two.agx" &&
		cat >"$tmp/main.c" <<'END' || return
#include "compute/isa/agx_kernel.h"
extern const struct agx_kernel agx_kernel_first, agx_kernel_second;
int main(void)
{
	const struct agx_kernel *k = &agx_kernel_first;

	return !(k->n_params == 2 && k->params[1].count == 2 && k->constants.start == 8 &&
		 k->constants.halves == 2 && k->constants.data[3] == 0x3f && k->shared == 256 &&
		 k->threadgroup[0] == 64 && k->preamble_size == 22 && k->preamble_regs == 16 &&
		 k->n_regs == 8 && !agx_kernel_second.preamble &&
		 agx_kernel_second.code_size == 24 &&
		 agx_kernel_second.n_regs == 24);
}
END
	cc -std=gnu11 -Wall -Wextra -Werror -I. -o "$tmp/main" "$tmp/main.c" "$tmp/two.c" &&
		"$tmp/main"
}
if command -v cc >/dev/null; then
	check "C source compiles, and has it all" c_source
else
	skip "C source compiles, and has it all" "cc is missing"
fi

container() {
	"$as" --no-check -f kernel -o "$tmp/two.agxk" "$tmp/two.agx" &&
		"$as" --no-check -f kernel -k second -o "$tmp/second.agxk" "$tmp/two.agx" &&
		[ "$(head -c 4 "$tmp/two.agxk")" = AGXK ] &&
		[ "$(wc -c <"$tmp/second.agxk")" -lt "$(wc -c <"$tmp/two.agxk")" ]
}
check "container" container

listing() {
	"$as" --no-check -f hex -l "$tmp/list" -o "$tmp/x" "$tmp/two.agx" &&
		contents "$tmp/list" '^first, preamble: 22 bytes, 16 register halves$' \
			'^first: .* 10 uniform halves, 256 bytes of threadgroup memory$' \
			"^     0  62040100 *$tmp/two.agx:8: ldimm	r1l, 1$" '^     4  8800$' \
			"^     0  7e25440a8000 *$tmp/two.agx:14: mov	r9, r2$"
}
check "listing" listing

mkdir "$tmp/inc dir"
printf '.equ INC, 3\n' >"$tmp/inc dir/a.inc"
printf '.include "b.inc"\n' >"$tmp/c.inc"
printf '.equ B, 4\n' >"$tmp/b.inc"
printf '.include "a.inc"\n.include "c.inc"\niadd r1, r2, INC + B + N\n' >"$tmp/include.agx"
includes() {
	"$as" --no-check -I "$tmp/inc dir" -D N=1 -d "$tmp/x.d" -f hex -o "$tmp/x" \
		"$tmp/include.agx" && contents "$tmp/x" 'iadd     r1, r2, 8' || return
	cat >"$tmp/want" <<END
$tmp/x: $tmp/include.agx $tmp/inc\\ dir/a.inc $tmp/c.inc $tmp/b.inc
$tmp/inc\\ dir/a.inc:
$tmp/c.inc:
$tmp/b.inc:
END
	diff "$tmp/want" "$tmp/x.d"
}
check "included files, definitions, rule for make" includes
check "definition without a value" prints 'iadd     r1, r2, 8' "$as" --no-check -f hex -DN \
	-I"$tmp/inc dir" "$tmp/include.agx"
check "included file is missing" exits 1 'cannot include a.inc: No such file' \
	"$as" -D N "$tmp/include.agx"
check "definition is wrong" exits 1 'command line: error: .r1. is a register' \
	"$as" -D r1=2 "$tmp/one.agx"

# --- messages

printf 'stop\n\tfadd\tr1, r2, r3q\n' >"$tmp/bad.agx"
caret=$(printf '%s\n' "$tmp/bad.agx:2:15: error: 'r3q' is not defined; expected an operand" \
	"	fadd	r1, r2, r3q" "	    	        ^")
check "place, line and caret" says 1 "$caret" "$as" -o "$tmp/x" "$tmp/bad.agx"

printf '.macro m x\n/* \303\244 */ bad \\x\n.endm\nm 1\n' >"$tmp/macro.agx"
caret=$(printf '%s\n' "$tmp/macro.agx:2:10: error: 'bad' is not an instruction or macro" \
	"/* ä */ bad 1" "        ^" "$tmp/macro.agx:4: note: in macro 'm'" "m 1")
check "expansions, and letters of two bytes" says 1 "$caret" "$as" -o "$tmp/x" "$tmp/macro.agx"

printf 'bad \033[31m\302\233 \377 x\n' >"$tmp/escape.agx"
caret=$(printf '%s\n' "$tmp/escape.agx:1:1: error: 'bad' is not an instruction or macro" \
	"bad ?[31m?? ? x" "^")
check "nothing that a terminal obeys" says 1 "$caret" "$as" -o "$tmp/x" "$tmp/escape.agx"

caret=$(printf '%s\n' "stdin:1:1: error: 'bad' is not an instruction or macro" "bad" "^")
from_stdin() {
	printf 'bad' | "$as" -o "$tmp/x" - 2>"$tmp/err" && return 1
	same "$(cat "$tmp/err")" "$caret"
}
check "stdin has a name" from_stdin

check "warnings" exits 0 '^[^ ]*:1:1: warning: .*undefined' "$as" -o "$tmp/x" "$tmp/one.agx"
check "-W error" exits 1 '^[^ ]*:1:1: error: .*undefined' "$as" -W error -o "$tmp/x" "$tmp/one.agx"
check "--no-check" says_nothing "$as" --no-check -o "$tmp/x" "$tmp/one.agx"

in_json() {
	"$as" --json -o "$tmp/x" "$tmp/bad.agx" 2>"$tmp/err" && return 1
	json "d['severity'] == 'error' and d['line'] == 2 and d['column'] == 15 and
	      d['file'].endswith('bad.agx') and 'r3q' in d['message'] and
	      d['text'] == '\tfadd\tr1, r2, r3q'.replace('\t', chr(9))" <"$tmp/err"
}
if has_python; then
	check "--json" in_json
else
	skip "--json" "python3 is missing"
fi

colored() {			# VARIABLES: through a terminal
	# shellcheck disable=SC2086 # several
	env $1 script -qec "$as -o $tmp/x $tmp/bad.agx" /dev/null </dev/null >"$tmp/out"
	grep -q "$(printf '\033')" "$tmp/out"
}
no_color() { ! colored NO_COLOR=1; }
bytes_to_terminal() {
	script -qec "$as --no-check $tmp/one.agx" /dev/null </dev/null >"$tmp/out" && return 1
	contents "$tmp/out" "standard output is a terminal"
}
if command -v script >/dev/null; then
	check "colours on a terminal" colored TERM=xterm
	check "NO_COLOR" no_color
	check "no bytes to a terminal" bytes_to_terminal
else
	skip "colours on a terminal" "script is missing"
	skip "NO_COLOR" "script is missing"
	skip "no bytes to a terminal" "script is missing"
fi

# --- files are whole

keeps() {			# a failure leaves what was there, and nothing beside it
	mkdir "$tmp/keep" && echo old >"$tmp/keep/out" || return
	"$as" -o "$tmp/keep/out" "$tmp/bad.agx" 2>/dev/null && return 1
	[ "$(cat "$tmp/keep/out")" = old ] && [ "$(ls "$tmp/keep")" = out ] &&
		"$as" --no-check -o "$tmp/keep/out" "$tmp/one.agx" && [ "$(ls "$tmp/keep")" = out ] &&
		[ "$(bytes "$tmp/keep/out")" = "7e05440a80008800$traps" ]
}
check "errors leave the old file" keeps
rights() {
	(umask 027 && "$as" --no-check -o "$tmp/rights" "$tmp/one.agx") &&
		[ "$(stat -c %a "$tmp/rights")" = 640 ]
}
check "rights are the user's" rights
check "a device is written to" "$as" --no-check -o /dev/null "$tmp/one.agx"
check "no such folder" exits 1 "no/x: No such file" "$as" --no-check -o "$tmp/no/x" "$tmp/one.agx"
if [ -e /dev/full ]; then
	check "a full disk" exits 1 "No space left" "$as" --no-check -o /dev/full "$tmp/one.agx"
	full_stdout() {
		"$as" --no-check "$tmp/one.agx" 2>"$tmp/err" >/dev/full && return 1
		contents "$tmp/err" "No space left"
	}
	check "a full disk behind stdout" full_stdout
fi

# --- the kernels of the tests

for kernel in tests/isa/kernels/*.agx; do
	check "$kernel" says_nothing "$as" -W error -o "$tmp/x" "$kernel"
done

finish
