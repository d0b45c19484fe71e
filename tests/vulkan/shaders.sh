#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shaders.sh DIR FILE... - compile shaders into DIR, and copy them there
#
# Runs where glslang is.

set -eu

dir=$1
shift
for file; do
	name=${file##*/}
	glslang -V --quiet --target-env vulkan1.3 -S comp -o "$dir/${name%.comp}.spv" "$file"
	cp "$file" "$dir"
done
