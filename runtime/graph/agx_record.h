/* SPDX-License-Identifier: MIT */
/*
 * Recording: launches become control streams in GPU memory, which can be submitted any
 * number of times
 *
 * First launches are collected, with marks for where a stream begins and for which launch
 * has to wait for those before it; then memory for all of them is made in one go.
 */
#ifndef RUNTIME_GRAPH_AGX_RECORD_H
#define RUNTIME_GRAPH_AGX_RECORD_H

#include "compute/agx/launch.h"
#include "runtime/drm/gpu.h"
#include "runtime/error.h"

struct agx_record;

struct agx_stream_place {
	uint64_t start, end;	/* GPU addresses: of the first packet, behind the last */
	uint32_t n_launches;
};

/* -ENOMEM */
int mutsu_agx_record_open(struct agx_record **out, struct mutsu_error *err);

/* What is added from now on, one launch at least, is in a new stream: number 0, 1 ... */
uint32_t mutsu_agx_record_begin(struct agx_record *record);

/*
 * Adds a copy of launch to the stream.  wait: not before all launches so far have ended.
 * Running out of memory is reported by place().
 */
void mutsu_agx_record_add(struct agx_record *record, const struct mutsu_agx_launch *launch,
			  bool wait);

/*
 * Writes all streams, which read the step at this address; what was collected is freed.
 * -ENOMEM; -EINVAL: a launch that cannot be encoded (a mistake of ours).
 */
int mutsu_agx_record_place(struct agx_record *record, struct mutsu_gpu *gpu, uint64_t step,
			   struct mutsu_error *err);

/* Once placed. */
struct agx_stream_place mutsu_agx_record_stream(const struct agx_record *record, uint32_t i);
size_t mutsu_agx_record_size(const struct agx_record *record);	/* bytes of GPU memory */

/* gpu: with which it was placed, or NULL. */
void mutsu_agx_record_close(struct agx_record *record, struct mutsu_gpu *gpu);

#endif
