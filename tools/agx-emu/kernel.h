/* SPDX-License-Identifier: MIT */
/* The kernel that the command line names: assembled, unpacked or raw. */
#ifndef TOOLS_AGX_EMU_KERNEL_H
#define TOOLS_AGX_EMU_KERNEL_H

#include "opts.h"
#include "compute/isa/agx_exec.h"
#include "compute/isa/agx_kernel.h"
#include "tools/agx/assemble.h"

struct kernel {
	const struct agx_kernel *is;
	const char *path;
	/* where it came from */
	char *file;
	struct agx_unit *unit;		/* NULL unless assembled */
	struct agx_container container;
	struct agx_kernel raw;
};

/* 0, or the exit status after a message. */
int kernel_load(struct kernel *kernel, const struct opts *opts);
void kernel_free(struct kernel *kernel);

/* The listing's line for an instruction; NULL where there is none. */
const struct agx_line *kernel_line(const struct kernel *kernel, bool preamble, u32 offset);

#endif
