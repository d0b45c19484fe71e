// SPDX-License-Identifier: MIT
/*
 * Cuts ranges into pieces, keeps several of them in flight, and decides what to
 * do about each result: go on after a short read, read again another way, or
 * give up.  Every piece ends as a plain read if nothing better works, so errors
 * are those of plain reads.
 */
#include "loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "file.h"
#include "reader.h"

#define PIECE		(1u << 20)
#define N_SLOTS		16
/* Times that a read may be interrupted or put off without getting on. */
#define MAX_REPEATS	1000

enum how {
	PLAIN,			/* through the page cache, to its place */
	DIRECT,			/* past it, to its place */
	BOUNCED,		/* past it, whole blocks, into a buffer: copied from there */
};

/* A piece in flight: bytes start to end of its file, from at on still to come. */
struct slot {
	struct mutsu_read read;	/* first: results come back as this */
	const struct mutsu_load *load;
	struct mutsu_file *file;
	uint64_t start, at, end;
	enum how how;
	bool plain;		/* the other ways have failed for this piece */
	unsigned int repeats;
	uint8_t *bounce;	/* PIECE bytes; NULL: none yet */
};

struct loader {
	const struct mutsu_load *load;
	size_t n, next;		/* ranges; the one that pieces are cut from */
	uint64_t next_at;	/* bytes of it that are cut already */
	struct mutsu_file *files;
	size_t n_files, next_file;	/* n_files at most n; that of the range above */
	struct mutsu_reader *reader;
	struct slot slots[N_SLOTS];
	struct slot *free[N_SLOTS];
	unsigned int n_free;
	bool unpinned;		/* memory that devices cannot write to: no DIRECT */
	uint64_t done, total;
	mutsu_progress_fn progress;
	void *user;
	struct mutsu_load_stats stats;
	int failed;		/* the first error; nothing more is started */
	struct mutsu_error *err;
};

/* The end of a long path says more than its beginning. */
static const char *short_name(const struct mutsu_load *load)
{
	const size_t max = 160;
	const char *name = load->name;
	size_t len = strlen(name);

	if (len > max)
		name += len - max;
	while (len > max && (*name & 0xc0) == 0x80)	/* not into a character */
		name++;
	return name;
}

/*
 * Ranges
 */

static int add_ranges(struct loader *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct mutsu_load *load = &l->load[i];
		uint64_t end;

		if (__builtin_add_overflow(load->offset, load->size, &end) || end > INT64_MAX ||
		    __builtin_add_overflow(l->total, load->size, &l->total))
			return mutsu_fail(l->err, -EINVAL, "%s: %" PRIu64 " bytes from byte %"
					  PRIu64 " are more than files can have",
					  short_name(load), load->size, load->offset);
	}
	return 0;
}

/* All ranges of one file that follow each other share what is known about it. */
static void open_files(struct loader *l)
{
	for (size_t i = 0, j; i < l->n; i = j) {
		uint64_t start = l->load[i].offset, end = start;

		for (j = i; j < l->n && l->load[j].fd == l->load[i].fd; j++) {
			const struct mutsu_load *load = &l->load[j];

			start = load->offset < start ? load->offset : start;
			end = load->offset + load->size > end ? load->offset + load->size : end;
		}
		mutsu_file_open(&l->files[l->n_files++], l->load[i].fd, start, end - start);
	}
}

/* False: there is none left.  Pieces end at multiples of PIECE, which suit any file system. */
static bool cut_piece(struct loader *l, struct slot *slot)
{
	const struct mutsu_load *load;
	uint64_t left, size;

	while (l->next < l->n && l->next_at == l->load[l->next].size) {
		l->next++;
		l->next_at = 0;
		if (l->next < l->n && l->load[l->next].fd != l->load[l->next - 1].fd)
			l->next_file++;
	}
	if (l->next == l->n)
		return false;
	load = &l->load[l->next];
	left = load->size - l->next_at;
	size = PIECE - (load->offset + l->next_at) % PIECE;
	slot->load = load;
	slot->file = &l->files[l->next_file];
	slot->start = slot->at = load->offset + l->next_at;
	slot->end = slot->at + (size < left ? size : left);
	slot->plain = false;
	slot->repeats = 0;
	l->next_at += slot->end - slot->at;
	return true;
}

/*
 * One read
 */

static uint8_t *place(const struct slot *slot)
{
	return (uint8_t *)slot->load->to + (slot->at - slot->load->offset);
}

/* How to read the slot's next bytes, and how many of them that way. */
static enum how choose(const struct loader *l, const struct slot *slot, uint64_t *size)
{
	const struct mutsu_file *file = slot->file;
	uint64_t align = file->offset_align, head = -slot->at % align;

	*size = slot->end - slot->at;
	if (file->direct < 0 || file->refused || slot->plain || *size < head + align)
		return PLAIN;
	if (l->unpinned || ((uintptr_t)place(slot) + head) % file->memory_align)
		return BOUNCED;
	if (head) {
		*size = head;
		return PLAIN;
	}
	*size &= -align;
	return DIRECT;
}

/* The blocks that hold the piece; it does not cross a multiple of PIECE, so they fit. */
static bool prepare_bounced(struct slot *slot)
{
	uint64_t align = slot->file->offset_align, start = slot->at & -align;

	if (!slot->bounce) {
		void *map = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			return false;
		slot->bounce = map;
	}
	slot->read.fd = slot->file->direct;
	slot->read.to = slot->bounce;
	slot->read.offset = start;
	slot->read.size = (uint32_t)(((slot->end + align - 1) & -align) - start);
	return true;
}

