#!/bin/sh
# SPDX-License-Identifier: MIT
#
# agx-dis: what it reads and prints, that agx-as makes the same bytes of it, what
# it says of wrong input.

. tests/lib/tap.sh

: "${AGX_BIN:=build/bin}"
dis=$AGX_BIN/agx-dis as=$AGX_BIN/agx-as
[ -x "$dis" ] || {
	echo "Bail out! $dis is missing"
	exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# exits STATUS PATTERN COMMAND...: it does, and PATTERN is in what it says on
# stderr; without a PATTERN it says nothing there.
exits() {
	want=$1 pattern=$2
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	if [ "$got" -eq "$want" ]; then
		if [ "$pattern" ]; then
			grep -Eq -e "$pattern" "$tmp/err" && return
		else
			[ ! -s "$tmp/err" ] && return
		fi
	fi
	echo "exit status $got, wanted $want, and on stderr /$pattern/ in:"
	cat "$tmp/err"
	return 1
}

refused() {
	exits 2 "$@" && [ ! -s "$tmp/out" ]
}

# prints PATTERN COMMAND...: on stdout, and succeeds.
prints() {
	wanted=$1
	shift
	exits 0 '' "$@" || return
	grep -Eq -e "$wanted" "$tmp/out" && return
	echo "no /$wanted/ in:"
	cat "$tmp/out"
	return 1
}

bytes() {			# HEX-DIGITS: as binary
	printf '%b' "$(echo "$1" | fold -w 2 | awk '{
		digits = "0123456789abcdef"
		high = index(digits, substr($1, 1, 1)) - 1
		low = index(digits, substr($1, 2, 1)) - 1
		printf "\\0%03o", 16 * high + low
	}')"
}

# --- command lines --------------------------------------------------------------

check "--help" prints "^usage: agx-dis" "$dis" --help
check "-h" prints "^usage: agx-dis" "$dis" -h
check "--version" prints "^agx-dis [0-9]" "$dis" --version
check "no file" refused "no FILE" "$dis"
check "two files" refused "one FILE at a time" "$dis" a b
check "unknown option" refused "nonsense" "$dis" --nonsense a
check "--regs 0" refused "not a number from 1 to 256" "$dis" --regs 0 a
check "--regs 257" refused "not a number from 1 to 256" "$dis" --regs 257 a
check "--uniforms x" refused "not a number from 1 to 512" "$dis" --uniforms x a
check "--address" refused "not an address" "$dis" --address here a
check "--entry -1" refused "not an offset" "$dis" --entry -1 a
check "missing file" exits 1 "$tmp/none: No such file" "$dis" "$tmp/none"

# --- one program in all forms ------------------------------------------------------

# mov, iadd, if, load, wait, pop_exec, store, stop
hex=720110040e01c0865800000052084002000005110c0e00c012003800520e00000000
hex=${hex}4511000e10c012008800
echo "$hex" | fold -w 30 >"$tmp/a.hex"
bytes "$hex" >"$tmp/a.bin"

check "hex is detected" prints "^	iadd     r0, \^r0.sx, u4.sx$" "$dis" "$tmp/a.hex"
check "binary is detected" prints "^	iadd     r0, \^r0.sx, u4.sx$" "$dis" "$tmp/a.bin"
check "indentation" prints "^	  load     r2, du6" "$dis" "$tmp/a.bin"
check "--hex" prints "^	stop  +;   2a: 8800$" "$dis" --hex "$tmp/a.bin"
check "--offsets" prints "^	stop  +; 102a$" "$dis" --offsets --address 0x1000 "$tmp/a.bin"
check "--raw" prints "^   4: 0e01c08658000000       iadd     r0, \^r0.sx, u4.sx$" \
	"$dis" --raw "$tmp/a.bin"
check "--entry" prints "^	iadd" "$dis" --entry 4 "$tmp/a.bin"
check "--entry behind the end" exits 1 "it has 44 bytes, nothing at 0x64" \
	"$dis" --entry 100 "$tmp/a.bin"

standard_input() {
	"$dis" - <"$tmp/a.bin" >"$tmp/1" && "$dis" "$tmp/a.hex" >"$tmp/2" &&
		cmp "$tmp/1" "$tmp/2"
}
check "standard input" standard_input

# A program within others: from its first instruction to its stop.
{ printf '\210\0\10\0'; cat "$tmp/a.bin"; printf '\10\0\377\377\377'; } >"$tmp/within"
ends_with_it() {
	"$dis" --entry 4 "$tmp/within" | diff - "$tmp/2"
}
check "--entry ends with the program" ends_with_it

# --- wrong input ---------------------------------------------------------------------

