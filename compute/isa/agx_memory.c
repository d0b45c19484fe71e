// SPDX-License-Identifier: MIT
#include "agx_memory.h"

#define PAGE 4096u

void agx_tlb_init(struct agx_tlb *tlb, const struct agx_memory *memory)
{
	memset(tlb, 0, sizeof(*tlb));
	tlb->memory = memory;
}

const struct agx_tlb_entry *agx_tlb_miss(struct agx_tlb *tlb, u64 address, u32 prot)
{
	struct agx_tlb_entry *e = &tlb->entry[address >> 12 & (AGX_TLB_SIZE - 1)];
	u64 page = address & ~(u64)(PAGE - 1), avail = 0;
	u32 got = 0;
	u8 *host = tlb->memory->map(tlb->memory->ctx, page, &avail, &got);

	if (!host || avail < PAGE || (got & prot) != prot)
		return NULL;
	*e = (struct agx_tlb_entry){
		.page = (page >> 12) + 1, .host = host, .size = avail, .prot = got,
	};
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
