// SPDX-License-Identifier: MIT
/*
 * The interface of agxtrace.so, a tracer of submissions: it hands every compute
 * command to the object that AGXTRACE_HOOK names, before the kernel gets it.
 */
#include <pthread.h>

#include "execute.h"
#include "tools/agx/client.h"

#define EXPORT __attribute__((visibility("default")))
#define INTERFACE_VERSION 1

/* What agxtrace.so passes: its side of the interface is agxtrace.h. */
struct agxtrace_compute {
	u32 version;
	u32 submit, cmd;	/* counters, for messages */
	u32 vm_id;
	u64 usc_exec_base;
	const struct agx_drm_cmd_compute *compute;
	/* Host memory behind an address, NULL where nothing is mapped. */
	void *(*xlat)(u32 vm, u64 address, u64 *avail, u32 *flags);
};

EXPORT int agx_compute_hook(const struct agxtrace_compute *compute);

struct tracer {
	const struct agxtrace_compute *compute;
	pthread_mutex_t lock;	/* of xlat, which one thread at a time may call */
};

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	struct tracer *tracer = ctx;
	u32 flags = 0;
	void *host;

	pthread_mutex_lock(&tracer->lock);
	host = tracer->compute->xlat(tracer->compute->vm_id, address, avail, &flags);
	pthread_mutex_unlock(&tracer->lock);
	*prot = agx_client_prot(flags);
	return host;
}

int agx_compute_hook(const struct agxtrace_compute *compute)
{
	struct tracer tracer = { .compute = compute, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct agx_memory memory = { .map = map, .ctx = &tracer };
	struct command command = {
		.submit = compute->submit,
		.index = compute->cmd,
		.usc_base = compute->usc_exec_base,
		.compute = compute->compute,
		.memory = &memory,
	};

	if (compute->version != INTERFACE_VERSION) {
		fprintf(stderr, "agx-hook: agxtrace.so has interface %u, this is for %u\n",
			compute->version, INTERFACE_VERSION);
		return -EINVAL;
	}
	return execute(&command);
}
