#version 460
// SPDX-License-Identifier: MIT
// Half precision, denormals and overflow included.
//RUN: -b 4096:rand -b 16384 -g 8
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint16_t b[]; };

// Any but infinities and NaN.
float16_t number(uint bits)
{
	return uint16BitsToFloat16(uint16_t((bits & 0x8000u) | (bits & 0x7fffu) % 0x7c00u));
}

void main()
{
	uint i = gl_GlobalInvocationID.x, o = 8u * i;
	float16_t x = number(a[i]), y = number(a[i] >> 16);
	precise float16_t sum = x + y, product = x * y, difference = abs(x) - y;
	precise float wide = float(x) * 3.0;

	b[o] = float16BitsToUint16(sum);
	b[o + 1u] = float16BitsToUint16(product);
	b[o + 2u] = float16BitsToUint16(difference);
	b[o + 3u] = float16BitsToUint16(float16_t(wide));
	b[o + 4u] = float16BitsToUint16(x < y ? x : -y);
	b[o + 5u] = float16BitsToUint16(floor(x)) ^ float16BitsToUint16(ceil(y));
	b[o + 6u] = uint16_t(int(x)) + uint16_t(x == y);
	b[o + 7u] = float16BitsToUint16(float16_t(int(a[i]) >> 20));
}
