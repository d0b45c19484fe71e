#version 460
// SPDX-License-Identifier: MIT
// Launches that depend on each other, in one command buffer.
//RUN: -b 4096:rand -b 4096 -n 5 -B -g 8
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;

	b[i] = b[i] * 3u + a[1023u - i];
}