static void submit(struct loader *l, struct slot *slot)
{
	uint64_t size;

	slot->how = choose(l, slot, &size);
	if (slot->how == BOUNCED && !prepare_bounced(slot)) {
		slot->plain = true;
		slot->how = PLAIN;
	}
	if (slot->how != BOUNCED) {
		slot->read.fd = slot->how == DIRECT ? slot->file->direct : slot->file->fd;
		slot->read.to = place(slot);
		slot->read.offset = slot->at;
		slot->read.size = (uint32_t)size;
	}
	mutsu_reader_submit(l->reader, &slot->read);
}

/*
 * Results
 */

static void fail(struct loader *l, const struct slot *slot, int code, const char *why)
{
	if (!l->failed)
		l->failed = mutsu_fail(l->err, code, "%s: read error at byte %" PRIu64 ": %s",
				       short_name(slot->load), slot->at, why);
}

/* True: read again. */
static bool read_failed(struct loader *l, struct slot *slot, int code)
{
	if ((code == -EINTR || code == -EAGAIN) && slot->repeats++ < MAX_REPEATS)
		return true;
	if (slot->how == PLAIN) {
		fail(l, slot, code, strerror(-code));
		return false;
	}
	/* Memory that cannot be pinned: that of most DRM drivers. */
	if (slot->how == DIRECT && code == -EFAULT) {
		l->unpinned = true;
		return true;
	}
	/* Some file systems open with O_DIRECT what they then do not read with it. */
	if (code == -EINVAL || code == -EOPNOTSUPP)
		slot->file->refused = true;
	slot->plain = true;
	return true;
}

/* True: read on. */
static bool read_some(struct slot *slot, uint64_t got)
{
	uint64_t skip = slot->at - slot->read.offset, want = slot->end - slot->at;

	slot->repeats = 0;
	if (slot->how == BOUNCED) {
		got = got > skip ? got - skip : 0;
		got = got < want ? got : want;
		memcpy(place(slot), slot->bounce + skip, got);
	}
	slot->at += got;
	/* Short, so the end of the file is near; a plain read tells. */
	if (slot->how != PLAIN && (!got || slot->at % slot->file->offset_align))
		slot->plain = true;
	return slot->at < slot->end;
}

static void finish_piece(struct loader *l, struct slot *slot)
{
	l->free[l->n_free++] = slot;
	l->done += slot->at - slot->start;
	if (!l->failed && l->progress && l->progress(l->user, l->done, l->total) &&
	    l->done < l->total)
		l->failed = mutsu_fail(l->err, -ECANCELED, "loading was cancelled");
}

static void take_result(struct loader *l, struct slot *slot)
{
	ssize_t result = slot->read.result;
	bool again = false;

	if (result < 0) {
		again = read_failed(l, slot, (int)result);
	} else if (!result && slot->how == PLAIN) {
		fail(l, slot, -ENODATA,
		     "the file ends here; it was cut short, or changed while it was open");
	} else {
		l->stats.direct |= slot->how != PLAIN;
		again = read_some(slot, (uint64_t)result);
	}
	if (again && !l->failed)
		submit(l, slot);
	else
		finish_piece(l, slot);
}

/*
 * All of it
 */

static int open_reader(struct loader *l)
{
	if (!mutsu_reader_open_uring(&l->reader, N_SLOTS)) {
		l->stats.uring = true;
		return 0;
	}
	return mutsu_reader_open_threads(&l->reader, N_SLOTS);
}

static int open_loader(struct loader *l)
{
	int ret = add_ranges(l);

	if (ret)
		return ret;
	l->files = calloc(l->n ? l->n : 1, sizeof(*l->files));
	if (!l->files || open_reader(l))
		return mutsu_fail(l->err, -ENOMEM, "no memory for loading");
	open_files(l);
	while (l->n_free < N_SLOTS) {
		l->free[l->n_free] = &l->slots[l->n_free];
		l->n_free++;
	}
	return 0;
}

static void close_loader(struct loader *l)
{
	mutsu_reader_close(l->reader);
	for (size_t i = 0; i < N_SLOTS; i++) {
		if (l->slots[i].bounce)
			munmap(l->slots[i].bounce, PIECE);
	}
	for (size_t i = 0; i < l->n_files; i++)
		mutsu_file_close(&l->files[i]);
	free(l->files);
}

/* After an error, waits for what is in flight: it writes to the caller's memory. */
static int load_all(struct loader *l)
{
	struct mutsu_read *read;
	int ret;

	for (;;) {
		while (!l->failed && l->n_free) {
			struct slot *slot = l->free[l->n_free - 1];

			if (!cut_piece(l, slot))
				break;
			l->n_free--;
			submit(l, slot);
		}
		if (l->n_free == N_SLOTS)
			return l->failed;
		ret = mutsu_reader_wait(l->reader, &read);
		if (ret)
			return mutsu_fail(l->err, ret, "loading: io_uring failed: %s",
					  strerror(-ret));
		take_result(l, (struct slot *)read);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int mutsu_load_run(const struct mutsu_load *load, size_t n, mutsu_progress_fn progress,
		   void *user, struct mutsu_load_stats *stats, struct mutsu_error *err)
{
	struct loader l = {
		.load = load, .n = n, .progress = progress, .user = user, .err = err,
	};
	double start = now();
	int ret = open_loader(&l);

	if (!ret)
		ret = load_all(&l);
	close_loader(&l);
	if (ret)
		return ret;
	l.stats.bytes = l.total;
	l.stats.seconds = now() - start;
	if (stats)
		*stats = l.stats;
	return 0;
}
