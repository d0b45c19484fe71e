#!/bin/sh
# SPDX-License-Identifier: MIT
#
# agx-emu: kernels with arguments, memory images, the corpus; what it says of faults,
# races and wrong command lines.

. tests/lib/tap.sh

: "${AGX_BIN:=build/bin}"
emu=$AGX_BIN/agx-emu
as=$AGX_BIN/agx-as
for tool in "$emu" "$as"; do
	[ -x "$tool" ] || {
		echo "Bail out! $tool is missing"
		exit 1
	}
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# exits STATUS PATTERN COMMAND...: it does, and says PATTERN on stderr.
exits() {
	want=$1 pattern=$2
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	if [ "$got" -eq "$want" ] && ! grep -q Sanitizer "$tmp/err"; then
		[ -z "$pattern" ] || grep -q -e "$pattern" "$tmp/err" && return
	fi
	echo "exit status $got, wanted $want, and on stderr /$pattern/ in:"
	cat "$tmp/err"
	return 1
}

# gives TEXT COMMAND...: succeeds with it on stdout; spaces are all alike.
gives() {
	wanted=$1
	shift
	exits 0 '' "$@" || return
	[ "$(tr -s ' \n' ' ' <"$tmp/out")" = "$wanted" ] && return
	echo "not '$wanted' but:"
	cat "$tmp/out"
	return 1
}

# says PATTERN STATUS COMMAND...: it is on stdout.
says() {
	wanted=$1 status=$2
	shift 2
	exits "$status" '' "$@" || return
	grep -q -e "$wanted" "$tmp/out" && return
	echo "no /$wanted/ in:"
	cat "$tmp/out"
	return 1
}

cat >"$tmp/saxpy.agx" <<'END'
.kernel saxpy
.uniform x, buffer
.uniform y, buffer
.uniform a, f32
.uniform n, u32
	mov r1, thread_in_grid_x
	@if r1, n, ult
	load r2, x, r1, i32, x, a
	load r3, y, r1, i32, x, a
	wait a
	ffma r3, r2, a, r3
	store r3, y, r1, i32, x, a
	@endif
.end
END

# Of each kind of parameter, what arrives.
cat >"$tmp/params.agx" <<'END'
.kernel params
.uniform out, buffer
.uniform big, u64
.uniform s, s32
.uniform h, f16
.uniform v, u16[3]
.threadgroup 1, 1, 1
	mov r1, thread_in_grid_x
	mov r2, big.lo
	mov r3, big.hi
	mov r4, s
	mov r5l, h
	mov r5h, v[0]
	mov r6l, v[1]
	mov r6h, v[2]
	store r2_r3_r4_r5, out, 0, i32, xyzw, a
	store r6, out, 4, i32, x, a
.end
END

# Threads say where they are: threadgroup, its size, the SIMD-group.
cat >"$tmp/where.agx" <<'END'
.kernel where
.uniform out, buffer
	mov r1, thread_in_grid_x
	mov r2, threadgroup_in_grid_x
	mov r3, threads_per_threadgroup_x
	iadd r2, r3, r2, lsl 4
	store r2l, out, r1, i8, x, a
.end
END

# A threadgroup of two SIMD-groups turns its words round.
cat >"$tmp/turn.agx" <<'END'
.kernel turn
.uniform out, buffer
.shared 256
.threadgroup 64, 1, 1
	mov r1, thread_index_in_threadgroup
	imul r2, r1, 4
	mov r2l, r2l
	lstore r1, r2l, 0, i32, x
	.ifndef RACE
	barrier
	.endif
	isub r3, 63, r1
	imul r3, r3, 4
	mov r3l, r3l
	lload r4, r3l, 0, i32, x
	mov r1, thread_in_grid_x
	store r4, out, r1, i32, x, a
.end
END

# Everybody writes the same word.
printf '.kernel everybody\n.uniform out, buffer\nmov r1, thread_in_grid_x
store r1, out, 0, i32, x, a\n.end\n' >"$tmp/everybody.agx"

printf '.kernel pointer\n.uniform p, u64\nmov r1, 1\nstore r1, p, 0, i32, x, a\n.end\n' \
	>"$tmp/pointer.agx"
printf '.kernel none\n.uniform out, buffer\n.end\n' >"$tmp/none-but-stop.agx"
# The preamble's sum arrives in a uniform.
printf '.kernel sum\n.uniform out, buffer\n.uniform n, u16\n.computed s, u16
.preamble\nmov r1l, n\niadd r1l, r1l, 5\nmov s, r1l\n.endpreamble
mov r2l, s\nstore r2l, out, 0, i16, x, a\n.end\n' >"$tmp/preamble.agx"
printf '.kernel forever\n@loop\n@endloop\n.end\n' >"$tmp/forever.agx"
printf '.kernel one\nmov r1, 1\n.end\n.kernel two\nmov r1, 2\n.end\n' >"$tmp/two.agx"

