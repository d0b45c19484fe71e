// SPDX-License-Identifier: MIT
/*
 * Every dispatch of the corpus: the GPU memory that Mesa prepared, its control
 * stream, and what the buffers must hold afterwards.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_dispatch.h"
#include "tests/lib/corpus.h"
#include "tests/lib/suite.h"
#include "tools/agx/image.h"

/* What the tracer's device has, and Mesa's layout of tables (Documentation/agx-cdm.rst). */
#define USC_BASE 0x1100000000ull
#define ROOT_SET_0 8
#define DESCRIPTOR_SIZE 16
#define CMDBUF_START 16		/* of a submit of one compute command */
#define CMDBUF_END 24

#define BUDGET 100000

/*
 * Where the notes say tolerance: so many units in the last place.  A sine may be off
 * by what rounding x / 2 pi does to it besides, which for x up to 32 is this.
 */
#define ULPS_32 6
#define ULPS_16 1
#define SINE_ERROR 0x1p-18f

static u64 word64(const void *at)
{
	u64 value;

	ck_assert_ptr_nonnull(at);
	memcpy(&value, at, sizeof(value));
	return value;
}

static void load(struct agx_space *space, const char *name)
{
	struct agx_error err = { .text = "" };
	size_t size, maps_size;
	u8 *image = corpus_file(name, "mem.bin.xz", &size);
	u8 *maps = corpus_file(name, "maps.txt", &maps_size);

	ck_assert(image && maps);
	agx_space_init(space);
	ck_assert_msg(!agx_image_load(space, image, size, (char *)maps, NULL, &err), "%s: %s",
		      name, err.text);
	free(image);
	free(maps);
}

/* Runs the stream; the address of the descriptors of the first launch's set 0. */
static u64 run(struct agx_space *space, const char *name)
{
	struct agx_core *core = agx_core_create(0);
	static struct agx_dispatch dispatch;
	static struct agx_stream stream;
	u64 root = 0;
	size_t size;
	u8 *cmdbuf = corpus_file(name, "s0-cmdbuf.bin", &size);
	char text[256];
	int ret;

	ck_assert(core && cmdbuf);
	agx_stream_start(&stream, &space->memory, USC_BASE, word64(cmdbuf + CMDBUF_START),
			 word64(cmdbuf + CMDBUF_END), false);
	stream.max_steps = 1u << 26;
	while ((ret = agx_stream_next(&stream, &dispatch)) > 0) {
		if (!root)
			memcpy(&root, dispatch.uniform, sizeof(root));
		while (agx_core_run(core, &dispatch, BUDGET) == AGX_CORE_MORE)
			;
		ret = agx_dispatch_end(&dispatch);
		agx_fault_print(text, sizeof(text), &dispatch.fault);
		ck_assert_msg(!ret, "%s: %s", name, text);
	}
	ck_assert_msg(!ret, "%s: %s", name, stream.message);
	ck_assert_uint_gt(stream.n_launches, 0);
	agx_core_destroy(core);
	free(cmdbuf);
	return word64(agx_space_at(space, root + ROOT_SET_0, 8));
}

/* --- comparing ----------------------------------------------------------------- */

static s64 ordered(u32 bits, u32 sign)
{
	return bits & sign ? -(s64)(bits & (sign - 1)) : bits;
}

/* Both are NaN, or so close. */
static bool close_enough(u32 a, u32 b, bool half)
{
	u32 sign = half ? 0x8000 : 0x80000000, infinity = half ? 0x7c00 : 0x7f800000;
	s64 d = ordered(a, sign) - ordered(b, sign);
	float x, y;

	memcpy(&x, &a, sizeof(x));
	memcpy(&y, &b, sizeof(y));
	if (!half && fabsf(x - y) <= SINE_ERROR)
		return true;
	if ((a & ~sign) > infinity || (b & ~sign) > infinity)
		return (a & ~sign) > infinity && (b & ~sign) > infinity;
	return (d < 0 ? -d : d) <= (half ? ULPS_16 : ULPS_32);
}

static bool same(const char *name, const u8 *got, const u8 *want, size_t size, size_t *at)
{
	size_t notes_size;
	u8 *notes = corpus_file(name, "notes", &notes_size);
	bool tolerant = notes && strstr((char *)notes, "tolerance");
	bool half = strstr(name, "half") != NULL;
	u32 width = half ? 2 : 4, a = 0, b = 0;

	free(notes);
	for (*at = 0; *at < size; *at += width) {
		memcpy(&a, got + *at, width);
		memcpy(&b, want + *at, width);
		if (a != b && !(tolerant && close_enough(a, b, half)))
			return false;
	}
	return true;
}

/* Where nothing is expected, as of timestamps, it must run all the same. */
START_TEST(corpus)
{
	const char *name = corpus_name(_i);
	struct agx_space space;
	u64 descriptors;

	load(&space, name);
	descriptors = run(&space, name);
	for (u32 binding = 0; binding < 16; binding++) {
		char file[24];
		size_t size, at;
		u8 *want, *got;

		snprintf(file, sizeof(file), "expected.%u", binding);
		want = corpus_file(name, file, &size);
		if (!want)
			continue;
		got = agx_space_at(&space, word64(agx_space_at(&space, descriptors +
							       DESCRIPTOR_SIZE * binding, 8)),
				   size);
		ck_assert_ptr_nonnull(got);
		ck_assert_msg(same(name, got, want, size, &at), "%s: binding %u differs at %zu",
			      name, binding, at);
		free(want);
	}
	agx_space_destroy(&space);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("corpus");
	TCase *tc = tcase_create("corpus");
	int n = corpus_count("corpus");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	if (n)
		tcase_add_loop_test(tc, corpus, 0, n);
	return suite_run(suite);
}
