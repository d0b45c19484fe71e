/* SPDX-License-Identifier: MIT */
/* How eight partial sums, p0-p3 and p4-p7, become one: as in compute/ops. */
#ifndef COMPUTE_CPU_NEON_SUM_H
#define COMPUTE_CPU_NEON_SUM_H

#include "neon.h"

/* ((p0+p4) + (p2+p6)) + ((p1+p5) + (p3+p7)) */
static inline float neon_sum8(float32x4_t lo, float32x4_t hi)
{
	float32x4_t four = vaddq_f32(lo, hi);
	float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));

	return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

#endif