# --- command lines -----------------------------------------------------------------

check "--help" says "^usage: agx-emu" 0 "$emu" --help
check "--version" says "^agx-emu [0-9]" 0 "$emu" --version

while IFS='|' read -r pattern args; do
	# shellcheck disable=SC2086 # several
	check "refused: $args" exits 2 "$pattern" "$emu" $args
done <<END
which kernel|
no such option|--frobnicate
needs a value|-g
how many threads|$tmp/saxpy.agx
--grid 1,2,3,4|$tmp/saxpy.agx -g 1,2,3,4
--grid x|$tmp/saxpy.agx -g x
one kernel at a time|$tmp/saxpy.agx $tmp/turn.agx -g 1
--threads x: not a number|$tmp/saxpy.agx -g 1 -t x
more than 256|$tmp/saxpy.agx -g 1 --regs 257
not a set of lanes|$tmp/saxpy.agx -g 1 --trace=32
one of them|--corpus --memory x y
which folders|--corpus
one of them|--memory x --stream 1 --cdm y
go with an image|$tmp/saxpy.agx -g 1 --stream 1
are for kernels|--memory x --stream 1 -g 1
without --trace|$tmp/saxpy.agx -g 1 --json --trace
no kernel three|$tmp/two.agx -g 1 --kernel three
which one?|$tmp/two.agx -g 1
buffer x of kernel saxpy|$tmp/saxpy.agx -g 1
buffer y of kernel saxpy|$tmp/saxpy.agx -g 1 -b :4 -u a=1 -u n=1
this is one more|$tmp/saxpy.agx -g 1 -b :4 -b :4 -b :4
has no buffer z|$tmp/saxpy.agx -g 1 -b z:4
is x:4 already|$tmp/saxpy.agx -g 1 -b x:4 -b x:8
not a size|$tmp/saxpy.agx -g 1 -b x:4Q
not a size|$tmp/saxpy.agx -g 1 -b x:0
is none of zero|$tmp/saxpy.agx -g 1 -b x:4:ones
is none of zero|$tmp/saxpy.agx -g 1 -b x:4:hex:abc
-u n=VALUE (u32)|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=1
has no scalar m|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=1 -u n=1 -u m=1
'x' is no f32|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=x -u n=1
'-2147483649' is no u32|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=1 -u n=-2147483649
'4294967296' is no u32|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=1 -u n=4294967296
it has 1 element|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a=1,2 -u n=1
not NAME=VALUE|$tmp/saxpy.agx -g 1 -b :4 -b :4 -u a
no threads|$tmp/saxpy.agx -g 0 -b :4 -b :4 -u a=1 -u n=1
1 to 1024 threads|$tmp/saxpy.agx -g 1 -l 64,32 -b :4 -b :4 -u a=1 -u n=1
made for threadgroups of 64,1,1|$tmp/turn.agx -g 1 -l 32 -b :256
there is no buffer z|$tmp/turn.agx -g 1 -b :256 --dump z:u32
no type u33|$tmp/turn.agx -g 1 -b :256 --dump out:u33
number up to 64|$tmp/turn.agx -g 1 -b :256 --dump out:u32:65
not NAME=FILE|$tmp/turn.agx -g 1 -b :256 -o out
END
check "no such file" exits 1 "No such file" "$emu" "$tmp/none.agx" -g 1
# Not the tool itself: that may be a script that runs it.
printf '\001\000\000\377' >"$tmp/bytes"
check "no text" exits 1 "need --raw" "$emu" "$tmp/bytes" -g 1
printf 'bad\n' >"$tmp/bad.agx"
check "what does not assemble" exits 1 "bad.agx:1:1: error" "$emu" "$tmp/bad.agx" -g 1

# --- kernels -------------------------------------------------------------------------

