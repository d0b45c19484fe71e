/* SPDX-License-Identifier: MIT */
/* Control streams in images of GPU memory. */
#ifndef TOOLS_AGX_EMU_MEMORY_H
#define TOOLS_AGX_EMU_MEMORY_H

#include "run.h"

/* Whether the file is an image, as far as its first bytes tell. */
bool memory_is_image(const char *path);

/*
 * Fills the space from an image file, with maps (may be NULL), and submit (may be NULL)
 * from what the image says; says what is wrong.
 */
int memory_load(struct agx_space *space, const char *image, const char *maps,
		struct agx_image_submit *submit);

/* agx-emu --memory: the exit status. */
int run_memory(const struct opts *opts);

/* agx-emu --corpus: the exit status. */
int run_corpus(const struct opts *opts);

#endif
