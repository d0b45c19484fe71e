#version 460
// SPDX-License-Identifier: MIT
// a * x + y, a and the number of elements being push constants: 2.5, 1000.
//RUN: -b 4096:rand -b 4096:rand -b 4096 -p 00002040e8030000 -g 8
layout(local_size_x = 128) in;
layout(push_constant) uniform P { float a; uint n; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer Y { int y[]; };
layout(set = 0, binding = 2) writeonly buffer B { float b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;

	if (i < n)
		b[i] = fma(a, float(x[i] >> 8), float(y[1023u - i]));
}