y='y, 4 x f32 0: 0 3.5 7 10.5 '
saxpy() {			# KERNEL-AND-OPTIONS...
	"$emu" "$@" -b :4096:iotaf -b y:4096:iotaf -u a=2.5 -u n=1000 -g 1024
}
check "source" gives "$y" saxpy "$tmp/saxpy.agx" --dump y:f32:4
"$as" -f kernel -o "$tmp/saxpy.bin" "$tmp/saxpy.agx"
check "container" gives "$y" saxpy "$tmp/saxpy.bin" --dump y:f32:4
"$as" -o "$tmp/saxpy.raw" "$tmp/saxpy.agx"
check "raw code" gives "1, 4 x f32 0: 0 3.5 7 10.5 " "$emu" --raw "$tmp/saxpy.raw" \
	-b :4096:iotaf -b :4096:iotaf -u u4=2.5 -u u5=1000 -g 1024 --dump 1:f32:4
check "raw code, named registers" gives "y, 4 x f32 0: 0 3.5 7 10.5 " "$emu" --raw \
	"$tmp/saxpy.raw" -b x:4096:iotaf -b y:4096:iotaf -u u4=0x40200000 -u u5l=1000 -g 1024 \
	--dump y:f32:4
check "what n is for" says "^ *992:.* 3496.5$" 0 saxpy "$tmp/saxpy.agx" --dump y:f32
check "what n leaves alone" says "^ *1000: *1000 *1001 " 0 saxpy "$tmp/saxpy.agx" --dump y:f32
saxpy "$tmp/saxpy.agx" -o "y=$tmp/one"
saxpy "$tmp/saxpy.agx" -o "y=$tmp/many" -t 7 -l 32
check "any number of threads" cmp "$tmp/one" "$tmp/many"
check "files as buffers" gives "y, 4 x f32 0: 0 7 14 21 " "$emu" "$tmp/saxpy.agx" \
	-b "y=$tmp/one" -b "$tmp/one" -u a=1 -u n=1000 -g 1024 --dump y:f32:4
check "part of a buffer to a file" sh -c "
	$emu $tmp/turn.agx -b :256 -g 64 -o out:8=$tmp/part && [ \$(wc -c <$tmp/part) = 8 ]"

check "every type of parameter" gives \
	"out, 5 x x32 0: 9abcdef0 12345678 fffffffb 0001be00 ffff0002 " "$emu" "$tmp/params.agx" \
	-b :20 -u big=0x123456789abcdef0 -u s=-5 -u h=-1.5 -u v=1,2,65535 -g 1 --dump out:x32
for init in "zero 0 0" "iota 0 1" "rand 87985aa5 155b24a3" "iotaf 0 3f800000" \
	    "iotah 3c000000 42004000" "hex:0102030405 4030201 5"; do
	# shellcheck disable=SC2086 # three words
	set -- $init
	check "filled with $1" gives "out, 2 x x32 0: $(printf '%08x %08x' "0x$2" "0x$3") " \
		"$emu" "$tmp/none-but-stop.agx" -b "out:8:$1" -g 1 --dump out:x32
done
check "the last threadgroup is smaller" gives "out, 40 x u8 $(
	for row in 0 8 16 24 32; do
		case $row in 0 | 8) v=16 ;; 16 | 24) v=32 ;; *) v=40 ;; esac
		printf '%d: %d %d %d %d %d %d %d %d ' $row $v $v $v $v $v $v $v $v
	done)" "$emu" "$tmp/where.agx" -b :40 -g 40 -l 16 --dump out:u8
check "preamble" gives "out, 1 x u16 0: 42 " "$emu" "$tmp/preamble.agx" -b :2 -u n=37 -g 1 \
	--dump out:u16
check "launches of M2 Pro" gives "$y" saxpy "$tmp/saxpy.agx" --dump y:f32:4 --g14x
check "standard input" sh -c "$emu - -b :256 -g 64 --dump out:u32:1 <$tmp/turn.agx |
	grep -q ' 63\$'"
check "--kernel" exits 0 '' "$emu" "$tmp/two.agx" -g 1 --kernel two
check "--define" exits 0 '' "$emu" "$tmp/turn.agx" -b :256 -g 64 -D RACE

# --- faults ----------------------------------------------------------------------------

check "behind the end" exits 1 "read of 0x200000c000 by lane 8.*threadgroup 15,0,0" "$emu" \
	"$tmp/saxpy.agx" -b :4096 -b :4000 -u a=1 -u n=1024 -g 1024
check "the instruction and its line" grep -q "16: load .*(.*/saxpy.agx:9)" "$tmp/err"
check "soft faults" exits 0 '' "$emu" "$tmp/pointer.agx" -u p=0 -g 1 --soft-faults
check "null" exits 1 "nothing is mapped: write of 0x0 by lane 0" "$emu" "$tmp/pointer.agx" \
	-u p=0 -g 1
check "code is read-only" exits 1 "write.*0x1100400000" "$emu" "$tmp/pointer.agx" \
	-u p=0x1100400000 -g 1
