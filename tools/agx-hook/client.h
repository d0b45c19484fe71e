/* SPDX-License-Identifier: MIT */
/*
 * What a client of the asahi driver has made, as far as executing its submissions
 * needs it: buffers, address spaces, queues.  Identifiers are an open file's own.
 */
#ifndef TOOLS_AGX_HOOK_CLIENT_H
#define TOOLS_AGX_HOOK_CLIENT_H

#include "compute/isa/agx_port.h"

struct client;

struct client *client_create(void);
void client_destroy(struct client *client);	/* takes NULL */

/* After calls of the driver that succeeded; false without memory. */
bool client_add_buffer(struct client *client, u32 handle, u64 size);
void client_close_buffer(struct client *client, u32 handle);
bool client_add_queue(struct client *client, u32 id, u32 vm, u64 usc_base);
void client_close_queue(struct client *client, u32 id);

struct binding {
	u32 flags;		/* BIND_* */
	u32 handle;
	u64 offset, size, address;
};

/* How buffers become memory of this process: calls of the driver; NULL if it fails. */
typedef u8 *(*client_map_fn)(void *ctx, u32 handle, u64 size);

/* false where the binding cannot be followed. */
bool client_bind(struct client *client, u32 vm, const struct binding *binding,
		 client_map_fn map, void *ctx);

/* Before the driver sees it: runs the compute commands of a command buffer. */
void client_submit(struct client *client, u32 queue, u32 submit, const u8 *commands,
		   size_t size);

#endif
