/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_DEBUG_H
#define AGXC_DEBUG_H

struct agxc_queue;
struct drm_device;
struct drm_file;
struct drm_minor;
struct drm_printer;
struct drm_sched_job;
struct agxc_job;

/* agxc_debugfs.c: clients, VMs, queues, engine; attributes of struct agxc_inject. */
void agxc_debugfs_init(struct drm_minor *minor);

/* agxc_info.c: what the uAPI adds, and fdinfo. */
void agxc_show_fdinfo(struct drm_printer *printer, struct drm_file *file);
int agxc_ioctl_get_info(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_get_counters(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_get_fault(struct drm_device *drm, void *data, struct drm_file *file);

/*
 * agxc_capture.c.  agxc_capture_job(): called by SUBMIT with a job that is complete but
 * not armed, its dependencies added, under the queue's submit_lock: if the queue is to
 * be captured, waits for what comes before and writes the image.  0, or an error, with
 * which SUBMIT fails.
 */
int agxc_ioctl_capture(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_capture_job(struct agxc_job *job);
/* The queue is freed: lets go of the file. */
void agxc_capture_disarm(struct agxc_queue *queue);

#endif
