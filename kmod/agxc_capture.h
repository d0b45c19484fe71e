/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_CAPTURE_H
#define AGXC_CAPTURE_H

#include <linux/types.h>

struct agxc_device;
struct agxc_job;
struct agxc_tap;
struct dentry;

/**
 * struct agxc_sink - where the bytes of an image go
 * @write: all of them, 0, or an error, which ends the image; may sleep; a signal
 *	that kills ends it with -ERESTARTSYS
 */
struct agxc_sink {
	int (*write)(struct agxc_sink *sink, const void *data, size_t size);
};

/* agxc_image.c: the job with all memory of its VM; 0, or an error, of the sink too. */
int agxc_image_write(const struct agxc_job *job, struct agxc_sink *sink);

/**
 * struct agxc_tap_session - a submission that somebody reads in debugfs
 * @sink: base
 * @begun: something was written
 * @tap: of the device
 * @number: of the session; if the tap is at another one, the reader has gone
 */
struct agxc_tap_session {
	struct agxc_sink sink;
	bool begun;
	struct agxc_tap *tap;
	u64 number;
};

#ifdef CONFIG_DEBUG_FS
/* agxc_tap.c: the file dri/N/capture. */
void agxc_tap_debugfs(struct agxc_device *dev, struct dentry *root);

/*
 * Whether somebody waits for a submission: the caller's is it.  To be followed by
 * agxc_tap_end() with how it went; -ERESTARTSYS before anything was written: the reader
 * goes on waiting.
 */
bool agxc_tap_begin(struct agxc_device *dev, struct agxc_tap_session *session);
void agxc_tap_end(struct agxc_tap_session *session, int error);
#else
static inline bool agxc_tap_begin(struct agxc_device *dev, struct agxc_tap_session *session)
{
	return false;
}

static inline void agxc_tap_end(struct agxc_tap_session *session, int error)
{
}
#endif

#endif