bytes f2011004ffff8800 >"$tmp/bad.bin"
check "no instruction" exits 1 "bad.bin: 0x4" "$dis" "$tmp/bad.bin"
up_to_there() {
	[ "$(grep -v '^	[.]' "$tmp/out")" = '	mov      $r0, thread_in_grid_x' ]
}
check "printed as far as it goes" up_to_there
check "--keep-going fails, too" exits 1 "bad.bin: 0x4" "$dis" -k "$tmp/bad.bin"
data() {
	grep -q "^	.hword   0xffff" "$tmp/out" && grep -q "^	stop" "$tmp/out"
}
check "--keep-going prints data" data
bytes f201100405 >"$tmp/short.bin"
check "cut short" exits 1 "0x4: the code ends inside an instruction" "$dis" "$tmp/short.bin"
check "--keep-going of it" exits 1 "0x4" "$dis" -k "$tmp/short.bin"
a_byte() {
	grep -q "^	.byte    0x05" "$tmp/out"
}
check "prints a byte" a_byte
: >"$tmp/empty"
check "empty file" exits 1 "it has 0 bytes" "$dis" "$tmp/empty"
printf '8800 880' >"$tmp/half.hex"
check "half a byte" exits 1 "half a byte" "$dis" "$tmp/half.hex"
check "--hex-input" exits 1 "no hexadecimal digit" "$dis" --hex-input "$tmp/a.bin"
printf '88008800' >"$tmp/digits"
check "--binary" exits 1 "digits: 0x" "$dis" --binary "$tmp/digits"
printf 'AGXK\1\0\0\0' >"$tmp/short.agxk"
check "damaged kernel" exits 1 "short.agxk: " "$dis" "$tmp/short.agxk"

# --- statistics and hazards ---------------------------------------------------------

check "--stats" prints "^instructions  8$" "$dis" --stats "$tmp/a.bin"
check "registers" prints "^registers     6 halves$" "$dis" --stats "$tmp/a.bin"
check "hazard: r0l is data" exits 1 "" "$dis" --check "$tmp/a.bin"
found() {
	grep -q "^0xc: flow: r0l, the nest counter" "$tmp/out"
}
check "it is told" found

# Without the if: nothing, with a wait less: something, with few registers, too.
good=720110040e01c0865800000005110c0e00c0120038004511000e10c012008800
echo "$good" >"$tmp/good.hex"
echo "$good" | sed 's/3800//' >"$tmp/hasty.hex"
check "no hazard" exits 0 "" "$dis" --check "$tmp/good.hex"
silent "no text either" "$dis" --check "$tmp/good.hex"
check "hazard" exits 1 "" "$dis" --check "$tmp/hasty.hex"
hasty() {
	grep -q "^0x14: wait: r2 is read here, but the load at 0xc (group a)" "$tmp/out" &&
		grep -q "^	store    r2" "$tmp/out"
}
check "with what to do" hasty
check "--regs" exits 1 "" "$dis" --check --regs 5 "$tmp/good.hex"
check "--uniforms" exits 1 "" "$dis" --check --uniforms 16 "$tmp/good.hex"
echo c500803d008030008800 >"$tmp/pre.hex"
check "uniform written" exits 1 "" "$dis" --check "$tmp/pre.hex"
wants_preamble() {
	grep -q "only be written in a preamble" "$tmp/out"
}
check "in a preamble only" wants_preamble

if command -v python3 >/dev/null; then
	json() {		# EXPRESSION ARGUMENTS...: true for the first program p
		expression=$1
		shift
		"$dis" "$@" | python3 -c 'import json, sys
p = json.load(sys.stdin)["programs"][0]
if not eval("(" + sys.argv[1] + ")"): sys.exit("not so: " + sys.argv[1] + json.dumps(p))' \
			"$expression"
	}
	check "--json" json 'p["instructions"] == 6 and p["classes"]["load"] == 1 and
		p["code_size"] == 32 and p["registers"] == 6 and p["kernel"] is None' \
		--json "$tmp/good.hex"
	check "--json --check" json 'p["hazards"][0]["hazard"] == "wait" and
		p["hazards"][0]["offset"] == 20 and "instructions" not in p' \
		--json --check "$tmp/hasty.hex"
	check "--json of both" json 'p["hazards"] == [] and p["issue_cycles"] == 6.0' \
		--json --check --stats "$tmp/good.hex"
else
	skip "--json" "python3 is missing"
fi

# --- control streams -----------------------------------------------------------------

cdm=121000000080f8ff000100000100000001000000400000000100000001000000
echo "${cdm}ffff0f600000004000000000" >"$tmp/cdm.hex"
check "--cdm" prints "^launch .*256 1 1.*64 1 1" "$dis" --cdm "$tmp/cdm.hex"
check "--cdm --hex" prints "^  24: 00000040 00000000 +terminate" "$dis" --cdm --hex "$tmp/cdm.hex"
check "--cdm ends inside" exits 1 "0x0: " "$dis" --cdm --binary "$tmp/digits"
usc=1d00800084f6ff2f4d9000000d0c00c0faff8d010001380080c08040fbff
echo "$usc" >"$tmp/usc.hex"
check "--usc" prints "^uniform " "$dis" --usc "$tmp/usc.hex"
echo ff >"$tmp/usc.bad"
check "--usc of something else" exits 1 "0x0: " "$dis" --usc "$tmp/usc.bad"

# --- back through the assembler -------------------------------------------------------

