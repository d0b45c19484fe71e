#!/bin/bash
# SPDX-License-Identifier: MIT
#
# check.sh PART FLAVOUR PROGRAM... - what make check runs on a kernel
#
# Each program on a machine of its own, and what is a program's own is a result of its
# own: tests/run.sh -r counts them.  The kernels full of checks also look for leaks, and
# have the module's KUnit suites.

set -eu

part=$1
flavour=$2
shift 2
: "${BUILD:=build}" "${VM_CACHE:=$BUILD/vm}"
fuzzers=() tests=() benches=()
for program; do
	case ${program##*/} in
	fuzz_*) fuzzers+=("$program") ;;
	bench_*) benches+=("$program") ;;
	*) tests+=("$program") ;;
	esac
done
case $flavour in
um) arch=amd64 ;;
*) arch=${flavour%%-*} ;;
esac
leaks='' slow=1
case $flavour in
um | *-debug) leaks=-k slow=2 ;;
esac
# Names of results begin after this.
TESTS_ROOT=${tests[0]%tests/*}
export TESTS_ROOT

run() {				# SECONDS OPTIONS-OF-run.sh PROGRAM...
	tests/run.sh -p "$part" -l $((slow * $1 + 20)) \
		-W "tests/vm/run.sh -m vgem -t $((slow * $1)) $2 $flavour" "${@:3}"
}

# A fuzzer takes a minute: the tests run beside it.
run 360 "$leaks" "${fuzzers[@]}" "${tests[@]}"
[ -z "$leaks" ] || run 100 '-a kunit.enable=1 -a kunit.autorun=1' tests/vm/kunit.sh
run 300 "-r $VM_CACHE/mesa-$arch" tests/vm/mesa.sh
# Emulated CPUs that emulate a GPU: less of it.
MUTSU_STEPS=$((slow == 1 ? 1 : 4)) run 600 "${MUTSU_MODELS:+-d $MUTSU_MODELS}" tests/vm/infer.sh
for program in "${benches[@]}"; do
	tests/run.sh -p "$part" -l 200 -s "${program##*/}" tests/vm/run.sh -t 180 -m vgem \
		"$flavour" "$program"
done
