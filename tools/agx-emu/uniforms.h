/* SPDX-License-Identifier: MIT */
/* What is in the uniform registers when a kernel starts. */
#ifndef TOOLS_AGX_EMU_UNIFORMS_H
#define TOOLS_AGX_EMU_UNIFORMS_H

#include "buffer.h"

struct uniforms {
	u16 half[AGX_UNIFORM_HALVES];
	u32 n;		/* halves in use, from the first on */
};

/* Constants, buffer addresses, and the values of -u; every parameter must have one. */
int uniforms_read(struct uniforms *uniforms, const struct agx_kernel *kernel,
		  const struct buffers *buffers, const struct opts *opts);

#endif
