/* SPDX-License-Identifier: MIT */
/*
 * What agx-trace record and the processes that it starts share: numbers of submissions,
 * in a file of the folder for images, which all of them map.
 */
#ifndef TOOLS_AGX_TRACE_COUNT_H
#define TOOLS_AGX_TRACE_COUNT_H

#include "compute/isa/agx_port.h"

#define TRACE_COUNT_FILE ".count"
#define TRACE_IMAGE_SUFFIX ".agximage"

/* In the environment of who is recorded. */
#define TRACE_ENV_DIR "AGX_TRACE_DIR"
#define TRACE_ENV_FIRST "AGX_TRACE_FIRST"
#define TRACE_ENV_COUNT "AGX_TRACE_COUNT"
#define TRACE_ENV_WAIT "AGX_TRACE_WAIT"		/* seconds */

/* Atomic, all of them. */
struct trace_count {
	u64 submissions;	/* compute submissions so far */
	u64 images;		/* written */
	u64 failures;		/* that should have been, and were not */
};

#endif
