/* SPDX-License-Identifier: MIT */
/* Sets of register halves: struct agx_halves of check.h. */
#ifndef TOOLS_AGX_HALVES_H
#define TOOLS_AGX_HALVES_H

#include "check.h"

#define AGX_HALF_R0L 0u		/* the nest counter of the exec mask */
#define AGX_HALF_R1L 2u		/* r1: what call writes */

static inline bool agx_halves_has(const struct agx_halves *set, unsigned int half)
{
	return set->bits[half / 64] >> (half % 64) & 1;
}

static inline void agx_halves_add(struct agx_halves *set, unsigned int half)
{
	set->bits[half / 64] |= 1ull << (half % 64);
}

/* n halves from first on; those that no register has are left out. */
static inline void agx_halves_add_range(struct agx_halves *set, unsigned int first, unsigned int n)
{
	for (unsigned int half = first; half < first + n && half < AGX_HALVES; half++)
		agx_halves_add(set, half);
}

static inline bool agx_halves_empty(const struct agx_halves *set)
{
	return !(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]);
}

static inline unsigned int agx_halves_count(const struct agx_halves *set)
{
	unsigned int n = 0;

	for (int i = 0; i < 4; i++)
		n += (unsigned int)__builtin_popcountll(set->bits[i]);
	return n;
}

/* The lowest, or AGX_HALVES where there is none. */
static inline unsigned int agx_halves_first(const struct agx_halves *set)
{
	for (unsigned int i = 0; i < 4; i++) {
		if (set->bits[i])
			return 64 * i + (unsigned int)__builtin_ctzll(set->bits[i]);
	}
	return AGX_HALVES;
}

static inline bool agx_halves_equal(const struct agx_halves *a, const struct agx_halves *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* a |= b, a &= b, a &= ~b */
static inline void agx_halves_or(struct agx_halves *a, const struct agx_halves *b)
{
	for (int i = 0; i < 4; i++)
		a->bits[i] |= b->bits[i];
}

static inline void agx_halves_and(struct agx_halves *a, const struct agx_halves *b)
{
	for (int i = 0; i < 4; i++)
		a->bits[i] &= b->bits[i];
}

static inline void agx_halves_remove(struct agx_halves *a, const struct agx_halves *b)
{
	for (int i = 0; i < 4; i++)
		a->bits[i] &= ~b->bits[i];
}

static inline struct agx_halves agx_halves_both(const struct agx_halves *a,
						const struct agx_halves *b)
{
	struct agx_halves both = *a;

	agx_halves_and(&both, b);
	return both;
}

/* Is every half of a in b? */
static inline bool agx_halves_within(const struct agx_halves *a, const struct agx_halves *b)
{
	struct agx_halves rest = *a;

	agx_halves_remove(&rest, b);
	return agx_halves_empty(&rest);
}

#endif
