/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGX_UNIFORM_H
#define TOOLS_AGX_UNIFORM_H

#include "operands.h"

/*
 * Where all lanes are active and those of uniform hold the same in all of them:
 * does insn's result, too?
 */
bool agx_result_uniform(const struct agx_insn *insn, const struct agx_access *access,
			const struct agx_halves *uniform);

#endif
