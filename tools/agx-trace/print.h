/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGX_TRACE_PRINT_H
#define TOOLS_AGX_TRACE_PRINT_H

#include <jansson.h>

#include "model.h"

struct print_opts {
	bool disassemble;
	json_t *json;	/* an array for images; NULL: as text */
};

/* "M1"; never NULL. */
const char *chip_name(u32 chip_id);

/* Adds the image to the array: 0, or EXIT_FAILED after a message. */
int print_json(json_t *array, const struct loaded *image, const struct model *model,
	       bool disassemble);

#endif
