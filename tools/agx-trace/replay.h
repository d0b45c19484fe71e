/* SPDX-License-Identifier: MIT */
/* Executing an image: in this process, or on a device. */
#ifndef TOOLS_AGX_TRACE_REPLAY_H
#define TOOLS_AGX_TRACE_REPLAY_H

#include "trace.h"

struct replay_opts {
	const char *device;	/* "emu", "soft", or a node */
	u32 threads;		/* emu; 0: all */
	u64 timeout;		/* device: seconds */
};

/* How it went. */
struct replayed {
	bool fault;
	char message[600];	/* about it */
	/* Memory at the image's addresses, afterwards; of replay_free(). */
	struct agx_space *after;
	struct loaded own;	/* emu: what after is of */
	struct device *device;	/* device: likewise */
};

/* 0, or the exit status after a message; faults are in the result. */
int replay_emu(struct replayed *result, const struct loaded *image,
	       const struct replay_opts *opts);
int replay_device(struct replayed *result, const struct loaded *image,
		  const struct replay_opts *opts);

void device_close(struct device *device);	/* takes NULL */

#endif
