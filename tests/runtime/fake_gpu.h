/* SPDX-License-Identifier: MIT */
/*
 * runtime/drm without a kernel: the software AGX in this process, for tests of what is
 * built on it.  A program that links this has no other GPU.
 *
 * Submissions run when they are made.  What fails, and when, is said beforehand.
 */
#ifndef TESTS_RUNTIME_FAKE_GPU_H
#define TESTS_RUNTIME_FAKE_GPU_H

#include "runtime/drm/gpu.h"

#define FAKE_NODE "/dev/dri/renderD200"
#define FAKE_NEVER UINT64_MAX

struct fake_gpu {
	bool absent;		/* there is no device */
	bool software;
	const char *why;	/* it cannot be used; NULL: it can */
	int open_error;		/* of opening */
	/* Counted down to 0, where the next one fails; FAKE_NEVER. */
	uint64_t buffers;	/* buffers: -ENOMEM */
	uint64_t submits;	/* submissions: submit_error */
	uint64_t launches;	/* launches: run to here, then the submission ends with status */
	int submit_error, status;
	/* Counters. */
	uint64_t n_submits, n_waits, n_launches;
	int n_open, n_buffers;	/* that are */
};

/* For the test to set and to read; fake_gpu_reset() makes a hardware GPU without faults. */
extern struct fake_gpu fake_gpu;
void fake_gpu_reset(void);

#endif
