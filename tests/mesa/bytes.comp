#version 460
// SPDX-License-Identifier: MIT
// Signed bytes, and nibbles of words, as quantized weights are stored.
//RUN: -b 8192:rand -b 8192:rand -b 8192 -g 8
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_8bit_storage : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer Q { int8_t q[]; };
layout(set = 0, binding = 1) readonly buffer A { uint a[]; };
layout(set = 0, binding = 2) writeonly buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, o = 16u * i;
	int dot = 0, nibbles = 0;

	for (uint k = 0u; k < 8u; k++)
		dot += int(q[o + k]) * int(q[o + 8u + k]);
	for (uint k = 0u; k < 2u; k++) {
		u8vec4 w = unpack8(a[4u * i + k]);

		for (uint l = 0u; l < 4u; l++) {
			nibbles += int(w[l] & uint8_t(15)) * int(4u * k + l) - 8;
			nibbles += int(w[l] >> 4) * int(4u * k + l) - 8;
		}
	}
	b[4u * i] = uint(dot);
	b[4u * i + 1u] = uint(nibbles);
	b[4u * i + 2u] = floatBitsToUint(float(q[o + 3u]) * 0.25 + float(uint8_t(q[o + 5u])));
	b[4u * i + 3u] = pack32(u8vec4(uint8_t(q[o] + q[o + 1u]),
				       uint8_t(min(q[o + 2u], q[o + 3u])),
				       max(uint8_t(q[o + 4u]), uint8_t(q[o + 5u])),
				       uint8_t(q[o + 6u] >> 3)));
}
