/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_CMDBUF_H
#define AGXC_CMDBUF_H

#include <linux/types.h>

struct agxc_file;
struct agxc_job;

/* Commands that the hardware executes, 1 to AGXC_MAX_COMMANDS, or -EINVAL. */
int agxc_cmdbuf_count(const u8 *buf, u32 size);

/*
 * Reads a buffer that has been counted into the job, which has room for as many.
 * Timestamps are in objects of file, which the job gets references to, also where
 * something is wrong: -EINVAL, -ENOENT, -ERANGE.
 */
int agxc_cmdbuf_read(struct agxc_job *job, struct agxc_file *file, const u8 *buf, u32 size);

#endif
