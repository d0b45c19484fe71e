/* SPDX-License-Identifier: MIT */
/*
 * What a session computes on: which device and why, and a GPU's memory for it
 *
 * On a GPU everything that is computed with is in its memory, which is the machine's, so
 * that the CPU can go on with it at any time: the tensors of the model, read into buffers
 * as they are in the file, the KV cache, activations.
 */
#ifndef RUNTIME_SESSION_DEVICE_H
#define RUNTIME_SESSION_DEVICE_H

#include "runtime/graph/exec_agx.h"

struct session_choice {
	char path[64];		/* of the GPU's node; empty: the CPU */
	char why[512];		/* one sentence for people */
};

/*
 * wanted as in struct mutsu_session_opts; need: bytes that all of it takes.  -EINVAL: not
 * a name of a device.  -ENODEV: there is no such device, or it cannot be used; "auto" and
 * "cpu" always are.  -ENOMEM: it would not fit into the machine's memory.
 */
int mutsu_session_choose(struct session_choice *choice, const char *wanted, uint64_t need,
			 struct mutsu_error *err);

struct session_device {
	struct mutsu_gpu *gpu;
	struct mutsu_buffer **buffer;	/* parts of the model, then KV cache, work memory */
	size_t n_buffers;
	struct mutsu_exec_agx *exec;
	const struct mutsu_model *model;
};

/* Bytes of tensors of all parts of the model's file. */
uint64_t mutsu_session_weights_size(const struct mutsu_model *model);

/*
 * Opens it and reads the model's tensors into its memory.  -ECANCELED: progress said so.
 * Errors of the device and of reading.
 */
int mutsu_session_device_open(struct session_device **out, const char *path,
			      const struct mutsu_model *model, mutsu_progress_fn progress,
			      void *user, struct mutsu_error *err);

/* Another buffer that the CPU uses, too; it is the device's.  -ENOMEM. */
int mutsu_session_device_buffer(struct session_device *device, size_t size, const char *what,
				void **map, struct mutsu_error *err);

/* Where the device has a byte of the model's tensors; for mutsu_graph_move(). */
const void *mutsu_session_device_move(void *device, const void *data);

void mutsu_session_device_close(struct session_device *device);

#endif
