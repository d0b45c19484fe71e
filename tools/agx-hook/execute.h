/* SPDX-License-Identifier: MIT */
/* Runs the compute commands of submissions, as environment variables say. */
#ifndef TOOLS_AGX_HOOK_EXECUTE_H
#define TOOLS_AGX_HOOK_EXECUTE_H

#include "compute/isa/agx_memory.h"
#include "tools/agx/asahi.h"

struct command {
	u32 submit, index;		/* for messages: of the process, of the submission */
	u64 usc_base;
	const struct agx_drm_cmd_compute *compute;
	const struct agx_memory *memory;
};

/* Has run when it returns: 0, or a negative errno value after a line to stderr. */
int execute(const struct command *command);

#endif
