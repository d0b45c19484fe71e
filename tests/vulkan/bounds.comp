#version 460
// SPDX-License-Identifier: MIT
// Beyond the ends of buffers, where the driver promises zeroes and no stores.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) buffer A { uint a[]; };
layout(set = 0, binding = 1) buffer B { uint b[]; };

void main()
{
	uint i = gl_LocalInvocationID.x;

	b[i] = a[i] + a[i + 0x1000u] + a[i + 0x3fffff00u] + 1u;
	b[i + 0x2000u] = 1u;
	b[i + 0x3fffff00u] = 1u;
	atomicAdd(b[i + 0x2000u], 5u);
}
