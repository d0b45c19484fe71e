#version 460
// SPDX-License-Identifier: MIT
// Tiles in threadgroup memory, of matrices whose sizes are no multiples of them.
//RUN: -b 16384:rand -b 16384:rand -b 8192 -g 3,4
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

const uint M = 50u, N = 39u, K = 61u;

shared float left[16][17], right[16][17];

void main()
{
	uint x = gl_GlobalInvocationID.x, y = gl_GlobalInvocationID.y;
	uint lx = gl_LocalInvocationID.x, ly = gl_LocalInvocationID.y;
	float sum = 0.0;

	for (uint k = 0u; k < K; k += 16u) {
		left[ly][lx] = y < M && k + lx < K ? float(a[y * K + k + lx] & 15u) : 0.0;
		right[ly][lx] = x < N && k + ly < K ? float(b[(k + ly) * N + x] & 15u) : 0.0;
		barrier();
		for (uint i = 0u; i < 16u; i++)
			sum += left[ly][i] * right[i][lx];
		barrier();
	}
	if (x < N && y < M)
		c[y * N + x] = sum;
}
