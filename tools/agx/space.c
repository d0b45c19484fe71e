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

void *agx_space_at(const struct agx_space *space, u64 address, u64 size)
{
	const struct agx_range *range = agx_space_find(space, address);
	u64 offset;

	if (!range)
		return NULL;
	offset = address - range->address;
	return size <= range->size - offset ? range->host + offset : NULL;
}

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	const struct agx_range *range = agx_space_find(ctx, address);

	if (!range)
		return NULL;
	*avail = range->size - (address - range->address);
	*prot = range->prot;
	return range->host + (address - range->address);
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
	free(space->range);
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

int agx_space_map(struct agx_space *space, u64 address, u64 size, u32 prot, void *host)
{
	struct agx_range range = { address, size, host, prot, !host };
	size_t i;

	if (!is_range(address, size))
		return -EINVAL;
	i = first_above(space, address);
	if (i < space->n && space->range[i].address <= address + (size - 1))
		return -EEXIST;
	if (grow(space))
		return -ENOMEM;
	if (!host)
		range.host = zeroed(size);
	if (!range.host)
		return -ENOMEM;
	insert(space, i, range);
	return 0;
}

/* The part of a range from offset on. */
static struct agx_range part(struct agx_range range, u64 offset, u64 size)
{
	range.address += offset;
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
