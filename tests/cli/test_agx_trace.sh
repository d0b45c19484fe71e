#!/bin/sh
# SPDX-License-Identifier: MIT
#
# agx-trace: what it records of a client of a device in memory, what it prints, replays
# and finds different, what it says of wrong command lines and images.

. tests/lib/tap.sh

: "${AGX_BIN:=build/bin}"
trace=$AGX_BIN/agx-trace
[ -x "$trace" ] || {
	echo "Bail out! $trace is missing"
	exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# exits STATUS PATTERN COMMAND...: it does, and says PATTERN on stderr, or nothing.
exits() {
	want=$1 pattern=$2
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	if [ "$got" -eq "$want" ] && ! grep -q Sanitizer "$tmp/err"; then
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

# says PATTERN STATUS COMMAND...: on stdout.
says() {
	wanted=$1 status=$2
	shift 2
	exits "$status" '' "$@" || return
	grep -Eq -e "$wanted" "$tmp/out" && return
	echo "no /$wanted/ in:"
	cat "$tmp/out"
	return 1
}

# --- command lines --------------------------------------------------------------

check "--help" says "^usage: agx-trace" 0 "$trace" --help
check "--version" says "^agx-trace [0-9]" 0 "$trace" --version
check "no command" refused "which command" "$trace"
check "unknown command" refused "paint: no such command" "$trace" paint
for command in print replay diff record; do
	check "$command: unknown option" refused "no such option" "$trace" $command --nonsense x
done
check "print: no image" refused "which image" "$trace" print
check "replay: no image" refused "which image" "$trace" replay
check "replay: two" refused "one image" "$trace" replay a b
check "replay: --dump" refused "not ADDRESS:TYPE:N" "$trace" replay --dump 0x10:u32 a
check "replay: type" refused "no type u33" "$trace" replay --dump 0x10:u33:1 a
check "replay: --threads" refused "not a number" "$trace" replay -t many a
check "replay: --timeout" refused "not a number" "$trace" replay --timeout 0 a
check "replay: no value" refused "needs a value" "$trace" replay --device
check "replay: --json and --dump" refused "without --dump" \
	"$trace" replay --json --dump 0:u8:1 a
check "diff: one" refused "two images" "$trace" diff a
check "diff: image and folder" refused "an image and a folder" "$trace" diff a "$tmp"
check "diff: empty folders" refused "no images" "$trace" diff "$tmp" "$tmp"
check "record: no program" refused "which program" "$trace" record
check "record: --first" refused "not a number" "$trace" record --first x true
check "record: --count" refused "not a number" "$trace" record --count -1 true

# --- images ---------------------------------------------------------------------

# small VALUE: a launch of nothing, in an image; VALUE is in its data.
small() {
	python3 - "$1" <<'END'
import struct, sys
out = sys.stdout.buffer
def record(kind, data=b""):
    out.write(struct.pack("<IIQ", kind, 0, len(data)) + data)
out.write(b"AGXMEM2\0")
record(1, struct.pack("<IIIIQQQQIIII", 0x8112, 14, 71, 1, 0x1100000000, 0, 0, 1, 1, 1, 0, 0))
record(2, struct.pack("<IIQQ", 1, 0, 0x1200000000, 0))
record(3, struct.pack("<QQIIQ", 0x1200000000, 0x4000, 2, 1, 0))
record(3, struct.pack("<QQIIQ", 0x1300000000, 0x8000, 6, 2, 0))
record(4, struct.pack("<QI", 0x1200000000, 0x40000000) + bytes(0x3ffc))
record(4, struct.pack("<QI", 0x1300000000, int(sys.argv[1])) + bytes(0x3ffc))
record(0)
END
}
small 5 >"$tmp/five"
small 6 >"$tmp/six"
check "print" says "^chip: 8112 \(M2\), G14G, 1 clusters" 0 "$trace" print "$tmp/five"
check "print: mappings" says "1300000000 +8000 bytes  rw  buffer 2\+0" 0 "$trace" print "$tmp/five"
check "print: stream" says "1200000000: terminate" 0 "$trace" print "$tmp/five"
check "print --json" says '"chip_id": 33042' 0 "$trace" print --json "$tmp/five" "$tmp/six"
json_parses() {
	"$trace" print -d --json "$tmp/five" "$tmp/six" | python3 -c '
import json, sys
images = json.load(sys.stdin)
assert len(images) == 2 and images[1]["mappings"][1]["size"] == 0x8000
assert images[0]["commands"][0]["packets"][0]["text"] == "terminate"'
}
check "it is JSON" json_parses
if command -v xz >/dev/null; then
	xz -k "$tmp/five"
	check "compressed images" says "^chip: 8112" 0 "$trace" print "$tmp/five.xz"
fi
check "replay" says "^nothing changed" 0 "$trace" replay "$tmp/five"
check "replay --dump" says "0: +6" 0 "$trace" replay --dump 0x1300000000:u32:2 "$tmp/six"
check "replay --dump: nothing there" refused "not all of it" \
	"$trace" replay --dump 0x1300007ffc:u32:2 "$tmp/six"
check "replay --json" says '"result": "done"' 0 "$trace" replay --json "$tmp/five"
check "replay: no device" exits 1 "none: No such file" \
	"$trace" replay --device "$tmp/none" "$tmp/five"
check "replay: not of the driver" exits 1 "no device of the asahi driver" \
	"$trace" replay --device /dev/null "$tmp/five"
: >"$tmp/locked"
chmod 0 "$tmp/locked"
if [ "$(id -u)" = 0 ]; then
	skip "replay: no permission" "root may open everything"
else
	check "replay: no permission" exits 1 "Permission denied" \
		"$trace" replay --device "$tmp/locked" "$tmp/five"
fi
[ -e /dev/dri ] || check "replay: no software GPU" exits 1 "soft: " \
	"$trace" replay --device soft "$tmp/five"
check "diff: the same" says "^same" 0 "$trace" diff "$tmp/five" "$tmp/five"
check "diff: contents" says "^differ: contents \(1\)" 1 "$trace" diff "$tmp/five" "$tmp/six"
check "diff says which" says "byte at 1300000000 is 05 and 06" 1 \
	"$trace" diff "$tmp/five" "$tmp/six"

# --- what is no image -------------------------------------------------------------

: >"$tmp/empty"
for command in print replay; do
	check "$command: no file" exits 1 "No such file" "$trace" $command "$tmp/none"
	check "$command: a folder" exits 1 "not a file" "$trace" $command "$tmp"
	check "$command: an empty file" exits 1 "it is empty" "$trace" $command "$tmp/empty"
	check "$command: a script" exits 1 "no memory image" "$trace" $command "$0"
	head -c 20000 "$tmp/five" >"$tmp/cut"
	check "$command: cut off" exits 1 "the image ends here" "$trace" $command "$tmp/cut"
done
check "diff: no file" exits 2 "No such file" "$trace" diff "$tmp/five" "$tmp/none"
check "diff: cut off" exits 2 "the image ends here" "$trace" diff "$tmp/five" "$tmp/cut"

# Streams and launches that are damaged are said to be.
packet() {			# BYTES-AS-OCTAL: instead of the stream's first, in $tmp/odd
	cp "$tmp/five" "$tmp/odd"
	printf '%b' "$1" | dd of="$tmp/odd" bs=1 seek=248 conv=notrunc 2>/dev/null
}
packet '\0377\0377\0377\0377'
check "print: no packet" says "error: packet at 0x1200000000" 1 "$trace" print "$tmp/odd"
check "replay: no packet" exits 1 "command 0: bad control stream" "$trace" replay "$tmp/odd"
packet '\0000\0000\0000\0000'
check "print: a launch without words" says "error: USC words at 0x1100000000: not mapped" 1 \
	"$trace" print "$tmp/odd"

survives() {
	python3 - "$tmp/five" "$tmp/bad" "$trace" <<'END'
import random, subprocess, sys
data = open(sys.argv[1], "rb").read()
random.seed(1)
for i in range(60):
    bad = bytearray(data)
    for _ in range(3):
        bad[random.randrange(8, 300)] ^= 1 << random.randrange(8)
    open(sys.argv[2], "wb").write(bad)
    for command in ["print", "-d"], ["print", "--json"], ["replay"], ["diff", sys.argv[1]]:
        ran = subprocess.run([sys.argv[3], *command, sys.argv[2]], capture_output=True)
        if ran.returncode not in (0, 1, 2) or b"Sanitizer" in ran.stderr:
            sys.exit(f"{i}: {command}: {ran.returncode}\n{ran.stderr.decode()}")
END
}
# An emulator makes tables for what is mapped, however little of it is used.
if [ "${MUTSU_EMULATED-}" ]; then
	skip "damaged images" "not in an emulator"
else
	check "damaged images" survives
fi

# bigger SIZE: the data's mapping
bigger() {
	python3 - "$tmp/five" "$1" <<'END'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
struct.pack_into("<Q", data, 8 + 80 + 40 + 48 + 16 + 8, int(sys.argv[2], 0))
sys.stdout.buffer.write(data)
END
}
if [ -z "${MUTSU_EMULATED-}" ]; then
	bigger 0x2000000000 >"$tmp/big"
	check "replay: 128 GiB of zeros" says "^nothing changed" 0 "$trace" replay "$tmp/big"
	check "diff: 128 GiB of zeros" says "^same" 0 "$trace" diff "$tmp/big" "$tmp/big"
	bigger 0x20000000000 >"$tmp/big"
	check "replay: 2 TiB" exits 1 "more than any machine has" "$trace" replay "$tmp/big"
fi

# --- submissions of a real Mesa ------------------------------------------------------

if [ "${MUTSU_CORPUS-}" ]; then
	image() {		# FOLDER
		python3 tests/cli/image.py "$MUTSU_CORPUS/$1" 0x8112,14,71,1
	}
	image 02-saxpy >"$tmp/saxpy"
	image 64-gemm-tile >"$tmp/gemm"
	check "print: grid" says "grid: 256 x 1 x 1 threads" 0 "$trace" print "$tmp/saxpy"
	check "print: uniforms" says "u0  : fff68400 0000002f" 0 "$trace" print "$tmp/saxpy"
	check "print: program" says "program: 0 at 0x11fffac000, 50 bytes" 0 \
		"$trace" print "$tmp/saxpy"
	check "print -d" says "ffma +r1, 2.5" 0 "$trace" print -d "$tmp/saxpy"
	check "replay: changes" says "2ffff84000 +4000 bytes: 616 changed, first at 2ffff84006" 0 \
		"$trace" replay "$tmp/saxpy"
	check "diff: programs" says "programs: command 0, launch 0, preamble" 1 \
		"$trace" diff "$tmp/saxpy" "$tmp/gemm"
	check "diff: grids" says "grid 256 x 1 x 1 and" 1 "$trace" diff "$tmp/saxpy" "$tmp/gemm"
else
	skip "submissions of Mesa" "MUTSU_CORPUS is not set"
fi

# --- recording --------------------------------------------------------------------

built=${AGX_BIN%/bin}
fake=$built/tests/trace/fake.so client=$built/tests/trace/client
if [ "${MUTSU_SAN-}" ] || [ "${MUTSU_EMULATED-}" ] || [ ! -e "$client" ]; then
	skip record "the device in memory is for native builds"
	finish
fi
node=/dev/dri/renderD199

# The client's case with agx-trace and the device around it, into $tmp/CASE.
record() {			# CASE OPTIONS-OF-RECORD...
	name=$1
	shift
	rm -rf "${tmp:?}/$name"
	LD_PRELOAD=$fake "$trace" record -o "$tmp/$name" "$@" "$client" "$node" "$name"
}

# value IMAGE ADDRESS: the word there.
value() {
	"$trace" replay --dump "$2:u32:1" "$1" | sed -n 's/^ *0: *//p'
}

count() {			# CASE WANTED
	n=$(find "$tmp/$1" -name '*.agximage' | wc -l)
	[ "$n" = "$2" ] && [ ! -e "$tmp/$1/.count" ] && return
	echo "$n images, wanted $2"
	return 1
}

values() {			# CASE ADDRESS VALUES: of its images, in order
	got=
	for f in "$tmp/$1"/*.agximage; do
		got="$got${got:+ }$(value "$f" "$2")"
	done
	[ "$got" = "$3" ] && return
	echo "$got, wanted $3"
	return 1
}

check "the client without agx-trace" env LD_PRELOAD="$fake" "$client" "$node" basic
check "record" exits 0 "3 compute submissions, 3 recorded" record basic
check "an image for each" count basic 3
check "memory as submissions find it" values basic 0x1300000000 "100 101 102"
check "--first, --count" exits 0 "3 compute submissions, 1 recorded" record basic --first 1 --count 1
check "the number is in the name" test -e "$tmp/basic/0001.agximage"
check "diff of folders" says "^1 and 1 submissions, 1 the same" 0 \
	"$trace" diff "$tmp/basic" "$tmp/basic"
check "a folder with images" exits 1 "has images already" \
	"$trace" record -o "$tmp/basic" true
check "no folder" exits 1 "No such file" "$trace" record -o "$tmp/no/where" true
check "no program" exits 127 "nowhere: No such file" \
	"$trace" record -o "$tmp/nothing" "$tmp/nowhere"
check "the program's status" exits 3 "0 compute submissions" \
	"$trace" record -o "$tmp/nothing" sh -c 'exit 3'
# shellcheck disable=SC2016 # for the inner shell
check "the program's signal" exits 137 "0 compute submissions" \
	"$trace" record -o "$tmp/nothing" sh -c 'kill -9 $$'
check "render submissions are not recorded" exits 0 "1 compute submissions, 1 recorded" \
	record no_compute
check "single pages, parts, what is unbound" exits 0 "1 recorded" record mappings
check "one page again and again" values mappings 0x1400004000 55
check "part of a buffer" values mappings 0x1400088000 66
check "five mappings" says "^mappings: 5," 0 "$trace" print "$tmp/mappings/0000.agximage"
check "imported buffers" exits 0 "1 recorded" record imported
check "their contents" values imported 0x1400000040 77
check "errors and descriptors are the driver's" exits 0 "1 compute submissions, 1 recorded" \
	record errors
check "what failed is not recorded" values errors 0x1300000000 9
check "what does not end" exits 0 "submission 0: what comes before it has not ended" \
	record fake_wait --wait 1
check "is recorded" values fake_wait 0x1300000000 5
check "a forked client" exits 0 "3 compute submissions, 3 recorded" record forked
check "in order" values forked 0x1300000000 "1 2 3"
check "copies of a descriptor" exits 0 "1 recorded" record copied
check "threads" exits 0 "32 compute submissions, 32 recorded" record threads
check "their images" values threads 0x1300000000 "$(yes 6 | head -n 32 | tr '\n' ' ' | sed 's/ $//')"
check "no long files" exits 0 "2 could not be recorded" record limited
check "and no image is left" count limited 0
check "a VM without its number" exits 0 "1 recorded" record lost_vm
check "is its queue's" values lost_vm 0x1300000000 31

# --- replaying on a device ----------------------------------------------------------

hook=$built/lib/agx-hook.so
on_device() {			# COMMAND...
	LD_PRELOAD=$hook:$fake "$@"
}
check "replay --device" says "^nothing changed" 0 \
	on_device "$trace" replay --device "$node" "$tmp/five"
if [ "${MUTSU_CORPUS-}" ]; then
	python3 tests/cli/image.py "$MUTSU_CORPUS/02-saxpy" 0x8112,14,71,1 >"$tmp/m2"
	"$trace" replay "$tmp/m2" >"$tmp/emulated"
	device_says_the_same() {
		on_device "$trace" record -o "$tmp/replayed" "$trace" replay --device "$node" \
			"$tmp/m2" >"$tmp/device" 2>"$tmp/err" && cmp "$tmp/emulated" "$tmp/device"
	}
	check "a device changes what emu does" device_says_the_same
	check "recorded, it is the same submission" says "^same|^differ: streams \(1\)" 1 \
		"$trace" diff "$tmp/m2" "$tmp/replayed/0000.agximage"
	python3 tests/cli/image.py "$MUTSU_CORPUS/02-saxpy" 0x6021,14,67,4 >"$tmp/max"
	check "launches of another chip" exits 1 "it is another chip" \
		on_device "$trace" replay --device "$node" "$tmp/max"
	python3 tests/cli/image.py "$MUTSU_CORPUS/49-spill" 0x8112,14,71,1 >"$tmp/spill"
	check "stacks" exits 1 "a launch needs a stack" \
		on_device "$trace" replay --device "$node" "$tmp/spill"
fi
finish
