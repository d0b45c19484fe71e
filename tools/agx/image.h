/* SPDX-License-Identifier: MIT */
/*
 * Images of GPU memory, as a tracer of Mesa's submissions writes them: the bytes
 * "AGXMEM1" and 0, then records of
 *
 *	u64 address, u64 0, u64 flags, u64 size		a mapping
 *	u64 address, u64 length, u64 flags, the bytes	contents of mapped memory
 *
 * and u64 ~0 at the end.  Flags are those of VM_BIND: 2 readable, 4 writable.
 * Pages of zeroes are left out.  An image may be compressed (xz).
 */
#ifndef TOOLS_AGX_IMAGE_H
#define TOOLS_AGX_IMAGE_H

#include "compute/isa/agx_isa.h"
#include "space.h"

/*
 * Maps and fills what the image (size bytes) has into the space.  maps, which may
 * be NULL, is text with a line per mapping that says whose memory it is:
 *
 *	vm 0 va START..END bo HANDLE+OFFSET flags FLAGS		all but vm hexadecimal
 *
 * Mappings of the same memory then share it, as they did on the machine.
 * -EINVAL, -ENOMEM with err; the space may be filled in part then.
 */
int agx_image_load(struct agx_space *space, const u8 *data, size_t size, const char *maps,
		   struct agx_error *err);

#endif
