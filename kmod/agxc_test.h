/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_TEST_H
#define AGXC_TEST_H

#include <kunit/test.h>

struct agxc_device;

/* A device that no user sees, with all but an engine; gone when the test ends. */
struct agxc_device *agxc_test_device(struct kunit *test);

/* Numbers of a sequence that is the same in every run. */
static inline u32 agxc_test_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* One of n. */
static inline u32 agxc_test_below(u32 *state, u32 n)
{
	return agxc_test_random(state) % n;
}

#endif
