#version 460
// SPDX-License-Identifier: MIT
// A uniform buffer, indexed by what is the same for a thread, a group, all of them.
//RUN: -b 4096:rand -u 4096:rand -b 4096 -g 8
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) uniform U { uvec4 u[256]; };
layout(set = 0, binding = 2) writeonly buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, l = i & 63u;

	b[i] = a[i] * u[l / 4u][l & 3u] + u[gl_WorkGroupID.x].x;
}
