#version 460
// SPDX-License-Identifier: MIT
// More values at a time than there are registers.
//RUN: -b 36864:rand -b 36864 -g 2
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) buffer A { uint a[]; };
layout(set = 0, binding = 1) buffer B { uint b[]; };

const uint N = 144u;

void main()
{
	uint o = gl_GlobalInvocationID.x * N, sum = 0u, v[N];

	[[unroll]] for (uint k = 0u; k < N; k++)
		v[k] = a[o + k];
	[[unroll]] for (uint k = 0u; k < N; k++)
		sum += v[k] ^ v[(k * 7u + 3u) % N];
	barrier();
	[[unroll]] for (uint k = 0u; k < N; k++)
		b[o + k] = v[(k * 11u + 5u) % N] * sum;
}
