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
};

/*
 * What is mapped changes only while nothing executes; then any number of threads
 * may look.
 */
struct agx_space {
	struct agx_range *range;	/* by address; they do not overlap */
	size_t n;
	size_t room;
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

/*
 * Nothing is mapped in [address, address + size) any more; what is left of ranges that
 * it cuts stays.  -EINVAL, -ENOMEM.
 */
int agx_space_unmap(struct agx_space *space, u64 address, u64 size);

/* The range that holds address, NULL where nothing is mapped. */
const struct agx_range *agx_space_find(const struct agx_space *space, u64 address);

/*
 * Host memory of size bytes from address on, whatever its rights; NULL unless all
 * of them are in one range.
 */
void *agx_space_at(const struct agx_space *space, u64 address, u64 size);

#endif
