#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [OPTIONS] FLAVOUR COMMAND... - run a command on a kernel of its own
#
# Boots Linux 7.2, loads agx_compute.ko and runs the command in the same directory, as
# root, with the terminal if there is one, else without input.  Output and status are
# the command's; but the status is 1, and the lines are shown, if the kernel log
# has anything in it that a kernel should not say.
#
#	FLAVOUR     amd64, arm64, arm64-16k: Debian's kernel in QEMU; um, arm64-16k-debug:
#	            a kernel full of checks, in QEMU or as a process (User Mode Linux)
#	-r DIR      the system to run in, a folder of packaging/unpack.sh; one that
#	            is little more than a shell if not given
#	-d DIR      a folder that the command sees in its place, beside the current one
#	-p 'A=B..'  parameters of the module
#	-n          do not load the module; it is $KO
#	-m NAME     load another module first: vgem
#	-k          fail on leaks, where the kernel has kmemleak; takes 7 seconds
#	-t SECONDS  how long it may take (240)
#	-M MIB      memory of the machine (1024)
#	-c N        CPUs of the machine (2; um has 1)
#	-l FILE     keep the kernel log there
#	-a WORDS    more words for the kernel's command line; several add up
#
# VM_CACHE is where kernels and systems are kept (build/vm); what is missing is fetched or
# built.  VM_ACCEL is QEMU's accelerator; without it KVM if a kernel boots with it,
# else emulation.  Exit status 77: cannot be done here, the last line says why.

set -euo pipefail

skip() {
	echo "$*"
	exit 77
}

usage() {
	sed -n '4,5p; s/^#	/  /p' "$0" | sed 's/^# *//' >&2
	exit 2
}

root='' folders=() parameters='' load=1 modules='' leaks='' limit=240 memory=1024 cpus=2
keep='' words=''
while getopts +r:d:p:nm:kt:M:c:l:a: opt; do
	case $opt in
	r) root=$OPTARG ;;
	d) folders+=("$(cd "$OPTARG" && pwd)") ;;
	p) parameters=$OPTARG ;;
	n) load='' ;;
	m) modules+=" $OPTARG" ;;
	k) leaks=1 ;;
	t) limit=$OPTARG ;;
	M) memory=$OPTARG ;;
	c) cpus=$OPTARG ;;
	l) keep=$OPTARG ;;
	a) words+=" $OPTARG" ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
flavour=$1
shift
case $flavour in
amd64 | um) arch=amd64 ;;
arm64 | arm64-16k | arm64-16k-debug) arch=arm64 ;;
*) usage ;;
esac

: "${BUILD:=build}" "${VM_CACHE:=$BUILD/vm}"
items=(tools "$flavour")
[ "$root" ] || items+=("guest-$arch")
packaging/kernels.sh "$VM_CACHE" "${items[@]}" >&2 ||
	skip "no kernel $flavour here (packaging/kernels.sh)"
cache=$(cd "$VM_CACHE" && pwd)
root=$(cd "${root:-$cache/guest-$arch}" && pwd)
kernel=$cache/linux/$flavour
ko=$PWD/$BUILD/kmod/$flavour/agx_compute.ko
[ -z "$load" ] || [ -e "$ko" ] || { echo "$ko is missing: make kmod-$flavour"; exit 127; }

mkdir -p "$BUILD"
run=$(mktemp -d "$PWD/$BUILD/vm-run.XXXXXX")
trap 'rm -rf "$run"' EXIT
cat >"$run/config" <<END
module_file=${load:+$ko}
module_parameters='$parameters'
extra='$modules'
check_leaks=$leaks
terminal=$([ "$flavour" = um ] && echo /dev/tty1 || echo /dev/hvc0)
interactive=$(tty -s && echo 1)
END
cat >"$run/go" <<END
cd $(printf %q "$PWD") || exit 125
export MUTSU_MODELS=$(printf %q "${MUTSU_MODELS-}") MUTSU_STEPS=${MUTSU_STEPS-}
export KO=$(printf %q "$ko") HOME=/tmp PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec $(printf '%q ' "$@")
END
mkdir -p "$root"/{dev,proc,sys,tmp,run}
: >"$run/console"

inside() {			# COMMAND...
	local binds=(-b "$cache" -b "$root:/guest" -b "$PWD:/guest$PWD") dir
	for dir in "${folders[@]}"; do
		binds+=(-b "$dir:/guest$dir")
	done
	timeout --foreground -s KILL -k 2 "$limit" packaging/chroot.sh "${binds[@]}" "$cache/tools" "$@"
}

status=0
set -- tests/vm/boot.sh "$flavour" "$kernel" "$run" "$memory" "$cpus" "$words"
if tty -s; then
	inside "$@" || status=$?
else
	# User Mode Linux can write to pipes.
	inside "$@" </dev/null | cat || status=$?
fi
[ -z "$keep" ] || cp "$run/console" "$keep"

last_lines() {
	echo "--- end of the kernel log"
	tail -n 40 "$run/console" | tr -d '\r'
	echo "---"
}

tests/vm/klog.sh "$run/console" || klog=1
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
	last_lines
	echo "not finished after $limit seconds"
	exit 124
elif [ ! -e "$run/status" ]; then
	last_lines
	echo "the machine stopped before the command did"
	exit 125
fi
status=$(cat "$run/status")
if [ "${klog-}" ]; then
	# One more result, for programs that print TAP.
	echo "not ok - the kernel log is clean"
	[ "$status" != 0 ] || status=1
fi
exit "$status"
