// SPDX-License-Identifier: MIT
#include "client.h"

#include <sys/mman.h>

struct buffer {
	u32 handle;
	u64 size;
	u8 *host;		/* NULL: not mapped yet */
};

/* Who made the VM and each of its queues may give it up in any order. */
struct agx_client_vm {
	u32 id;
	bool closed;		/* the number may be another VM's by now */
	u32 n_queues;
	struct agx_space space;
};

struct agx_client {
	struct buffer *buffer;
	size_t n_buffers;
	struct agx_client_vm **vm;	/* spaces stay where they are */
	size_t n_vms;
	struct agx_client_queue *queue;
	size_t n_queues;
};

struct agx_client *agx_client_create(void)
{
	return calloc(1, sizeof(struct agx_client));
}

static void free_buffer(struct buffer *buffer)
{
	if (buffer->host)
		munmap(buffer->host, buffer->size);
}

static void free_vm(struct agx_client_vm *vm)
{
	agx_space_destroy(&vm->space);
	free(vm);
}

void agx_client_destroy(struct agx_client *client)
{
	if (!client)
		return;
	for (size_t i = 0; i < client->n_vms; i++)
		free_vm(client->vm[i]);
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

/* --- buffers --------------------------------------------------------------------------- */

static struct buffer *find_buffer(const struct agx_client *client, u32 handle)
{
	for (size_t i = 0; i < client->n_buffers; i++) {
		if (client->buffer[i].handle == handle)
			return &client->buffer[i];
	}
	return NULL;
}

bool agx_client_add_buffer(struct agx_client *client, u32 handle, u64 size)
{
	/* Who imports a buffer again gets the handle that it has. */
	if (find_buffer(client, handle))
		return true;
	if (!grow(&client->buffer, client->n_buffers, sizeof(*client->buffer)))
		return false;
	client->buffer[client->n_buffers++] = (struct buffer){ .handle = handle, .size = size };
	return true;
}

/* The driver drops a buffer's bindings with its handle. */
static void unbind_buffer(struct agx_client_vm *vm, const struct buffer *buffer)
{
	for (size_t i = 0; buffer->host && i < vm->space.n;) {
		const struct agx_range *range = &vm->space.range[i];

		if (range->host >= buffer->host && range->host < buffer->host + buffer->size)
			agx_space_unmap(&vm->space, range->address, range->size);
		else
			i++;
	}
}

void agx_client_close_buffer(struct agx_client *client, u32 handle)
{
	struct buffer *buffer = find_buffer(client, handle);

	if (!buffer)
		return;
	for (size_t i = 0; i < client->n_vms; i++)
		unbind_buffer(client->vm[i], buffer);
	free_buffer(buffer);
	*buffer = client->buffer[--client->n_buffers];
}

/* --- address spaces ---------------------------------------------------------------------- */

static struct agx_client_vm *find_vm(struct agx_client *client, u32 id)
{
	struct agx_client_vm *vm;

	for (size_t i = 0; i < client->n_vms; i++) {
		if (client->vm[i]->id == id && !client->vm[i]->closed)
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

/* Frees the VM once nothing can name it. */
static void drop_vm(struct agx_client *client, const struct agx_client_vm *vm)
{
	if (!vm->closed || vm->n_queues)
		return;
	for (size_t i = 0; i < client->n_vms; i++) {
		if (client->vm[i] == vm) {
			free_vm(client->vm[i]);
			client->vm[i] = client->vm[--client->n_vms];
			return;
		}
	}
}

void agx_client_close_vm(struct agx_client *client, u32 id)
{
	for (size_t i = 0; i < client->n_vms; i++) {
		if (client->vm[i]->id == id && !client->vm[i]->closed) {
			client->vm[i]->closed = true;
			drop_vm(client, client->vm[i]);
			return;
		}
	}
}

u32 agx_client_prot(u32 flags)
{
	return (flags & AGX_DRM_BIND_READ ? AGX_MEM_READ : 0) |
	       (flags & AGX_DRM_BIND_WRITE ? AGX_MEM_WRITE : 0);
}

static bool bind(struct agx_client_vm *vm, const struct agx_drm_bind_op *op, u8 *host, u64 size)
{
	bool page = op->flags & AGX_DRM_BIND_SINGLE_PAGE;
	u64 used = page ? AGX_PAGE_SIZE : op->range;

	if (op->offset > size || used > size - op->offset)
		return false;
	host += op->offset;
	return !(page ? agx_space_map_page : agx_space_map)(
		&vm->space, op->addr, op->range, agx_client_prot(op->flags), host);
}

bool agx_client_bind(struct agx_client *client, u32 vm_id, const struct agx_drm_bind_op *op,
		     agx_client_map_fn map, void *ctx)
{
	struct agx_client_vm *vm = find_vm(client, vm_id);
	struct buffer *buffer;

	if (!vm || agx_space_unmap(&vm->space, op->addr, op->range))
		return false;
	if (op->flags & AGX_DRM_BIND_UNBIND)
		return true;
	buffer = find_buffer(client, op->handle);
	if (!buffer)
		return false;
	if (!buffer->host)
		buffer->host = map(ctx, buffer->handle, buffer->size);
	return buffer->host && bind(vm, op, buffer->host, buffer->size);
}

/* --- queues ------------------------------------------------------------------------------ */

bool agx_client_add_queue(struct agx_client *client, u32 id, u32 vm_id, u64 usc_base)
{
	struct agx_client_vm *vm = find_vm(client, vm_id);

	if (!vm || !grow(&client->queue, client->n_queues, sizeof(*client->queue)))
		return false;
	client->queue[client->n_queues++] = (struct agx_client_queue){
		.id = id, .usc_base = usc_base, .vm = vm,
	};
	vm->n_queues++;
	return true;
}

struct agx_client_queue *agx_client_find_queue(struct agx_client *client, u32 id)
{
	for (size_t i = 0; i < client->n_queues; i++) {
		if (client->queue[i].id == id)
			return &client->queue[i];
	}
	return NULL;
}

void agx_client_close_queue(struct agx_client *client, u32 id)
{
	struct agx_client_queue *queue = agx_client_find_queue(client, id);

	if (!queue)
		return;
	queue->vm->n_queues--;
	drop_vm(client, queue->vm);
	*queue = client->queue[--client->n_queues];
}

const struct agx_space *agx_client_space(const struct agx_client_queue *queue)
{
	return &queue->vm->space;
}

u32 agx_client_vm_id(const struct agx_client_queue *queue)
{
	return queue->vm->id;
}

/* --- mappings ------------------------------------------------------------------------------ */

static int by_host(const void *a, const void *b)
{
	const struct buffer *left = a, *right = b;

	return left->host < right->host ? -1 : left->host > right->host;
}

/* sorted: by host. */
static const struct buffer *buffer_at(const struct buffer *sorted, size_t n, const u8 *host)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (sorted[middle].host <= host)
			low = middle;
		else
			high = middle;
	}
	return &sorted[low];
}

static u32 flags_of(const struct agx_range *range)
{
	return (range->prot & AGX_MEM_READ ? AGX_DRM_BIND_READ : 0) |
	       (range->prot & AGX_MEM_WRITE ? AGX_DRM_BIND_WRITE : 0) |
	       (range->page ? AGX_DRM_BIND_SINGLE_PAGE : 0);
}

struct agx_client_mapping *agx_client_mappings(const struct agx_client *client,
					       const struct agx_client_queue *queue, size_t *n)
{
	const struct agx_space *space = &queue->vm->space;
	struct agx_client_mapping *mapping = calloc(space->n + 1, sizeof(*mapping));
	struct buffer *sorted = calloc(client->n_buffers + 1, sizeof(*sorted));

	if (!mapping || !sorted) {
		free(mapping);
		free(sorted);
		return NULL;
	}
	if (client->n_buffers)
		memcpy(sorted, client->buffer, client->n_buffers * sizeof(*sorted));
	qsort(sorted, client->n_buffers, sizeof(*sorted), by_host);
	for (size_t i = 0; i < space->n; i++) {
		const struct agx_range *range = &space->range[i];
		const struct buffer *buffer = buffer_at(sorted, client->n_buffers, range->host);

		mapping[i] = (struct agx_client_mapping){
			.address = range->address, .size = range->size,
			.flags = flags_of(range), .handle = buffer->handle,
			.offset = (u64)(range->host - buffer->host), .host = range->host,
		};
	}
	*n = space->n;
	free(sorted);
	return mapping;
}

/* --- command buffers ------------------------------------------------------------------------ */

bool agx_client_command(const u8 **commands, size_t *size, struct agx_drm_cmd_header *header,
			const u8 **payload)
{
	if (*size < sizeof(*header))
		return false;
	memcpy(header, *commands, sizeof(*header));
	if (header->size > *size - sizeof(*header))
		return false;
	*payload = *commands + sizeof(*header);
	*commands = *payload + header->size;
	*size -= sizeof(*header) + header->size;
	return true;
}
