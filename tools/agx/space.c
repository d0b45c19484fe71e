// SPDX-License-Identifier: MIT
/* Ranges in an array, sorted by address: looking up is a binary search. */
#include "space.h"

#include <sys/mman.h>

/* The first range that ends above address; space->n: none does. */
static size_t first_above(const struct agx_space *space, u64 address)
{
	size_t low = 0, high = space->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct agx_range *range = &space->range[mid];

		if (range->address + (range->size - 1) < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct agx_range *agx_space_find(const struct agx_space *space, u64 address)
{
	size_t i = first_above(space, address);

	return i < space->n && space->range[i].address <= address ? &space->range[i] : NULL;
}

/* Where address is in a range, which goes on for *avail bytes. */
static u8 *locate(const struct agx_range *range, u64 address, u64 *avail)
{
	u64 offset = address - range->address;

	*avail = range->size - offset;
	if (range->page) {
		u64 left;

		offset = address % AGX_PAGE_SIZE;
		left = AGX_PAGE_SIZE - offset;
		*avail = *avail < left ? *avail : left;
	}
	return range->host + offset;
}

u8 *agx_space_bytes(const struct agx_space *space, u64 address, u64 *avail)
{
	const struct agx_range *range = agx_space_find(space, address);

	return range ? locate(range, address, avail) : NULL;
}

void *agx_space_at(const struct agx_space *space, u64 address, u64 size)
{
	u64 avail;
	u8 *host = agx_space_bytes(space, address, &avail);

	return host && size <= avail ? host : NULL;
}

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	const struct agx_range *range = agx_space_find(ctx, address);

	if (!range)
		return NULL;
	*prot = range->prot;
	return locate(range, address, avail);
}

void agx_space_init(struct agx_space *space)
{
	*space = (struct agx_space){ .memory = { .map = map, .ctx = space } };
}

void agx_space_destroy(struct agx_space *space)
{
	for (size_t i = 0; i < space->n; i++) {
		if (space->range[i].owned)
			munmap(space->range[i].host, space->range[i].size);
	}
	for (size_t i = 0; i < space->n_blocks; i++)
		munmap(space->block[i].host, space->block[i].size);
	free(space->range);
	free(space->block);
	agx_space_init(space);
}

/* Pages that nobody touches are never made: an image may announce gigabytes. */
static void *zeroed(u64 size)
{
	void *host;

	if (size > SIZE_MAX)
		return NULL;
	host = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return host == MAP_FAILED ? NULL : host;
}

static int grow(struct agx_space *space)
{
	size_t room = space->room ? 2 * space->room : 16;
	struct agx_range *range;

	if (space->n < space->room)
		return 0;
	range = realloc(space->range, room * sizeof(*range));
	if (!range)
		return -ENOMEM;
	space->range = range;
	space->room = room;
	return 0;
}

static bool is_range(u64 address, u64 size)
{
	return size && !((address | size) % AGX_SPACE_PAGE) && address + (size - 1) >= address;
}

static void insert(struct agx_space *space, size_t i, struct agx_range range)
{
	memmove(space->range + i + 1, space->range + i, (space->n - i) * sizeof(range));
	space->range[i] = range;
	space->n++;
}

static int add(struct agx_space *space, struct agx_range range)
{
	size_t i;

	if (!is_range(range.address, range.size))
		return -EINVAL;
	i = first_above(space, range.address);
	if (i < space->n && space->range[i].address <= range.address + (range.size - 1))
		return -EEXIST;
	if (grow(space))
		return -ENOMEM;
	if (range.owned)
		range.host = zeroed(range.size);
	if (!range.host)
		return -ENOMEM;
	insert(space, i, range);
	return 0;
}

int agx_space_map(struct agx_space *space, u64 address, u64 size, u32 prot, void *host)
{
	return add(space, (struct agx_range){
		.address = address, .size = size, .host = host, .prot = prot, .owned = !host,
	});
}

int agx_space_map_page(struct agx_space *space, u64 address, u64 size, u32 prot, void *page)
{
	if ((address | size) % AGX_PAGE_SIZE)
		return -EINVAL;
	return add(space, (struct agx_range){
		.address = address, .size = size, .host = page, .prot = prot, .page = true,
	});
}

u8 *agx_space_memory(struct agx_space *space, u64 size)
{
	struct agx_space_block *more;
	u8 *host;

	more = realloc(space->block, (space->n_blocks + 1) * sizeof(*more));
	if (!more)
		return NULL;
	space->block = more;
	host = zeroed(size);
	if (host)
		space->block[space->n_blocks++] = (struct agx_space_block){ host, size };
	return host;
}

/* The part of a range from offset on. */
static struct agx_range part(struct agx_range range, u64 offset, u64 size)
{
	range.address += offset;
	if (!range.page)
		range.host += offset;
	range.size = size;
	return range;
}

int agx_space_unmap(struct agx_space *space, u64 address, u64 size)
{
	u64 last = address + (size - 1);
	size_t i;

	if (!is_range(address, size))
		return -EINVAL;
	/* One range may become two. */
	if (grow(space))
		return -ENOMEM;
	i = first_above(space, address);
	while (i < space->n && space->range[i].address <= last) {
		struct agx_range range = space->range[i];
		u64 before = address > range.address ? address - range.address : 0;
		u64 end = range.address + (range.size - 1);
		u64 after = end > last ? end - last : 0;

		if (range.owned)
			munmap(range.host + before, range.size - before - after);
		memmove(space->range + i, space->range + i + 1,
			(--space->n - i) * sizeof(range));
		if (before)
			insert(space, i++, part(range, 0, before));
		if (after)
			insert(space, i++, part(range, range.size - after, after));
	}
	return 0;
}
