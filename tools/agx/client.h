/* SPDX-License-Identifier: MIT */
/*
 * What a client of the asahi driver has made, as far as its submissions depend on it:
 * buffers, address spaces, queues.  Identifiers are an open file's own.
 */
#ifndef TOOLS_AGX_CLIENT_H
#define TOOLS_AGX_CLIENT_H

#include "asahi.h"
#include "space.h"

struct agx_client;

struct agx_client *agx_client_create(void);	/* NULL: no memory */
void agx_client_destroy(struct agx_client *client);	/* takes NULL */

/* After calls of the driver that succeeded; false without memory. */
bool agx_client_add_buffer(struct agx_client *client, u32 handle, u64 size);
void agx_client_close_buffer(struct agx_client *client, u32 handle);
void agx_client_close_vm(struct agx_client *client, u32 id);

/*
 * How buffers become memory of this process: calls of the driver; NULL if it fails.
 * The client unmaps it.
 */
typedef u8 *(*agx_client_map_fn)(void *ctx, u32 handle, u64 size);

/* false where the binding cannot be followed: nothing is mapped in its range then. */
bool agx_client_bind(struct agx_client *client, u32 vm, const struct agx_drm_bind_op *op,
		     agx_client_map_fn map, void *ctx);

struct agx_client_vm;

struct agx_client_queue {
	u32 id;
	u64 usc_base;
	struct agx_client_vm *vm;
	/* For who follows submissions; 0 at first. */
	u64 n_submits;
	u32 syncobj;
};

bool agx_client_add_queue(struct agx_client *client, u32 id, u32 vm, u64 usc_base);
void agx_client_close_queue(struct agx_client *client, u32 id);
/* NULL: there is none.  Valid until queues come or go. */
struct agx_client_queue *agx_client_find_queue(struct agx_client *client, u32 id);

/* The address space of the queue, which outlives the number of its VM. */
const struct agx_space *agx_client_space(const struct agx_client_queue *queue);
u32 agx_client_vm_id(const struct agx_client_queue *queue);

/* A mapping of a queue's VM: host is its first byte, of the buffer with this handle. */
struct agx_client_mapping {
	u64 address, size;
	u32 flags;	/* AGX_DRM_BIND_READ, _WRITE, _SINGLE_PAGE */
	u32 handle;
	u64 offset;	/* of host in the buffer */
	const u8 *host;
};

/* All of them by ascending address, *n in a malloc'ed array; NULL without memory. */
struct agx_client_mapping *agx_client_mappings(const struct agx_client *client,
					       const struct agx_client_queue *queue, size_t *n);

/* AGX_MEM_* of AGX_DRM_BIND_*. */
u32 agx_client_prot(u32 flags);

/*
 * The next command of a command buffer of *size bytes; false at its end, or where it ends
 * in the middle.  payload has header->size bytes.
 */
bool agx_client_command(const u8 **commands, size_t *size, struct agx_drm_cmd_header *header,
			const u8 **payload);

#endif
