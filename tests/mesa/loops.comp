#version 460
// SPDX-License-Identifier: MIT
// Loops in loops, left and continued from switches and conditions.
//RUN: -b 4096:rand -b 4096 -i -g 8
layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[1024]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, x = a[i], sum = 0u, steps = 0u;

	for (uint j = 0u; j < (x & 7u) + 2u; j++) {
		for (uint k = j; k < 20u; k++) {
			uint v = a[(i + 31u * j + k) & 1023u];
			bool leave = false;

			steps++;
			switch (v & 7u) {
			case 0u:
				continue;
			case 1u:
				sum ^= v;
				/* falls through */
			case 2u:
				sum += k;
				break;
			case 3u:
				while (v > 9u) {
					v = v / 3u - (v & 1u);
					if (v == 27u)
						break;
					if ((v & 4u) != 0u)
						continue;
					sum += v;
				}
				break;
			case 4u:
				leave = (v & 0xf00u) == 0u;
				break;
			default:
				sum = sum * 5u + 1u;
			}
			if (leave)
				break;
			if ((sum & 0x3ffu) == 77u) {
				b[i] = sum ^ 0xffffffffu;
				return;
			}
		}
		if ((sum & 15u) == 3u)
			continue;
		sum += steps;
	}
	b[i] = sum;
}
