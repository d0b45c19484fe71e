/* SPDX-License-Identifier: MIT */
/* A GPU address space in host memory: ranges with rights, found by address. */
#ifndef TOOLS_AGX_SPACE_H
#define TOOLS_AGX_SPACE_H

#include "compute/isa/agx_memory.h"

#define AGX_SPACE_PAGE 4096u

struct agx_range {
	u64 address;
	u64 size;
	u8 *host;
	u32 prot;	/* AGX_MEM_READ | AGX_MEM_WRITE */
	bool owned;	/* the space made the memory and frees it */
	bool page;	/* host is one page of AGX_PAGE_SIZE, which the range repeats */
};

/* Memory of the space's own that several ranges may be of. */
struct agx_space_block {
	u8 *host;
	u64 size;
};

/*
 * What is mapped changes only while nothing executes; then any number of threads
 * may look.
 */
struct agx_space {
	struct agx_range *range;	/* by address; they do not overlap */
	size_t n;
	size_t room;
	struct agx_space_block *block;
	size_t n_blocks;
	struct agx_memory memory;	/* for the executor; ctx is the space */
};

/* The space must stay where it is: memory points to it. */
void agx_space_init(struct agx_space *space);
void agx_space_destroy(struct agx_space *space);

/*
 * Maps size bytes at address, both multiples of AGX_SPACE_PAGE: the host's memory,
 * or with NULL zeroed memory of the space's own, which costs nothing until it is
 * touched.  -EINVAL, -EEXIST where something is mapped, -ENOMEM.
 */
int agx_space_map(struct agx_space *space, u64 address, u64 size, u32 prot, void *host);

/* The same page again and again, from address on; all of them multiples of AGX_PAGE_SIZE. */
int agx_space_map_page(struct agx_space *space, u64 address, u64 size, u32 prot, void *page);

/* Zeroed memory to map, which is there until the space is destroyed; NULL without memory. */
u8 *agx_space_memory(struct agx_space *space, u64 size);

/*
 * Nothing is mapped in [address, address + size) any more; what is left of ranges that
 * it cuts stays.  -EINVAL, -ENOMEM.
 */
int agx_space_unmap(struct agx_space *space, u64 address, u64 size);

/* The range that holds address, NULL where nothing is mapped. */
const struct agx_range *agx_space_find(const struct agx_space *space, u64 address);

/* Host memory of address, with the bytes that follow it contiguously in *avail; or NULL. */
u8 *agx_space_bytes(const struct agx_space *space, u64 address, u64 *avail);

/*
 * Host memory of size bytes from address on, whatever its rights; NULL unless all
 * of them are in one range, and contiguous.
 */
void *agx_space_at(const struct agx_space *space, u64 address, u64 size);

#endif
