#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mesa.sh - unmodified Mesa, and DRM's own tests, on the device of the kernel module
#
# Runs in a virtual machine (tests/vm/run.sh) with the system that make vulkan-tests
# unpacks, in the root of the tree.

. tests/lib/tap.sh

case $(uname -m) in
x86_64) vulkan=$PWD/${BUILD:-build}/vulkan/amd64/vulkan ;;
*) vulkan=$PWD/${BUILD:-build}/vulkan/arm64/vulkan ;;
esac
shaders=${BUILD:-build}/vulkan/shaders
igt=/usr/libexec/igt-gpu-tools

export VK_DRIVER_FILES=/usr/share/vulkan/icd.d/asahi_icd.json
export VK_LOADER_LAYERS_DISABLE='~implicit~'
export XDG_RUNTIME_DIR=/tmp MESA_SHADER_CACHE_DISABLE=true

shows_the_gpu() {
	vulkaninfo --summary >/tmp/vulkaninfo 2>/tmp/errors &&
		grep 'deviceName *= Apple M2 (G14G' /tmp/vulkaninfo &&
		grep 'driverName *= Honeykrisp' /tmp/vulkaninfo &&
		[ "$(grep -c '^GPU' /tmp/vulkaninfo)" = 1 ] && return
	cat /tmp/vulkaninfo /tmp/errors
	return 1
}

# A program that prints TAP.
program() {			# COMMAND...
	"$@" >/tmp/tap 2>/tmp/errors || tap_bad=1
	grep -v '^1\.\.' /tmp/tap
	sed 's/^/# /' /tmp/errors
	tap_n=$((tap_n + $(grep -cE '^(not )?ok ' /tmp/tap)))
	grep -q '^1\.\.' /tmp/tap || check "$1 runs to its end" false
}

subtests() {			# PROGRAM OPTIONS...
	if "$@" >/tmp/log 2>&1 && grep -q SUCCESS /tmp/log &&
		! grep -E '^Subtest .*: FAIL' /tmp/log; then
		return
	fi
	cat /tmp/log
	return 1
}

check "vulkaninfo shows the GPU" shows_the_gpu
cd "$shaders" || exit 1
program "$vulkan"
for name in asahi/asahi_get_params asahi/asahi_get_time syncobj_basic; do
	if [ -x $igt/$name ]; then
		check "igt: $name" subtests $igt/$name
	else
		skip "igt: $name" "igt-gpu-tools is not built for $(uname -m)"
	fi
done
finish
