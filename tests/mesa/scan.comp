#version 460
// SPDX-License-Identifier: MIT
// Prefix sums of a threadgroup of 1000 threads: barriers in a loop.
//RUN: -b 16384:rand -b 16384 -g 4
layout(local_size_x = 1000) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

shared uint s[2][1000];

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationID.x, from = 0u;

	s[0][l] = a[i];
	for (uint d = 1u; d < 1000u; d *= 2u) {
		barrier();
		s[1u - from][l] = s[from][l] + (l >= d ? s[from][l - d] : 0u);
		from = 1u - from;
	}
	b[i] = s[from][l];
}
