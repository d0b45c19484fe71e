#version 460
// SPDX-License-Identifier: MIT
// Arrays of a thread's own, indexed by what is in them: the stack.
//RUN: -b 4096:rand -b 4096 -g 3
layout(local_size_x = 37) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[1024]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, n = 40u + (i & 15u), hash = 0u;
	uint v[64];

	for (uint k = 0u; k < n; k++) {
		uint x = a[(i * 7u + k) & 1023u], at = k;

		while (at > 0u && v[at - 1u] > x) {
			v[at] = v[at - 1u];
			at--;
		}
		v[at] = x;
	}
	for (uint k = 0u; k < n; k++)
		hash = hash * 31u + v[(k + v[k] % n) % n];
	b[i] = hash;
}
