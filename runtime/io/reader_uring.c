// SPDX-License-Identifier: MIT
/* Reads through io_uring: one ring, entered once for what was handed in since. */
#include "reader.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

struct uring {
	struct mutsu_reader reader;
	struct io_uring ring;
};

/* liburing's calls say what happened in their return value. */
static int enter(struct uring *uring, struct io_uring_cqe **cqe)
{
	int ret;

	do {
		ret = io_uring_peek_cqe(&uring->ring, cqe);
		if (ret != -EAGAIN)
			return ret;
		ret = io_uring_submit_and_wait(&uring->ring, 1);
		/* EAGAIN, EBUSY: the kernel is short of something that finished reads free. */
	} while (ret >= 0 || ret == -EINTR || ret == -EAGAIN || ret == -EBUSY);
	return ret;
}

static void uring_submit(struct mutsu_reader *reader, struct mutsu_read *read)
{
	struct uring *uring = (struct uring *)reader;
	/* There is one: the ring has as many entries as reads can be in flight. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

	io_uring_prep_read(sqe, read->fd, read->to, read->size, read->offset);
	io_uring_sqe_set_data(sqe, read);
}

static int uring_wait(struct mutsu_reader *reader, struct mutsu_read **read)
{
	struct uring *uring = (struct uring *)reader;
	struct io_uring_cqe *cqe;
	int ret;

	/* What was handed in starts before results that are there are looked at. */
	if (io_uring_sq_ready(&uring->ring)) {
		ret = io_uring_submit(&uring->ring);
		if (ret < 0 && ret != -EINTR && ret != -EAGAIN && ret != -EBUSY)
			return ret;
	}
	ret = enter(uring, &cqe);
	if (ret)
		return ret;
	*read = io_uring_cqe_get_data(cqe);
	(*read)->result = cqe->res;
	io_uring_cqe_seen(&uring->ring, cqe);
	return 0;
}

static void uring_close(struct mutsu_reader *reader)
{
	struct uring *uring = (struct uring *)reader;

	io_uring_queue_exit(&uring->ring);
	free(uring);
}

/* A ring can be there and yet be of no use: old kernels, filters of system calls. */
static int try_ring(struct uring *uring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&uring->ring);
	struct io_uring_cqe *cqe;
	int ret;

	if (!probe)
		return -ENOSYS;
	ret = io_uring_opcode_supported(probe, IORING_OP_READ) ? 0 : -ENOSYS;
	io_uring_free_probe(probe);
	if (ret)
		return ret;
	io_uring_prep_nop(io_uring_get_sqe(&uring->ring));
	ret = enter(uring, &cqe);
	if (!ret)
		io_uring_cqe_seen(&uring->ring, cqe);
	return ret;
}

static const struct mutsu_reader_ops uring_ops = {
	.submit = uring_submit,
	.wait = uring_wait,
	.close = uring_close,
};

int mutsu_reader_open_uring(struct mutsu_reader **out, unsigned int depth)
{
	struct uring *uring = calloc(1, sizeof(*uring));
	int ret;

	if (!uring)
		return -ENOMEM;
	uring->reader.ops = &uring_ops;
	ret = io_uring_queue_init(depth, &uring->ring, 0);
	if (ret)
		goto out_free;
	ret = try_ring(uring);
	if (ret)
		goto out_exit;
	*out = &uring->reader;
	return 0;

out_exit:
	io_uring_queue_exit(&uring->ring);
out_free:
	free(uring);
	return ret;
}
