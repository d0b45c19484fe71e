#version 460
// SPDX-License-Identifier: MIT
// 64-bit integers, division included.
//RUN: -b 8192:rand -b 32768 -g 4
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint64_t a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint64_t b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, o = 8u * i;
	uint64_t x = a[2u * i], y = a[2u * i + 1u], d = (y >> (x & 63ul)) | 1ul;
	int64_t sx = int64_t(x), sy = int64_t(y);

	b[o] = x + y;
	b[o + 1u] = x - (y << 3);
	b[o + 2u] = x * y;
	b[o + 3u] = (x << uint(y & 63ul)) ^ (y >> uint(x & 63ul));
	b[o + 4u] = uint64_t(sx >> uint(y & 63ul)) + uint64_t(min(sx, sy)) + max(x, y);
	b[o + 5u] = x / d;
	b[o + 6u] = uint64_t(sx / int64_t(d >> 3 | 1ul));
	b[o + 7u] = (x < y ? 1ul : 0ul) + (sx < sy ? 2ul : 0ul) + (sx >= 0l ? 4ul : 0ul) +
		    uint64_t(bitCount(uint(x >> 32))) * 16ul;
}
