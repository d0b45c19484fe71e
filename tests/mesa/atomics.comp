#version 460
// SPDX-License-Identifier: MIT
// Atomics of threadgroup and device memory, and a last threadgroup that reads what
// the others wrote.
//RUN: -b 8192:rand -b 256 -g 32
#extension GL_KHR_memory_scope_semantics : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) coherent buffer B { uint b[64]; };

shared uint histogram[16];
shared bool last;

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationIndex, v = a[i], old, now;

	if (l < 16u)
		histogram[l] = 0u;
	barrier();
	atomicAdd(histogram[v & 15u], 1u);
	barrier();
	if (l < 16u)
		atomicAdd(b[l], histogram[l]);

	atomicMax(b[16], v);
	atomicMax(b[17], ~v);
	atomicOr(b[18], v & 0x00ff00ffu);
	atomicXor(b[19], v);
	atomicAdd(b[20], v);
	/* Compare and swap until it was not another's turn. */
	old = b[21];
	for (;;) {
		now = atomicCompSwap(b[21], old, old + (v & 3u));
		if (now == old)
			break;
		old = now;
	}
	if (l == 0u)
		b[32u + gl_WorkGroupID.x] = histogram[0];

	memoryBarrierBuffer();
	barrier();
	if (l == 0u)
		last = atomicAdd(b[22], 1u) == gl_NumWorkGroups.x - 1u;
	barrier();
	if (last) {
		memoryBarrierBuffer();
		if (l < 32u)
			atomicAdd(b[23], b[32u + l] * (l + 1u));
	}
}
