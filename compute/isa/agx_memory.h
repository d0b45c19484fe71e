/* SPDX-License-Identifier: MIT */
/*
 * GPU addresses, as the executor sees them: a function that finds the host
 * memory behind an address, and a small cache of what it said.
 */
#ifndef COMPUTE_ISA_AGX_MEMORY_H
#define COMPUTE_ISA_AGX_MEMORY_H

#include "agx_port.h"

#define AGX_PAGE_SHIFT 14
#define AGX_PAGE_SIZE (1u << AGX_PAGE_SHIFT)

#define AGX_MEM_READ 1u
#define AGX_MEM_WRITE 2u

/*
 * An address space.  map() returns host memory for address, with the bytes that
 * follow it contiguously in *avail (at least to the end of the 4 KiB page) and
 * its rights in *prot (AGX_MEM_READ | AGX_MEM_WRITE); NULL where nothing is
 * mapped.  Host memory is aligned as the address is, up to 16 bytes.  What it says
 * holds for as long as the dispatch runs.  Called by several threads at once.
 */
struct agx_memory {
	void *(*map)(void *ctx, u64 address, u64 *avail, u32 *prot);
	void *ctx;
};

#define AGX_TLB_SIZE 64

struct agx_tlb_entry {
	u64 page;	/* address >> 12, plus 1; 0: empty */
	u8 *host;	/* of the page's first byte */
	u64 size;	/* bytes that follow it contiguously, 4 KiB at least */
	u32 prot;
};

/* What map() said, so that it is not asked for each page of a large buffer. */
struct agx_tlb_run {
	u64 address;	/* of the first byte, a multiple of 4096 */
	u64 size;	/* bytes; 0: empty */
	u8 *host;
	u32 prot;
};

/* As many buffers as a kernel usually goes through at a time. */
#define AGX_TLB_RUNS 4

/*
 * Each worker's own; emptied when the address space may have changed.
 *
 * With a sink, no access faults: reading where that is not possible gives 0, and what
 * is written where that is not possible is lost in the sink.
 */
struct agx_tlb {
	const struct agx_memory *memory;
	u8 *sink;	/* AGX_TLB_PAGE bytes, 64-byte aligned; NULL: such accesses fault */
	u32 next_run;	/* to be replaced */
	u32 lookups;	/* how often map() was asked; whoever wants to know resets it */
	struct agx_tlb_run run[AGX_TLB_RUNS];
	struct agx_tlb_entry entry[AGX_TLB_SIZE];
};

/* Of entries; the GPU's pages are larger. */
#define AGX_TLB_PAGE 4096u

void agx_tlb_init(struct agx_tlb *tlb, const struct agx_memory *memory);

/* Whether host, which the TLB said to be the memory of some address, is its sink. */
static inline bool agx_tlb_is_sink(const struct agx_tlb *tlb, const u8 *host)
{
	return tlb->sink && host >= tlb->sink && host < tlb->sink + AGX_TLB_PAGE;
}

/* Fills the entry for address; NULL where unmapped or rights are missing. */
const struct agx_tlb_entry *agx_tlb_miss(struct agx_tlb *tlb, u64 address, u32 prot);

/* The entry of address if its 4 KiB page has these rights, else NULL. */
static inline const struct agx_tlb_entry *agx_tlb_entry(struct agx_tlb *tlb, u64 address,
							u32 prot)
{
	const struct agx_tlb_entry *e = &tlb->entry[address >> 12 & (AGX_TLB_SIZE - 1)];

	if (e->page == (address >> 12) + 1 && (e->prot & prot) == prot)
		return e;
	return agx_tlb_miss(tlb, address, prot);
}

/* Host memory of address if its 4 KiB page has these rights, else NULL. */
static inline u8 *agx_tlb_find(struct agx_tlb *tlb, u64 address, u32 prot)
{
	const struct agx_tlb_entry *e = agx_tlb_entry(tlb, address, prot);

	return e ? e->host + (address & 0xfff) : NULL;
}

/*
 * Copies size bytes in or out, over page borders.  0, or -EFAULT with the first
 * address that failed in *fault (may be NULL).
 */
int agx_read(struct agx_tlb *tlb, u64 address, void *data, size_t size, u64 *fault);
int agx_write(struct agx_tlb *tlb, u64 address, const void *data, size_t size,
	      u64 *fault);

#endif
