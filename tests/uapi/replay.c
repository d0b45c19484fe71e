// SPDX-License-Identifier: MIT
#include "replay.h"

#include <unistd.h>

#include "tools/agx/workers.h"

void ut_image_load(struct ut_image *image, const u8 *data, size_t size)
{
	struct agx_error err = { .text = "" };

	agx_space_init(&image->space);
	if (agx_image_load(&image->space, data, size, NULL, &image->submit, &err))
		ut_fail(__FILE__, __LINE__, "%s", err.text);
	ut_assert(image->submit.known);
}

void ut_image_read(struct ut_image *image, int fd, u64 offset)
{
	off_t size = lseek(fd, 0, SEEK_END);
	u8 *data;

	ut_assert(size > (off_t)offset);
	data = malloc((size_t)size);
	ut_eq(pread(fd, data, (size_t)size, 0), size);
	ut_image_load(image, data + offset, (size_t)size - offset);
	free(data);
}

int ut_image_run(struct ut_image *image)
{
	const struct agx_run_events events = { NULL, NULL, NULL, NULL };
	const struct agx_image_submit *submit = &image->submit;
	struct agx_workers *workers = NULL;
	struct agx_stream stream;
	struct agx_fault fault;
	int ret = 0;

	ut_ok(agx_workers_create(&workers, 2));
	for (size_t i = 0; i < submit->n_commands && !ret; i++) {
		agx_stream_start(&stream, &image->space.memory, submit->usc_base,
				 submit->command[i].stream, submit->command[i].end, submit->g14x);
		stream.soft_faults = submit->soft_faults;
		ret = agx_workers_run(workers, &stream, &events, &fault);
	}
	agx_workers_destroy(workers);
	return ret;
}

u32 *ut_image_at(const struct ut_image *image, u64 address, u64 size)
{
	u32 *at = agx_space_at(&image->space, address, size);

	ut_assert(at);
	return at;
}

u32 *ut_image_data(const struct ut_image *image)
{
	return ut_image_at(image, UT_DATA, UT_SIZE);
}

void ut_image_free(struct ut_image *image)
{
	agx_image_submit_free(&image->submit);
	agx_space_destroy(&image->space);
}

/* --- something to run ----------------------------------------------------------- */

struct ut_launch ut_triple(u32 dst, u32 src)
{
	return (struct ut_launch){
		.code = ".uniform dst, buffer\n"
			".uniform src, buffer\n"
			"mov r1, thread_in_grid_x\n"
			"load r2, src, r1, i32, x, a\n"
			"wait a\n"
			"imadd r2, r2, 3, r1\n"
			"store r2, dst, r1, i32, x, a\n",
		.args = { UT_DATA + 4ull * dst, UT_DATA + 4ull * src },
		.global = { UT_TRIPLES, 1, 1 }, .local = { 64, 1, 1 },
	};
}

void ut_triple_fill(struct ut_gpu *gpu, u32 src, u32 seed)
{
	for (u32 i = 0; i < UT_TRIPLES; i++)
		gpu->data[src + i] = (seed + i) * 2654435761u;
}

void ut_triple_check(const u32 *dst, u32 seed)
{
	for (u32 i = 0; i < UT_TRIPLES; i++)
		ut_eq(dst[i], (seed + i) * 2654435761u * 3 + i);
}
