#!/bin/sh
# SPDX-License-Identifier: MIT
#
# load.sh FILE - how fast a file comes into memory, beside dd and fio
#
# Each round does all of them, one after the other, so that what else the machine
# does hits all alike; what is printed are medians of the rounds, and the ratio to
# dd with O_DIRECT.  Nothing is in the page cache before any of them, but the last.

set -eu

: "${B:=build}" "${ROUNDS:=7}"
file=${1:?usage: load.sh FILE (1 GiB or more)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
size=$(stat -Lc %s "$file")

forget() {			# POSIX_FADV_DONTNEED, says dd's manual
	dd if="$file" iflag=nocache count=0 2>/dev/null
}

# MB/s from what dd says last: "N bytes (...) copied, S s, ...".
dd_rate() {
	forget
	dd if="$file" of=/dev/null bs=4M "$@" 2>&1 | awk -v n="$size" \
		'/copied/ { sub(/.*copied, /, ""); printf "%.0f\n", n / 1e6 / $1 }'
}

fio_rate() {			# ENGINE
	forget
	fio --name=load --filename="$file" --rw=read --bs=1M --ioengine="$1" --iodepth=16 \
		--direct=1 --readonly --output-format=terse --size="$size" 2>/dev/null |
		awk -F';' '{ printf "%.0f\n", $7 * 1.024 / 1000 }'
}

ours() {
	"$B/bin/bench-load" "$@" "$file" | awk '{ print $1 }'
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

one() {				# NUMBER
	case $1 in
	1) dd_rate iflag=direct >>"$tmp/1 dd, direct" ;;
	2) dd_rate >>"$tmp/2 dd, buffered" ;;
	3) ! command -v fio >/dev/null ||
		fio_rate io_uring >>"$tmp/3 fio, io_uring, direct, 16 of 1 MiB" ;;
	4) ours >>"$tmp/4 mutsu" ;;
	5) ours -t >>"$tmp/5 mutsu, without io_uring" ;;
	6) ours -s >>"$tmp/6 mutsu, to memory like a DRM buffer" ;;
	7)
		cat "$file" >/dev/null
		ours -w >>"$tmp/7 mutsu, file in the page cache"
		;;
	esac
}

# Each round begins with another one: disks of virtual machines are fast until
# what they may read at once is used up.
round=0
while [ "$round" -lt "$ROUNDS" ]; do
	for i in 0 1 2 3 4 5 6; do
		one $(((i + round) % 7 + 1))
	done
	round=$((round + 1))
done
base=$(median "$tmp/1 dd, direct")
echo "$file: $((size / 1000000)) MB, medians of $ROUNDS, range, ratio to the first"
for f in "$tmp"/*; do
	sort -n "$f" | awk -v b="$base" -v name="${f##*/? }" '{ v[NR] = $1 } END {
		m = v[int((NR + 1) / 2)]
		printf "%-40s %6d MB/s  (%d to %d)  %5.2f\n", name, m, v[1], v[NR], m / b }'
done
