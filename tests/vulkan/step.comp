#version 460
// SPDX-License-Identifier: MIT
// One step of each element: the order of launches shows.
layout(local_size_x = 32) in;
layout(push_constant) uniform P { uint add; };
layout(set = 0, binding = 0) buffer A { uint a[]; };

layout(constant_id = 0) const uint factor = 0u;

void main()
{
	uint i = gl_GlobalInvocationID.x;

	a[i] = a[i] * factor + add;
}
