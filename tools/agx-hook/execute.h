/* SPDX-License-Identifier: MIT */
/* Runs the compute commands of submissions, as environment variables say. */
#ifndef TOOLS_AGX_HOOK_EXECUTE_H
#define TOOLS_AGX_HOOK_EXECUTE_H

#include "compute/isa/agx_memory.h"

/*
 * The beginning of struct drm_asahi_cmd_compute of the kernel's drm/asahi_drm.h, as
 * of Linux 6.16; older systems do not have the header.
 */
struct cmd_compute {
	u32 flags;
	u32 sampler_count;
	u64 cdm_ctrl_stream_base;
	u64 cdm_ctrl_stream_end;
};

struct command {
	u32 submit, index;		/* for messages: of the process, of the submission */
	u64 usc_base;
	const struct cmd_compute *compute;
	const struct agx_memory *memory;
};

#define BIND_UNBIND 1u			/* DRM_ASAHI_BIND_* */
#define BIND_READ 2u
#define BIND_WRITE 4u
#define BIND_SINGLE_PAGE 8u

/* AGX_MEM_* of these flags. */
u32 bind_prot(u32 flags);

/* Has run when it returns: 0, or a negative errno value after a line to stderr. */
int execute(const struct command *command);

#endif
