#version 460
// SPDX-License-Identifier: MIT
// Single precision where every bit is determined: no denormals, nothing contracted.
//RUN: -b 8192:rand -b 32768 -g 8
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

float number(uint bits)
{
	return uintBitsToFloat((bits & 0x807fffffu) | ((100u + (bits >> 23 & 63u)) << 23));
}

void main()
{
	uint i = gl_GlobalInvocationID.x, o = 8u * i;
	float x = number(a[2u * i]), y = number(a[2u * i + 1u]);
	precise float sum = x + y, product = x * y, difference = abs(x) - y;
	float fused = fma(y, y, x);	/* not of what is precise: that would round twice */

	b[o] = floatBitsToUint(sum);
	b[o + 1u] = floatBitsToUint(product);
	b[o + 2u] = floatBitsToUint(fused);
	b[o + 3u] = floatBitsToUint(difference);
	b[o + 4u] = floatBitsToUint(floor(x)) ^ floatBitsToUint(ceil(y));
	b[o + 5u] = floatBitsToUint(trunc(x)) + floatBitsToUint(roundEven(y));
	b[o + 6u] = floatBitsToUint(x < y ? min(x, 1.0) : max(y, -1.0));
	b[o + 7u] = uint(int(clamp(x, -1e6, 1e6))) + uint(clamp(y, 0.0, 1e6)) +
		    floatBitsToUint(float(a[2u * i])) + floatBitsToUint(float(int(a[2u * i + 1u])));
}