check "endless" exits 1 "" "$emu" "$tmp/forever.agx" -g 64 --max-steps 1M
check "what was written before is output" gives "1 " sh -c "
	$emu $tmp/saxpy.agx -b :4096:iotaf -b y:4000:iotaf -u a=1 -u n=1024 -g 1024 -t 1 \
		-o y=$tmp/partial 2>/dev/null; echo \$?"
check "output of a fault" test "$(wc -c <"$tmp/partial")" -eq 4000
printf '\377\377\377\377\210\0' >"$tmp/unknown.raw"
check "unknown instruction" exits 1 "instruction" "$emu" --raw "$tmp/unknown.raw" -g 1
"$as" -o "$tmp/params.raw" "$tmp/params.agx"
check "register beyond the allocation" exits 1 "register" "$emu" --raw "$tmp/params.raw" \
	-g 1 --regs 8 -b :20

# --- watching ----------------------------------------------------------------------------

trace() {
	saxpy "$tmp/saxpy.agx" "$@"
}
check "--trace" says "ffma .* r3, r2, u4, r3" 0 trace --trace
check "values before and after" says \
	"lane  5: r2=40a00000(5) u4=40200000(2.5) r3=40a00000(5) -> r3=418c0000(17.5)" 0 \
	trace --trace=3-5
check "addresses" says "lane  0: .*read 4 at device 2000003f80" 0 trace --trace \
	--trace-group 15 --trace-simd 1
check "masks" says "000003e8.*\|if .*ult .*-> lanes 000000ff" 0 trace --trace \
	--trace-group 15 --trace-simd 1
check "--trace-limit" test "$(trace --trace --trace-limit 7 | grep -vc ' lane ')" -eq 7
check "--stats" says "^instructions *320 by 32 SIMD-groups, 31.6 lanes active" 0 trace --stats
check "bytes" grep -q "^device *read *8000 bytes by 2000 " "$tmp/out"
check "classes" grep -q "^  float *32 (10.0 %), 31.2 lanes" "$tmp/out"
check "cycles" grep -q "^cycles *80 of one core" "$tmp/out"

check "no race" gives "" "$emu" "$tmp/turn.agx" -b :4096 -g 1024 --race
check "race in threadgroup memory" says "^race: .*threadgroup memory" 1 "$emu" "$tmp/turn.agx" \
	-b :4096 -g 1024 --race -D RACE
check "both sides" sh -c "grep -q 'written by.*SIMD-group 0' $tmp/out &&
	grep -q 'read by.*SIMD-group 1' $tmp/out && grep -q 'lstore.*turn.agx:8' $tmp/out &&
	grep -q 'lload.*turn.agx:15' $tmp/out"
check "race between threadgroups" says "^race: .*device memory" 1 "$emu" "$tmp/everybody.agx" \
	-b :4 -g 64 -l 32 --race

json() {			# EXPRESSION COMMAND...
	expression=$1
	shift
	"$@" 2>/dev/null | python3 -c 'import json, sys
d = json.load(sys.stdin)
if not eval("(" + sys.argv[1] + ")"): sys.exit("not so: " + sys.argv[1] + json.dumps(d))' "$expression"
}
if command -v python3 >/dev/null; then
	check "--json" json 'd["result"] == "done" and d["launches"] == 1' trace --json
	check "--json --stats" json 'd["stats"]["instructions"] == 320 and
		d["stats"]["bytes"]["device_written"] == 4000' trace --json --stats
	check "--json, fault" json 'd["result"] == "fault" and d["fault"]["lane"] == 8 and
		d["fault"]["lanes"] == 0xffffffff and d["fault"]["instruction"]["line"] == 9' \
		"$emu" "$tmp/saxpy.agx" -b :4096 -b :4000 -u a=1 -u n=1024 -g 1024 --json
	check "--json, races" json 'd["result"] == "races" and
		d["races"][0]["space"] == "threadgroup"' "$emu" "$tmp/turn.agx" -b :4096 \
		-g 1024 --race --json -D RACE
else
	skip "--json" "python3 is missing"
fi

# --- memory images and the corpus -------------------------------------------------------

check "no image" exits 1 "No such file" "$emu" --memory "$tmp/none" --stream 0
printf 'AGXMEM1\0\377\377\377\377\377\377\377\377' >"$tmp/empty.mem"
check "what to run" exits 2 "does not say what to run" "$emu" "$tmp/empty.mem"
check "no image beside a kernel" exits 2 "one kernel at a time" "$emu" "$tmp/saxpy.agx" \
	"$tmp/empty.mem" -g 1