# Text and back.
same_again() {			# HEX-FILE DIS-OPTION AS-OPTION
	# shellcheck disable=SC2086 # no option is no argument
	"$dis" $2 "$1" >"$tmp/text" && "$as" --no-check $3 -o "$tmp/again" "$tmp/text" || return
	bytes "$(tr -d ' \n' <"$1")" | cmp - "$tmp/again"
}

with_comments() {
	"$dis" --hex "$tmp/a.bin" >"$tmp/text" && "$as" --no-check -o "$tmp/again" "$tmp/text" &&
		cmp "$tmp/a.bin" "$tmp/again"
}
[ ! -x "$as" ] || check "--hex assembles" with_comments

echo 72011004ffff88000800 >"$tmp/data.hex"
data_again() {
	exits 1 "0x4, bit" "$dis" -k "$tmp/data.hex" || return
	"$as" --no-check -o "$tmp/again" "$tmp/out" && bytes "$(cat "$tmp/data.hex")" |
		cmp - "$tmp/again"
}
check "data" data_again

# What Mesa's disassembler printed: the first program of each kind.
as_mesa_does() {			# HEX-FILE DISASM PART
	"$dis" --raw "$1" >"$tmp/1"
	sed -n "/^; $3/,/^; [^$(printf %.1s "$3")]/p" "$2" | grep -v '^;' |
		head -n "$(wc -l <"$tmp/1")" | diff "$tmp/1" -
}

containers() {
	for source in tests/isa/kernels/*.agx; do
		"$as" -f kernel -o "$tmp/1.k" "$source" && "$dis" "$tmp/1.k" >"$tmp/text" &&
			"$as" -f kernel -o "$tmp/2.k" "$tmp/text" && cmp "$tmp/1.k" "$tmp/2.k" || return
		exits 0 "" "$dis" --check "$tmp/1.k" || return
	done
}

corpus=${MUTSU_CORPUS:-}
if [ ! -d "$corpus" ]; then
	skip corpus "MUTSU_CORPUS is not set"
else
	of_corpus() {		# COMMAND...: with each of the corpus's programs
		for dir in "$corpus"/[0-9]*; do
			"$1" "$dir/code.hex" "$dir/disasm.txt" "main shader" || return
			"$1" "$dir/preamble.hex" "$dir/disasm.txt" preamble || return
		done
	}
	check "--raw is what Mesa prints" of_corpus as_mesa_does
	no_hazards() {
		case $1 in
		*/preamble.hex) exits 0 "" "$dis" --check --preamble "$1" ;;
		*) exits 0 "" "$dis" --check "$1" ;;
		esac
	}
	check "Mesa's programs have no hazards" of_corpus no_hazards
	if [ -x "$as" ]; then
		again() {
			case $1 in
			*/preamble.hex) same_again "$1" --preamble --preamble ;;
			*) same_again "$1" "" "" ;;
			esac
		}
		check "agx-as makes the same bytes" of_corpus again
	else
		skip "agx-as makes the same bytes" "agx-as is missing"
	fi
	# The first column of a list of encodings, as one program.
	column() {		# FILE
		case $1 in
		*.xz) xz -dc "$1" ;;
		*) cat "$1" ;;
		esac | awk '{ print $1 }' >"$tmp/list.hex"
		"$dis" "$tmp/list.hex" >"$tmp/text" || return
		! grep -E '[.](hword|byte)' "$tmp/text" || return
		"$as" --no-check -o "$tmp/1" "$tmp/text" && "$dis" --raw "$tmp/list.hex" >"$tmp/2" &&
			"$dis" --raw --binary "$tmp/1" | diff "$tmp/2" - >"$tmp/out" && return
		head "$tmp/out"
		return 1
	}
	check "encodings of compiled shaders" column "$corpus/disasm-real.txt"
	if command -v xz >/dev/null; then
		check "random encodings" column "$corpus/disasm-fuzz.txt.xz"
	else
		skip "random encodings" "xz is missing"
	fi
	streams() {
		for dir in "$corpus"/[0-9]*; do
			exits 0 "" "$dis" --cdm "$dir/cdm.hex" || return
			grep -q "^terminate" "$tmp/out" || return
			exits 0 "" "$dis" --usc "$dir/usc.hex" || return
		done
	}
	check "control streams of the corpus" streams
fi
if [ -x "$as" ]; then
	check "containers" containers
	printf '.kernel a\nstop\n.end\n.kernel b\ntrap\n.end\n' >"$tmp/two.agx"
	"$as" --no-check -f kernel -o "$tmp/two.k" "$tmp/two.agx"
	check "--kernel" prints "^	.kernel b$" "$dis" --kernel b "$tmp/two.k"
	check "only that" [ "$(grep -c "[.]kernel" "$tmp/out")" -eq 1 ]
	check "no such kernel" exits 1 "no kernel c" "$dis" --kernel c "$tmp/two.k"
	hazards_of_b() {
		exits 1 "" "$dis" --check "$tmp/two.k" && grep -q "^b (" "$tmp/out"
	}
	check "hazards by kernel" hazards_of_b
else
	skip containers "agx-as is missing"
fi
finish
