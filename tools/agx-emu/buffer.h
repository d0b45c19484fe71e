/* SPDX-License-Identifier: MIT */
/* Buffers of a kernel: what the command line says of them. */
#ifndef TOOLS_AGX_EMU_BUFFER_H
#define TOOLS_AGX_EMU_BUFFER_H

#include "opts.h"
#include "compute/isa/agx_kernel.h"
#include "tools/agx/space.h"

struct buffer {
	char *name;		/* the parameter's; raw: what -b says, or a number */
	const char *from;	/* -b's argument, for messages */
	u64 size;
	const char *init;	/* how to fill it; NULL: data */
	char *data;		/* from a file */
	u8 *host;		/* once placed */
	u64 address;
};

struct buffers {
	struct buffer *item;
	size_t n;
};

/* One per buffer parameter, in their order; raw kernels have as many as -b. */
int buffers_read(struct buffers *buffers, const struct agx_kernel *kernel,
		 const struct opts *opts);
void buffers_free(struct buffers *buffers);

/* Maps and fills all of them, each with unmapped pages behind its last byte. */
int buffers_place(struct buffers *buffers, struct agx_space *space);

/* NULL where there is none of that name, or number. */
const struct buffer *buffers_find(const struct buffers *buffers, const char *name);

#endif
