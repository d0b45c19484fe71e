// SPDX-License-Identifier: MIT
#include "agx_memory.h"

#define PAGE AGX_TLB_PAGE

void agx_tlb_init(struct agx_tlb *tlb, const struct agx_memory *memory)
{
	memset(tlb, 0, sizeof(*tlb));
	tlb->memory = memory;
}

/* The run that the page is in, which map() is asked for if it is not known; or NULL. */
static const struct agx_tlb_run *find_run(struct agx_tlb *tlb, u64 page)
{
	struct agx_tlb_run *run;
	u64 avail = 0;
	u32 prot = 0;
	u8 *host;

	for (run = tlb->run; run < tlb->run + AGX_TLB_RUNS; run++)
		if (page - run->address < run->size)
			return run;

	tlb->lookups++;
	host = tlb->memory->map(tlb->memory->ctx, page, &avail, &prot);
	avail &= ~(u64)(PAGE - 1);
	if (!host || !avail)
		return NULL;
	run = &tlb->run[tlb->next_run++ % AGX_TLB_RUNS];
	*run = (struct agx_tlb_run){
		.address = page, .size = avail, .host = host, .prot = prot,
	};
	return run;
}

/* What a page is where these rights are missing. */
static struct agx_tlb_entry soft_entry(const struct agx_tlb *tlb, u32 prot)
{
	static const u8 zero[PAGE] AGX_ALIGNED(64);
	bool write = prot & AGX_MEM_WRITE;

	/* Zeros are only read: that is all that the entry allows. */
	return (struct agx_tlb_entry){
		.host = write ? tlb->sink : (u8 *)(uintptr_t)zero, .size = PAGE,
		.prot = write ? AGX_MEM_WRITE : AGX_MEM_READ,
	};
}

const struct agx_tlb_entry *agx_tlb_miss(struct agx_tlb *tlb, u64 address, u32 prot)
{
	struct agx_tlb_entry *e = &tlb->entry[address >> 12 & (AGX_TLB_SIZE - 1)];
	u64 page = address & ~(u64)(PAGE - 1);
	const struct agx_tlb_run *run = find_run(tlb, page);

	if (run && (run->prot & prot) == prot)
		*e = (struct agx_tlb_entry){
			.host = run->host + (page - run->address),
			.size = run->size - (page - run->address), .prot = run->prot,
		};
	else if (tlb->sink)
		*e = soft_entry(tlb, prot);
	else
		return NULL;
	e->page = (page >> 12) + 1;
	return e;
}

/* Walks size bytes in pieces that are contiguous on the host. */
static int copy(struct agx_tlb *tlb, u64 address, void *data, size_t size, u32 prot, u64 *fault)
{
	u8 *bytes = data;

	while (size) {
		const struct agx_tlb_entry *e = agx_tlb_entry(tlb, address, prot);
		u64 into = address & (PAGE - 1);
		size_t n;

		if (!e) {
			if (fault)
				*fault = address;
			return -EFAULT;
		}
		n = e->size - into < size ? e->size - into : size;
		if (prot == AGX_MEM_WRITE)
			memcpy(e->host + into, bytes, n);
		else
			memcpy(bytes, e->host + into, n);
		bytes += n;
		address += n;
		size -= n;
	}
	return 0;
}

int agx_read(struct agx_tlb *tlb, u64 address, void *data, size_t size, u64 *fault)
{
	return copy(tlb, address, data, size, AGX_MEM_READ, fault);
}

int agx_write(struct agx_tlb *tlb, u64 address, const void *data, size_t size, u64 *fault)
{
	/* Only read from with these rights. */
	return copy(tlb, address, (void *)data, size, AGX_MEM_WRITE, fault);
}
