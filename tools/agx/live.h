/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGX_LIVE_H
#define TOOLS_AGX_LIVE_H

#include "walk.h"

/*
 * Halves that hold something that some lane, active or not, may still read: before
 * each instruction, and behind it together with what it writes.  The caller's arrays
 * have an element per instruction.  0 or -ENOMEM.
 */
int agx_live(const struct agx_walk *walk, struct agx_halves *before, struct agx_halves *behind);

#endif
