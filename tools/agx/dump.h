/* SPDX-License-Identifier: MIT */
/* Memory as tables of numbers. */
#ifndef TOOLS_AGX_DUMP_H
#define TOOLS_AGX_DUMP_H

#include "compute/isa/agx_port.h"

struct agx_dump_type {
	const char *name;
	u32 size;	/* bytes */
	int width;	/* columns that the widest value takes */
};

/* "i8" to "f32"; NULL where there is no such type. */
const struct agx_dump_type *agx_dump_type(const char *name);

/* Prints count elements to stdout. */
void agx_dump(const char *title, const struct agx_dump_type *type, const u8 *data, u64 count);

#endif
