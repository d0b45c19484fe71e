/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_ENGINE_H
#define AGXC_ENGINE_H

#include <linux/types.h>

struct agxc_device;
struct agxc_job;
struct agxc_queue;
struct seq_file;

/*
 * The software AGX.  A job that was pushed is in flight, as if a firmware had it:
 * jobs of a queue are executed one after the other, queues independently, params.slots
 * of them at a time, all cores on each as far as it has threadgroups for them.
 *
 * A fault ends every job in flight: those of the same VM with -EIO, others with
 * -ECANCELED.  A timeout ends its job with -ETIMEDOUT and the others with -ECANCELED.
 * Queues and VMs stay usable.
 */

/* Makes the engine of the device and starts its threads; freed with the DRM device. */
int agxc_engine_create(struct agxc_device *dev);

/* What is in flight, and what is pushed from now on, ends with -ENODEV; threads end. */
void agxc_engine_stop(struct agxc_device *dev);

/* How many it has, whatever the parameters say. */
u32 agxc_engine_cores(const struct agxc_device *dev);
u32 agxc_engine_slots(const struct agxc_device *dev);

void agxc_engine_init_queue(struct agxc_queue *queue);

/*
 * Takes the job, which stays the caller's to free after agxc_job_complete() was called
 * for it; one whose error is set is completed with that when its turn comes, and not
 * executed.  Cannot fail, may not sleep for long: part of the fence signalling path.
 */
void agxc_engine_push(struct agxc_job *job);

/*
 * Ends the queue's jobs in flight with error; when it returns none of them is
 * executed any more and all are complete.  May sleep.
 */
void agxc_engine_cancel(struct agxc_queue *queue, int error);

/* For debugfs: slots, cores, what they do. */
void agxc_engine_show(struct agxc_device *dev, struct seq_file *seq);

#endif
