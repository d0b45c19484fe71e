/* SPDX-License-Identifier: MIT */
/* What of this process is to be recorded, and one submission as a file. */
#ifndef TOOLS_AGX_TRACE_PRELOAD_RECORD_H
#define TOOLS_AGX_TRACE_PRELOAD_RECORD_H

#include "tools/agx/client.h"
#include "tools/agx-trace/count.h"

/* As agx-trace record says it in the environment. */
struct record {
	const char *dir;		/* absolute; NULL: nothing is recorded */
	struct trace_count *count;	/* of all processes; NULL: not opened yet */
	u64 first, end;			/* numbers of submissions, the latter not recorded */
	u64 wait_ns;			/* how long a submission may wait for others */
};

/* Reads the environment. */
void record_init(struct record *record);

/*
 * The number of a compute submission that is about to be made; false where nothing is
 * recorded any more.
 */
bool record_claim(struct record *record, u64 *number);
/* It was not made: another one may have the number, if none has a later one. */
void record_give_back(const struct record *record, u64 number);

static inline bool record_wants(const struct record *record, u64 number)
{
	return number >= record->first && number < record->end;
}

/* One line to stderr. */
__printf(1, 2) void record_say(const char *format, ...);

/* Calls past this object. */
int record_ioctl(int fd, unsigned long request, void *arg);
int record_close(int fd);

/* A buffer as memory of this process: for agx_client_bind(); ctx is the descriptor. */
u8 *record_map(void *ctx, u32 handle, u64 size);

/* What the program passes to SUBMIT, copied, so that it cannot change or be no memory. */
struct submission {
	int fd;
	struct agx_drm_submit args;
	u8 *commands;
	struct agx_drm_sync *syncs;	/* and room for one more */
	bool compute;			/* a command is */
};

/* False where that cannot be read: the kernel will say so, too. */
bool submission_copy(struct submission *submission, int fd, const struct agx_drm_submit *args);
void submission_free(struct submission *submission);

/*
 * Waits for what the submission waits for, and for its queue's last one (syncobj; 0: there
 * was none); false where the time is up.
 */
bool submission_wait(const struct submission *submission, u32 syncobj, u64 wait_ns);

/*
 * Writes the image; false where that failed, which was said.  Nobody changes the client
 * meanwhile.
 */
bool submission_write(const struct submission *submission, const struct record *record,
		      u64 number, const struct agx_client *client,
		      const struct agx_client_queue *queue);
/* The driver refused it. */
void submission_remove(const struct record *record, u64 number);

#endif
