/* SPDX-License-Identifier: MIT */
/* How eight partial sums become one: the order that compute/ops names. */
#ifndef COMPUTE_REF_SUM_H
#define COMPUTE_REF_SUM_H

static inline float sum8(const float p[8])
{
	return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

#endif
