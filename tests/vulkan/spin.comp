#version 460
// SPDX-License-Identifier: MIT
// Takes its time: turns are push constants.
layout(local_size_x = 32) in;
layout(push_constant) uniform P { uint turns; };
layout(set = 0, binding = 0) buffer A { uint a[]; };

void main()
{
	uint x = gl_LocalInvocationID.x;

	for (uint i = 0u; i < turns; i++)
		x = x * 1664525u + 1013904223u;
	a[gl_LocalInvocationID.x] = x | 1u;
}
