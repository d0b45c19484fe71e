// SPDX-License-Identifier: MIT
#include "client.h"

#include <sys/mman.h>

#include "execute.h"
#include "tools/agx/space.h"

#define CMD_COMPUTE 1		/* drm_asahi_cmd_header.cmd_type */

/* struct drm_asahi_cmd_header; size bytes follow. */
struct cmd_header {
	u16 cmd_type, size, vdm_barrier, cdm_barrier;
};

struct buffer {
	u32 handle;
	u64 size;
	u8 *host;		/* NULL: not mapped yet */
};

struct vm {
	u32 id;
	struct agx_space space;
};

struct queue {
	u32 id, vm;
	u64 usc_base;
};

struct client {
	struct buffer *buffer;
	size_t n_buffers;
	struct vm **vm;		/* spaces stay where they are */
	size_t n_vms;
	struct queue *queue;
	size_t n_queues;
};

struct client *client_create(void)
{
	return calloc(1, sizeof(struct client));
}

static void free_buffer(struct buffer *buffer)
{
	if (buffer->host)
		munmap(buffer->host, buffer->size);
}

void client_destroy(struct client *client)
{
	if (!client)
		return;
	for (size_t i = 0; i < client->n_vms; i++) {
		agx_space_destroy(&client->vm[i]->space);
		free(client->vm[i]);
	}
	for (size_t i = 0; i < client->n_buffers; i++)
		free_buffer(&client->buffer[i]);
	free(client->vm);
	free(client->buffer);
	free(client->queue);
	free(client);
}

/* Room for one more element of an array of n; false without memory. */
static bool grow(void *array, size_t n, size_t size)
{
	void *more = realloc(*(void **)array, (n + 1) * size);

	if (!more)
		return false;
	*(void **)array = more;
	return true;
}

/* --- buffers and queues ---------------------------------------------------------------- */

static struct buffer *find_buffer(const struct client *client, u32 handle)
{
	for (size_t i = 0; i < client->n_buffers; i++) {
		if (client->buffer[i].handle == handle)
			return &client->buffer[i];
	}
	return NULL;
}

bool client_add_buffer(struct client *client, u32 handle, u64 size)
{
	if (!grow(&client->buffer, client->n_buffers, sizeof(*client->buffer)))
		return false;
	client->buffer[client->n_buffers++] = (struct buffer){ .handle = handle, .size = size };
	return true;
}

/* The driver drops a buffer's bindings with its handle. */
static void unbind_buffer(struct vm *vm, const struct buffer *buffer)
{
	for (size_t i = 0; buffer->host && i < vm->space.n;) {
		const struct agx_range *range = &vm->space.range[i];

		if (range->host >= buffer->host && range->host < buffer->host + buffer->size)
			agx_space_unmap(&vm->space, range->address, range->size);
		else
			i++;
	}
}

void client_close_buffer(struct client *client, u32 handle)
{
	struct buffer *buffer = find_buffer(client, handle);

	if (!buffer)
		return;
	for (size_t i = 0; i < client->n_vms; i++)
		unbind_buffer(client->vm[i], buffer);
	free_buffer(buffer);
	*buffer = client->buffer[--client->n_buffers];
}

bool client_add_queue(struct client *client, u32 id, u32 vm, u64 usc_base)
{
	if (!grow(&client->queue, client->n_queues, sizeof(*client->queue)))
		return false;
	client->queue[client->n_queues++] = (struct queue){ id, vm, usc_base };
	return true;
}

void client_close_queue(struct client *client, u32 id)
{
	for (size_t i = 0; i < client->n_queues; i++) {
		if (client->queue[i].id == id) {
			client->queue[i] = client->queue[--client->n_queues];
			return;
		}
	}
}

/* --- bindings ----------------------------------------------------------------------------- */

static struct vm *find_vm(struct client *client, u32 id)
{
	struct vm *vm;

	for (size_t i = 0; i < client->n_vms; i++) {
		if (client->vm[i]->id == id)
			return client->vm[i];
	}
	if (!grow(&client->vm, client->n_vms, sizeof(*client->vm)))
		return NULL;
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return NULL;
	vm->id = id;
	agx_space_init(&vm->space);
	client->vm[client->n_vms++] = vm;
	return vm;
}

static bool bind(struct vm *vm, const struct binding *b, u8 *host, u64 size)
{
	bool page = b->flags & BIND_SINGLE_PAGE;
	u64 used = page ? AGX_PAGE_SIZE : b->size;

	if (b->offset > size || used > size - b->offset)
		return false;
	host += b->offset;
	return !(page ? agx_space_map_page : agx_space_map)(&vm->space, b->address, b->size,
							      bind_prot(b->flags), host);
}

bool client_bind(struct client *client, u32 vm_id, const struct binding *binding,
		 client_map_fn map, void *ctx)
{
	struct vm *vm = find_vm(client, vm_id);
	struct buffer *buffer;

	if (!vm || agx_space_unmap(&vm->space, binding->address, binding->size))
		return false;
	if (binding->flags & BIND_UNBIND)
		return true;
	buffer = find_buffer(client, binding->handle);
	if (!buffer)
		return false;
	if (!buffer->host)
		buffer->host = map(ctx, buffer->handle, buffer->size);
	return buffer->host && bind(vm, binding, buffer->host, buffer->size);
}

/* --- submissions ---------------------------------------------------------------------------- */

void client_submit(struct client *client, u32 queue_id, u32 submit, const u8 *commands,
		   size_t size)
{
	const struct queue *queue = NULL;
	struct cmd_header header;
	struct cmd_compute compute;
	struct command command = { .submit = submit, .compute = &compute };
	struct vm *vm;

	for (size_t i = 0; i < client->n_queues && !queue; i++)
		queue = client->queue[i].id == queue_id ? &client->queue[i] : NULL;
	vm = queue ? find_vm(client, queue->vm) : NULL;
	if (!vm)
		return;
	command.usc_base = queue->usc_base;
	command.memory = &vm->space.memory;
	while (size >= sizeof(header)) {
		memcpy(&header, commands, sizeof(header));
		commands += sizeof(header);
		size -= sizeof(header);
		if (header.size > size)
			return;
		if (header.cmd_type == CMD_COMPUTE && header.size >= sizeof(compute)) {
			memcpy(&compute, commands, sizeof(compute));
			execute(&command);
		}
		commands += header.size;
		size -= header.size;
		command.index++;
	}
}
