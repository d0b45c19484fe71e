// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: floating point
 *
 * The one place where the module may use the FPU: shaders are loaded and run here, a
 * slice at a time.  Meanwhile the thread cannot be preempted, so that time is what
 * bounds a slice.  What is compiled for the FPU is in compute/isa/ and called with
 * integers and pointers only; this file is not.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#ifdef CONFIG_UML
#include <asm/fpu/api.h>
#else
#include <linux/fpu.h>
#endif

#include "agxc_engine_private.h"

/* Instructions between two looks at the clock: about 10 us on a machine of today. */
#define CHUNK 512

/* Likewise, of decoding. */
#define LOAD_CHUNK 64

static bool time_is_left(u64 end)
{
	return !need_resched() && ktime_get_ns() < end;
}

int agxc_fp_next(struct agx_stream *stream, struct agx_dispatch *dispatch, u64 ns)
{
	u64 end = ktime_get_ns() + ns;
	int ret;

	stream->budget = LOAD_CHUNK;
	kernel_fpu_begin();
	do {
		ret = agx_stream_next(stream, dispatch);
	} while (ret == -EAGAIN && time_is_left(end));
	kernel_fpu_end();
	return ret;
}

enum agx_core_status agxc_fp_run(struct agx_core *core, struct agx_dispatch *dispatch, u64 ns)
{
	u64 end = ktime_get_ns() + ns;
	enum agx_core_status status;

	kernel_fpu_begin();
	do {
		status = agx_core_run(core, dispatch, CHUNK);
	} while (status == AGX_CORE_MORE && time_is_left(end));
	kernel_fpu_end();
	return status;
}
