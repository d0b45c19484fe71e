#version 460
// SPDX-License-Identifier: MIT
// Sums of 256 numbers each, of a threadgroup in its memory.
//RUN: -b 8192:rand -b 32 -g 8
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { float b[]; };

shared float s[256];

void main()
{
	uint l = gl_LocalInvocationID.x;

	s[l] = float(a[gl_GlobalInvocationID.x] & 0xffffu);
	barrier();
	for (uint k = 128u; k > 0u; k /= 2u) {
		if (l < k)
			s[l] += s[l + k];
		barrier();
	}
	if (l == 0u)
		b[gl_WorkGroupID.x] = s[0];
}
