/* SPDX-License-Identifier: MIT */
/*
 * What the files of the ioctl fuzzer share: random numbers, statistics, clients, and
 * the GPU programs that it submits.
 */
#ifndef TESTS_UAPI_FUZZ_H
#define TESTS_UAPI_FUZZ_H

#include <pthread.h>
#include <stdatomic.h>

#include "compute/isa/agx_port.h"

#define FUZZ_CLIENTS 4		/* files, shared by all threads */
#define FUZZ_THREADS_MAX 64
#define FUZZ_RIGS 3		/* of a thread */
#define FUZZ_MAPS 6		/* CPU mappings of a thread */
#define FUZZ_IDS 12		/* ids and handles that are guessed; rigs have others, too */

/* --- random numbers ------------------------------------------------------------- */

struct fuzz_rng {
	u64 state;
};

/* splitmix64: any state is a good one. */
static inline u64 rng_u64(struct fuzz_rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Less than n, which is not 0. */
static inline u32 rng_below(struct fuzz_rng *rng, u32 n)
{
	return (u32)((rng_u64(rng) >> 32) * n >> 32);
}

/* One time in n. */
static inline bool rng_one_in(struct fuzz_rng *rng, u32 n)
{
	return !rng_below(rng, n);
}

/* --- statistics ----------------------------------------------------------------- */

/* Calls that are counted, each with the errors it returned. */
#define FUZZ_CALLS(X)										\
	X(GET_PARAMS) X(GET_TIME) X(VM_CREATE) X(VM_DESTROY) X(VM_BIND) X(GEM_CREATE)		\
	X(GEM_MMAP_OFFSET) X(GEM_BIND_OBJECT) X(QUEUE_CREATE) X(QUEUE_DESTROY) X(SUBMIT)	\
	X(SUBMIT_MUTATED) X(GET_INFO) X(GET_COUNTERS) X(GET_FAULT) X(CAPTURE) X(RAW)		\
	X(GEM_CLOSE) X(SYNCOBJ) X(SYNCOBJ_WAIT) X(SYNC_FILE) X(PRIME_EXPORT) X(PRIME_IMPORT)	\
	X(MMAP) X(OPEN) X(FORK) X(READ) X(FENCE)

enum fuzz_call {
#define X(name) CALL_##name,
	FUZZ_CALLS(X)
#undef X
	CALLS
};

#define FUZZ_ERRNO_MAX 136

#define FUZZ_REASONS 16

struct fuzz_stats {
	u64 count[CALLS][FUZZ_ERRNO_MAX];	/* by errno, 0: success */
	u64 fault[FUZZ_REASONS];		/* what GET_FAULT said, by reason */
};

/* --- GPU programs: fuzz_image.c ------------------------------------------------- */

/* What is mapped where, the same in every rig. */
enum fuzz_region { REGION_USC, REGION_STREAM, REGION_TABLE, REGION_DATA };

#define FUZZ_REGION_SIZE 0x8000u
#define FUZZ_DATA_WORDS (FUZZ_REGION_SIZE / 4)

enum fuzz_program {
	PROGRAM_ADD,		/* data[i] += 3 * i + 1: what is checked */
	PROGRAM_EMPTY,
	PROGRAM_LOCAL,
	PROGRAM_ATOMIC,
	PROGRAM_STACK,
	PROGRAM_PREAMBLE,
	PROGRAM_FLOAT,
	PROGRAM_INDIRECT,
	PROGRAM_LONG,
	PROGRAM_ENDLESS,
	PROGRAM_ENDLESS_BARRIER,
	PROGRAM_UNMAPPED,
	PROGRAM_READ_ONLY,
	PROGRAM_TRAP,
	PROGRAMS
};

struct fuzz_image {
	u8 byte[4][FUZZ_REGION_SIZE];		/* REGION_DATA is zero */
	u32 used[4];
	u64 stream[PROGRAMS], stream_end[PROGRAMS];
};

extern const u64 fuzz_region_address[4];

/* Assembles all programs; g14x: control streams of M2 Pro, Max and Ultra. */
void fuzz_image_init(struct fuzz_image *image, bool g14x);

/* --- threads and clients -------------------------------------------------------- */

/* A VM with a queue and buffers, of which all is known; others may destroy any of it. */
struct fuzz_rig {
	bool made;
	u32 client;
	u32 vm, queue;
	u32 handle[4];		/* by enum fuzz_region */
	u32 timestamps;		/* handle of the object, 0: none */
};

struct fuzz_map {
	void *address;
	size_t size;
};

struct fuzz_thread {
	struct fuzz *fuzz;
	u32 index;
	pthread_t thread;
	struct fuzz_rng rng;	/* of the current step: depends on nothing that came before */
	struct fuzz_rig rig[FUZZ_RIGS];
	struct fuzz_map map[FUZZ_MAPS];
	struct fuzz_stats stats;
	_Atomic u64 steps;
	_Atomic(const char *) doing;
};

struct fuzz {
	const char *node;	/* path of the render node */
	int client[FUZZ_CLIENTS + 1];	/* the last is for who checks results */
	struct fuzz_image image;	/* what all rigs begin with */
	int foreign;		/* file of a device whose buffers are imported, -1: none */
	u64 seed;
	u32 n_threads;
	u64 max_steps;		/* of a thread; 0: until the time is over */
	bool children;		/* processes may be forked */
	atomic_bool stop;
	struct fuzz_thread thread[FUZZ_THREADS_MAX + 1];	/* likewise */
};

/* An ioctl, once: 0 or -errno, counted. */
int fuzz_ioctl(struct fuzz_thread *t, enum fuzz_call call, int fd, unsigned long request,
	       void *args);
/* Counts ret, 0 or -errno, and returns it. */
int fuzz_count(struct fuzz_thread *t, enum fuzz_call call, int ret);

/*
 * Stores to memory of the device, where a page may not be there: false then.  flip()
 * turns n bits over, somewhere in size bytes.
 */
bool fuzz_store(void *to, const void *from, size_t size);
bool fuzz_flip(struct fuzz_rng *rng, void *at, u32 size, u32 n);

/* A file of the node. */
int fuzz_open(const struct fuzz *fuzz);

/* Step number n of the thread, the same whenever it is done. */
void fuzz_step(struct fuzz_thread *t, u64 n);

#endif
