// SPDX-License-Identifier: MIT
// Sums of 64 floats each, of a threadgroup in its memory.
__kernel void sums(__global const float *x, __global float *y, __local float *s)
{
	int l = get_local_id(0);

	s[l] = x[get_global_id(0)];
	barrier(CLK_LOCAL_MEM_FENCE);
	for (int k = get_local_size(0) / 2; k > 0; k /= 2) {
		if (l < k)
			s[l] += s[l + k];
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	if (l == 0)
		y[get_group_id(0)] = s[0];
}
