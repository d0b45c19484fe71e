#version 460
// SPDX-License-Identifier: MIT
// Stores where a push constant points to.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x = 32) in;
layout(buffer_reference, std430) buffer Words { uint w[]; };
layout(push_constant) uniform P { Words to; };
layout(set = 0, binding = 0) buffer A { uint a[]; };

void main()
{
	uint i = gl_LocalInvocationID.x;

	to.w[i] = a[i] + 1u;
}
