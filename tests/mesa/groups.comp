#version 460
// SPDX-License-Identifier: MIT
// What a thread is told of its place, in three dimensions, in threadgroups that are no
// multiple of a SIMD-group.
//RUN: -b 4096:rand -b 4096 -g 4,2,3
layout(local_size_x = 5, local_size_y = 3, local_size_z = 2) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

void main()
{
	uvec3 size = gl_NumWorkGroups * gl_WorkGroupSize, at = gl_GlobalInvocationID;
	uint group = gl_WorkGroupID.x | gl_WorkGroupID.y << 4 | gl_WorkGroupID.z << 8;

	b[(at.z * size.y + at.y) * size.x + at.x] =
		a[gl_LocalInvocationIndex] + group * 0x1000u + gl_LocalInvocationIndex;
}
