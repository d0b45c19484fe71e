/* SPDX-License-Identifier: MIT */
/*
 * Images of GPU memory, of two kinds; both may be compressed (xz).
 *
 * Those of the kernel module say what was submitted, too: uapi/drm/agx_compute_image.h
 * has their format.
 *
 * Those of a tracer of Mesa's submissions begin with "AGXMEM1" and 0, then records of
 *
 *	u64 address, u64 0, u64 flags, u64 size		a mapping
 *	u64 address, u64 length, u64 flags, the bytes	contents of mapped memory
 *
 * and u64 ~0 at the end.  Flags are those of VM_BIND: 2 readable, 4 writable.
 * Pages of zeroes are left out.
 */
#ifndef TOOLS_AGX_IMAGE_H
#define TOOLS_AGX_IMAGE_H

#include "compute/isa/agx_isa.h"
#include "space.h"

/* A control stream, and the end of its first piece. */
struct agx_image_command {
	u64 stream, end;
};

/* A mapping, as the image has it. */
struct agx_image_mapping {
	u64 address, size;
	u32 flags;		/* those of VM_BIND: 2 readable, 4 writable, 8 a single page */
	u32 object;		/* mappings of one number are of one buffer; 0: of its own */
	u64 offset;		/* in the buffer */
};

/* What was submitted; commands that are not compute are not here. */
struct agx_image_submit {
	bool known;		/* the image says what follows */
	u32 chip_id, generation, variant, clusters;
	bool g14x;		/* launches have the form of M2 Pro, Max, Ultra */
	bool soft_faults;	/* loads of unmapped memory were 0, stores vanished */
	u64 usc_base;
	struct agx_image_command *command;
	size_t n_commands;
	u32 n_others;		/* commands that are not compute */
	u64 seqno;		/* of the submission on its queue; 0: not known */
	struct agx_image_mapping *mapping;	/* by address */
	size_t n_mappings;
};

/* Whether data begin as an image does, or as something that is compressed as images are. */
bool agx_is_image(const u8 *data, size_t size);

/*
 * Maps and fills what the image (size bytes) has into the space.  submit may be NULL.
 * maps, which may be NULL, is text for images of the second kind, with a line per mapping
 * that says whose memory it is:
 *
 *	vm 0 va START..END bo HANDLE+OFFSET flags FLAGS		all but vm hexadecimal
 *
 * Mappings of the same memory then share it, as they did on the machine.
 * -EINVAL, -ENOMEM with err; the space may be filled in part then.
 */
int agx_image_load(struct agx_space *space, const u8 *data, size_t size, const char *maps,
		   struct agx_image_submit *submit, struct agx_error *err);
void agx_image_submit_free(struct agx_image_submit *submit);

#endif