check "what is no image" exits 1 "no memory image" "$emu" --memory "$tmp/saxpy.agx" --stream 0
check "an empty folder" says "^FAIL .*: there is no mem.bin.xz" 1 "$emu" --corpus "$tmp"

if [ -z "${MUTSU_CORPUS-}" ]; then
	skip "corpus" "MUTSU_CORPUS is not set"
	finish
fi

check "the corpus" says " passed$" 0 "$emu" --corpus "$MUTSU_CORPUS"/*/
check "all of it" sh -c "! grep -v '^PASS\| passed$' $tmp/out"
check "one folder" says "^PASS 02-saxpy$" 0 "$emu" --corpus "$MUTSU_CORPUS/02-saxpy"
check "under observers" says "^PASS 31-shared-reduce$" 0 "$emu" --corpus --race --stats \
	"$MUTSU_CORPUS/31-shared-reduce/"

cp -r "$MUTSU_CORPUS/02-saxpy" "$tmp/02-saxpy"
chmod -R u+w "$tmp/02-saxpy"
printf '\001' | dd of="$tmp/02-saxpy/expected.1" bs=1 seek=48 conv=notrunc status=none
check "FAIL" says "^FAIL 02-saxpy: binding 1\[12\]: got 0x42280000, expected 0x42280001, 1 ulp (1 of 256 differ)$" \
	1 "$emu" --corpus "$tmp/02-saxpy"
check "total" says "^1 of 2 passed$" 1 "$emu" --corpus "$tmp/02-saxpy" "$MUTSU_CORPUS/01-copy"
head -c 500 "$MUTSU_CORPUS/02-saxpy/mem.bin.xz" >"$tmp/02-saxpy/mem.bin.xz"
check "damaged image" says "^FAIL 02-saxpy: the memory image cannot be read" 1 "$emu" \
	--corpus "$tmp/02-saxpy"

image=$MUTSU_CORPUS/02-saxpy
check "--stream" gives "0x2ffff84000, 4 x f32 0: 0 3.5 7 10.5 " "$emu" \
	--memory "$image/mem.bin.xz" --stream 0x2ffff58400 --dump 0x2ffff84000:f32:4
check "--cdm" gives "0x2ffff84000, 4 x f32 0: 0 3.5 7 10.5 " "$emu" \
	--memory "$image/mem.bin.xz" --cdm "$image/cdm.hex" --dump 0x2ffff84000:f32:4
check "output of an image" sh -c "$emu --memory $image/mem.bin.xz --maps $image/maps.txt \
	--stream 0x2ffff58400 -o 0x2ffff84000:1024=$tmp/saxpy && cmp $tmp/saxpy $image/expected.1"
check "an image is known by its first bytes" gives "0x2ffff84000, 4 x f32 0: 0 3.5 7 10.5 " \
	"$emu" "$image/mem.bin.xz" --stream 0x2ffff58400 --dump 0x2ffff84000:f32:4
check "an image needs no grid" exits 2 "are for kernels" "$emu" "$image/mem.bin.xz" \
	--stream 0x2ffff58400 -g 1
if command -v python3 >/dev/null; then
	# The same as the kernel module would have captured it, on M2 Pro or M2.
	for chip in 0x6020,14,83,2 0x8112,14,71,1; do
		python3 tests/cli/image.py "$image" "$chip" >"$tmp/image-$chip"
	done
	check "an image that says all" gives "0x2ffff84000, 4 x f32 0: 0 6 12 18 " "$emu" \
		"$tmp/image-0x8112,14,71,1" --dump 0x2ffff84000:f32:4
	check "--stats of it" says "^launches *2$" 0 "$emu" "$tmp/image-0x8112,14,71,1" --stats
	check "form of launches" exits 1 "bad control stream" "$emu" "$tmp/image-0x6020,14,83,2"
	check "--stream before what it says" exits 1 "" "$emu" "$tmp/image-0x8112,14,71,1" \
		--stream 0x1000
	check "--usc-base likewise" exits 1 "" "$emu" "$tmp/image-0x8112,14,71,1" \
		--usc-base 0x1200000000
else
	skip "an image that says all" "python3 is missing"
fi
check "no such address" exits 2 "nothing is mapped at 0x1000" "$emu" \
	--memory "$image/mem.bin.xz" --stream 0x2ffff58400 --dump 0x1000:f32:4
check "no stream there" exits 1 "" "$emu" --memory "$image/mem.bin.xz" --stream 0x1000
finish
