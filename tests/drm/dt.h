/* SPDX-License-Identifier: MIT */
/*
 * A device for tests of runtime/drm, opened with it: memory for code, control streams and
 * data, and launches of compute/agx and of assembly.  Whatever fails in here fails the
 * test; where there is no device the test is skipped.
 */
#ifndef TESTS_DRM_DT_H
#define TESTS_DRM_DT_H

#include "compute/agx/add.h"
#include "runtime/drm/gpu.h"
#include "tests/uapi/ut.h"

#define DT_FOREVER (60 * 1000000000ll)	/* ns */
#define DT_WORDS 0x40000u		/* of the data */

struct dt {
	struct mutsu_gpu *gpu;
	struct mutsu_buffer *code, *stream, *data;
	u32 *words;			/* the data */
	u32 code_used, stream_used;
	u32 begin;			/* of the stream being written */
};

/* A control stream. */
struct dt_work {
	u64 stream, end;
};

/* The first GPU that can be used; NULL: none. */
const struct mutsu_gpu_info *dt_find(void);
void dt_open(struct dt *dt);
void dt_close(struct dt *dt);

/* Fails the test unless the call returned 0. */
void dt_check(const char *file, int line, const char *what, int ret,
	      const struct mutsu_error *err);
#define dt_ok(call) \
	do { \
		struct mutsu_error err = { "" }; \
		int dt_ret = (call); \
		dt_check(__FILE__, __LINE__, #call, dt_ret, &err); \
	} while (0)

struct mutsu_buffer *dt_buffer(struct dt *dt, size_t size, unsigned int flags, const char *what);

/* A stream: begin, launches with a barrier after each, end. */
void dt_begin(struct dt *dt);
void dt_launch(struct dt *dt, const struct mutsu_agx_launch *launch, u32 rows);
struct dt_work dt_end(struct dt *dt);

/* y[i] += x[i], floats; width is a multiple of 4. */
struct dt_work dt_add(struct dt *dt, u64 y, u64 x, u32 width);
/* Threads with this program, whose parameters are buffers. */
struct dt_work dt_program(struct dt *dt, const char *code, const u64 *args, u32 threads);
/* Runs until words[DT_WORDS - 1] is not 0; words[DT_WORDS - 2] is 1 as soon as it does. */
struct dt_work dt_spin(struct dt *dt);
void dt_spin_runs(struct dt *dt);
void dt_spin_end(struct dt *dt);

u64 dt_submit(struct dt *dt, struct dt_work work);
/* Waits for it: its status. */
int dt_end_of(struct dt *dt, u64 seqno);
int dt_run(struct dt *dt, struct dt_work work);
/* The GPU executes what it is told. */
void dt_works(struct dt *dt);

/* Files that the process has open. */
u32 dt_open_files(void);
/* Bytes that are bound, of all clients, once that stays the same; software only. */
u64 dt_bound(void);

#endif
