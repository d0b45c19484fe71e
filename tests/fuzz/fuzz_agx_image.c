// SPDX-License-Identifier: MIT
/*
 * Any bytes as an image of GPU memory, with or without a map: a byte that says how many
 * of the following are the map's text.  Refused with a sentence, or every mapping can
 * be read where it says that it is.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/agx/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

/* First and last byte of each range can be read, and ranges are in their order. */
static void look(const struct agx_space *space)
{
	for (size_t i = 0; i < space->n; i++) {
		const struct agx_range *range = &space->range[i];
		u64 last = range->address + (range->size - 1), avail;
		const volatile u8 *end = agx_space_bytes(space, last, &avail);

		expect(agx_space_find(space, range->address) == range);
		expect(agx_space_find(space, last) == range);
		expect(i + 1 == space->n || last < space->range[i + 1].address);
		(void)((volatile u8 *)range->host)[0];
		expect(end && avail == 1);
		(void)*end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agx_error err = { .text = "" };
	struct agx_image_submit submit;
	struct agx_space space;
	char maps[256];
	size_t n;
	int ret;

	if (!size)
		return 0;
	n = *data++;
	size--;
	if (n > size)
		n = size;
	memcpy(maps, data, n);
	maps[n] = '\0';
	agx_space_init(&space);
	ret = agx_image_load(&space, data + n, size - n, n ? maps : NULL, &submit, &err);
	expect(!ret || ret == -EINVAL || ret == -ENOMEM);
	expect(!ret || err.text[0]);
	look(&space);
	expect(submit.known || !submit.usc_base);
	agx_image_submit_free(&submit);
	agx_space_destroy(&space);
	return 0;
}
