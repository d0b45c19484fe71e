/* SPDX-License-Identifier: MIT */
/* mutsu bench --profile: what a token and a batch of a prompt execute, op by op. */
#ifndef TOOLS_MUTSU_BENCH_PROFILE_H
#define TOOLS_MUTSU_BENCH_PROFILE_H

#include "engine.h"
#include "plan_chip.h"

/*
 * Prints tables, or an object of JSON, for one token at position depth, and for n_prompt
 * tokens at once, each if wanted (0: not).  tokens: depth and so many of them.  The session is
 * on a device that counts.  Exit status.
 */
int bench_profile(const struct engine *engine, const struct plan_chip *chip,
		  const int32_t *tokens, uint32_t depth, bool token, uint32_t n_prompt, bool json);

#endif
