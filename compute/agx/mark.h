/* SPDX-License-Identifier: MIT */
/*
 * Writes the 32 bits at one address to another.  As the last launch of a submission, behind a
 * barrier, it says that all before it ran, and which submission that was.
 */
#ifndef COMPUTE_AGX_MARK_H
#define COMPUTE_AGX_MARK_H

#include "launch.h"

struct mutsu_agx_mark {
	u64 to, from;		/* addresses; multiples of 4 */
};

void mutsu_agx_mark(struct mutsu_agx_launch *launch, const struct mutsu_agx_mark *a);

#endif
