/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/**
 * DOC: tracepoints
 *
 * ``agx_compute`` has four: ``agxc_submit`` when SUBMIT has queued a job,
 * ``agxc_job_start`` and ``agxc_job_finish`` when the engine begins and ends it, and
 * ``agxc_fault``.  All name the client, as drm-client-id in fdinfo does, the queue and the
 * number of the submission on it.  What a job waits for in between is told by DRM's own,
 * ``gpu_scheduler:*`` and ``dma_fence:*``, with the same client.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM agx_compute

#if !defined(AGXC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define AGXC_TRACE_H

#include <linux/tracepoint.h>

#include "agxc_device.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

DECLARE_EVENT_CLASS(agxc_job,
		    TP_PROTO(const struct agxc_job *job),
		    TP_ARGS(job),
		    TP_STRUCT__entry(__string(dev, dev_name(job->queue->dev->drm.dev))
				     __field(u64, client)
				     __field(u64, seqno)
				     __field(u32, queue)
				     __field(u32, vm)
				     __field(u32, commands)
		    ),
		    TP_fast_assign(__assign_str(dev);
				   __entry->client = job->queue->usage->client;
				   __entry->seqno = job->seqno;
				   __entry->queue = job->queue->id;
				   __entry->vm = job->queue->vm->id;
				   __entry->commands = job->n_commands;
		    ),
		    TP_printk("dev=%s client=%llu queue=%u seqno=%llu vm=%u commands=%u",
			      __get_str(dev), __entry->client, __entry->queue,
			      __entry->seqno, __entry->vm, __entry->commands)
);

/* The job has been armed; pushing it is next. */
DEFINE_EVENT(agxc_job, agxc_submit, TP_PROTO(const struct agxc_job *job), TP_ARGS(job));

/* The engine begins with its first command. */
DEFINE_EVENT(agxc_job, agxc_job_start, TP_PROTO(const struct agxc_job *job), TP_ARGS(job));

/* Its fence is about to be signalled; ns since it began, 0 if it did not. */
TRACE_EVENT(agxc_job_finish,
	    TP_PROTO(const struct agxc_job *job, int error),
	    TP_ARGS(job, error),
	    TP_STRUCT__entry(__string(dev, dev_name(job->queue->dev->drm.dev))
			     __field(u64, client)
			     __field(u64, seqno)
			     __field(u64, ns)
			     __field(u32, queue)
			     __field(int, error)
	    ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->client = job->queue->usage->client;
			   __entry->seqno = job->seqno;
			   __entry->ns = job->started ? agxc_timestamp() - job->started : 0;
			   __entry->queue = job->queue->id;
			   __entry->error = error;
	    ),
	    TP_printk("dev=%s client=%llu queue=%u seqno=%llu error=%d ns=%llu",
		      __get_str(dev), __entry->client, __entry->queue, __entry->seqno,
		      __entry->error, __entry->ns)
);

/* reason is enum drm_agxc_fault_reason; the message has it in words. */
TRACE_EVENT(agxc_fault,
	    TP_PROTO(const struct agxc_job *job, const struct agxc_fault_record *record),
	    TP_ARGS(job, record),
	    TP_STRUCT__entry(__string(dev, dev_name(job->queue->dev->drm.dev))
			     __string(message, record->message)
			     __field(u64, client)
			     __field(u64, seqno)
			     __field(u64, address)
			     __field(u64, code)
			     __field(u32, queue)
			     __field(u32, vm)
			     __field(u32, command)
			     __field(u32, reason)
			     __field(u32, offset)
			     __field(u32, lane)
			     __field(bool, write)
	    ),
	    TP_fast_assign(__assign_str(dev);
			   __assign_str(message);
			   __entry->client = job->queue->usage->client;
			   __entry->seqno = job->seqno;
			   __entry->address = record->fault.address;
			   __entry->code = record->fault.code;
			   __entry->queue = job->queue->id;
			   __entry->vm = job->queue->vm->id;
			   __entry->command = record->command;
			   __entry->reason = record->reason;
			   __entry->offset = record->fault.offset;
			   __entry->lane = record->fault.lane;
			   __entry->write = record->fault.write;
	    ),
	    TP_printk("dev=%s client=%llu queue=%u seqno=%llu vm=%u command=%u reason=%u address=%#llx %s code=%#llx+%#x lane=%u: %s",
		      __get_str(dev), __entry->client, __entry->queue, __entry->seqno,
		      __entry->vm, __entry->command, __entry->reason, __entry->address,
		      __entry->write ? "write" : "read", __entry->code, __entry->offset,
		      __entry->lane, __get_str(message))
);

#endif

/* Outside of the guard; from the root of the tree, which Kbuild has among its paths. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kmod
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE agxc_trace
#include <trace/define_trace.h>
