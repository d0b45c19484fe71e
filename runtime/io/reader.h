/* SPDX-License-Identifier: MIT */
/*
 * Reads in flight: handed in one by one, come back in any order.  What a result
 * means, and whether to read again, is the loader's business.
 */
#ifndef RUNTIME_IO_READER_H
#define RUNTIME_IO_READER_H

#include <stdint.h>
#include <sys/types.h>

/* The caller's until submitted, and again once mutsu_reader_wait() returns it. */
struct mutsu_read {
	int fd;
	void *to;
	uint32_t size;
	uint64_t offset;
	ssize_t result;		/* bytes, or a negative errno value */
	struct mutsu_read *next;	/* the reader's */
};

struct mutsu_reader;

struct mutsu_reader_ops {
	void (*submit)(struct mutsu_reader *reader, struct mutsu_read *read);
	int (*wait)(struct mutsu_reader *reader, struct mutsu_read **read);
	void (*close)(struct mutsu_reader *reader);
};

struct mutsu_reader {
	const struct mutsu_reader_ops *ops;
};

/*
 * At most depth reads are in flight.  uring: -ENOSYS, -EPERM and others where
 * this system has no io_uring for us.  threads: -ENOMEM only; where no thread
 * can be had, mutsu_reader_wait() reads.
 */
int mutsu_reader_open_uring(struct mutsu_reader **out, unsigned int depth);
int mutsu_reader_open_threads(struct mutsu_reader **out, unsigned int depth);

/* Nothing is in flight. */
static inline void mutsu_reader_close(struct mutsu_reader *reader)
{
	if (reader)
		reader->ops->close(reader);
}

static inline void mutsu_reader_submit(struct mutsu_reader *reader, struct mutsu_read *read)
{
	reader->ops->submit(reader, read);
}

/*
 * One that is finished; at least one is in flight.  An error means that io_uring
 * itself failed, after which nothing can be waited for.
 */
static inline int mutsu_reader_wait(struct mutsu_reader *reader, struct mutsu_read **read)
{
	return reader->ops->wait(reader, read);
}

#endif
