// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: tests of command buffers
 *
 * Each rule of the reader at its border, then bits turned over at random.  Buffers end
 * where their memory does, so that KASAN sees a byte too far.
 */
#include <kunit/resource.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_cmdbuf.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_test.h"

#define BUF_SIZE	SZ_16K
#define N_RANDOM	20000
#define HANDLE		3	/* of the one object that the file has */

struct cmdbuf_test {
	struct agxc_file file;
	struct agxc_object object;
	struct agxc_queue *queue;
	struct agxc_job *job;
	u32 size;
	u8 buf[BUF_SIZE];
};

static void destroy_objects(void *objects)
{
	xa_destroy(objects);
}

static int agxc_test_cmdbuf_init(struct kunit *test)
{
	struct cmdbuf_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct agxc_job *job;

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->queue = kunit_kzalloc(test, sizeof(*t->queue), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->queue);
	job = kunit_kzalloc(test, struct_size(job, command, AGXC_MAX_COMMANDS), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, job);
	t->job = job;

	kref_init(&t->object.ref);
	t->object.size = AGXC_PAGE_SIZE;
	xa_init_flags(&t->file.objects, XA_FLAGS_ALLOC1);
	KUNIT_ASSERT_EQ(test, xa_err(xa_store(&t->file.objects, HANDLE, &t->object, GFP_KERNEL)),
			0);
	return kunit_add_action_or_reset(test, destroy_objects, &t->file.objects);
}

/* --- making and reading buffers -------------------------------------------------- */

static struct drm_asahi_cmd_header *add(struct kunit *test, u32 type, const void *payload, u32 size)
{
	struct cmdbuf_test *t = test->priv;
	struct drm_asahi_cmd_header *header = (void *)(t->buf + t->size);

	KUNIT_ASSERT_LE(test, t->size + sizeof(*header) + size, BUF_SIZE);
	*header = (struct drm_asahi_cmd_header){
		.cmd_type = type, .size = size, .vdm_barrier = DRM_ASAHI_BARRIER_NONE,
		.cdm_barrier = DRM_ASAHI_BARRIER_NONE,
	};
	if (payload)
		memcpy(header + 1, payload, size);
	else
		memset(header + 1, 0, size);
	t->size += sizeof(*header) + size;
	return header;
}

static struct drm_asahi_cmd_header *add_compute(struct kunit *test)
{
	static const struct drm_asahi_cmd_compute compute;

	return add(test, DRM_ASAHI_CMD_COMPUTE, &compute, sizeof(compute));
}

static void put_stamp(struct agxc_stamp *stamp)
{
	if (stamp->object)
		agxc_object_put(stamp->object);
}

static void reset_job(struct cmdbuf_test *t)
{
	for (u32 i = 0; i < AGXC_MAX_COMMANDS; i++) {
		struct agxc_command *cmd = &t->job->command[i];

		put_stamp(&cmd->start);
		put_stamp(&cmd->end);
		put_stamp(&cmd->start2);
		put_stamp(&cmd->end2);
	}
	memset(t->job, 0, struct_size(t->job, command, AGXC_MAX_COMMANDS));
	t->job->queue = t->queue;
}

/* As SUBMIT does, from memory that ends where the buffer does. */
static int read_buf(struct kunit *test, const u8 *buf, u32 size)
{
	struct cmdbuf_test *t = test->priv;
	u8 *copy = kmemdup(buf, size, GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	reset_job(t);
	ret = agxc_cmdbuf_count(copy, size);
	if (ret > 0) {
		t->job->n_commands = ret;
		ret = agxc_cmdbuf_read(t->job, &t->file, copy, size) ?: ret;
	}
	kfree(copy);
	return ret;
}

/* Commands, or an error; the next buffer begins empty. */
static int read_all(struct kunit *test)
{
	struct cmdbuf_test *t = test->priv;
	int ret = read_buf(test, t->buf, t->size);

	t->size = 0;
	return ret;
}

/* --- structure --------------------------------------------------------------------- */

static void agxc_test_cmdbuf_counts(struct kunit *test)
{
	for (int n = 1; n <= AGXC_MAX_COMMANDS + 1; n++) {
		for (int i = 0; i < n; i++)
			add_compute(test);
		KUNIT_EXPECT_EQ(test, read_all(test), n <= AGXC_MAX_COMMANDS ? n : -EINVAL);
	}

	/* What is no command for the hardware does not count. */
	add(test, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 0);
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
	add(test, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 0);
	add_compute(test);
	KUNIT_EXPECT_EQ(test, read_all(test), 1);
}

static void agxc_test_cmdbuf_cut(struct kunit *test)
{
	struct cmdbuf_test *t = test->priv;
	u32 whole;

	add_compute(test);
	add_compute(test);
	whole = t->size;
	for (u32 size = 1; size < whole; size++)
		KUNIT_EXPECT_EQ(test, read_buf(test, t->buf, size),
				size == whole / 2 ? 1 : -EINVAL);
	KUNIT_EXPECT_EQ(test, read_buf(test, t->buf, whole), 2);
}

/* Structures of older and of newer userspace. */
static void agxc_test_cmdbuf_sizes(struct kunit *test)
{
	struct {
		struct drm_asahi_cmd_compute compute;
		u8 more[16];
	} newer = {
		.compute.cdm_ctrl_stream_base = 0x1122334455,
		.compute.cdm_ctrl_stream_end = 0x66778899aa,
	};
	struct cmdbuf_test *t = test->priv;
	const u32 streams = offsetofend(struct drm_asahi_cmd_compute, cdm_ctrl_stream_end);

	for (u32 size = 0; size <= sizeof(newer); size++) {
		add(test, DRM_ASAHI_CMD_COMPUTE, &newer, size);
		KUNIT_ASSERT_EQ(test, read_all(test), 1);
		KUNIT_EXPECT_EQ(test, t->job->command[0].type, AGXC_COMPUTE);
		if (size < streams)
			continue;
		KUNIT_EXPECT_EQ(test, t->job->command[0].stream, 0x1122334455);
		KUNIT_EXPECT_EQ(test, t->job->command[0].stream_end, 0x66778899aa);
	}
	newer.more[15] = 1;
	add(test, DRM_ASAHI_CMD_COMPUTE, &newer, sizeof(newer) - 1);
	KUNIT_EXPECT_EQ(test, read_all(test), 1);
	add(test, DRM_ASAHI_CMD_COMPUTE, &newer, sizeof(newer));
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
}

static void agxc_test_cmdbuf_types(struct kunit *test)
{
	for (u32 type = DRM_ASAHI_SET_COMPUTE_ATTACHMENTS + 1; type < 20; type++) {
		add_compute(test);
		add(test, type, NULL, 0);
		KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
	}
}

static void agxc_test_cmdbuf_attachments(struct kunit *test)
{
	struct drm_asahi_attachment attachment[AGXC_MAX_ATTACHMENTS + 1] = {};

	for (u32 n = 0; n <= ARRAY_SIZE(attachment); n++) {
		add(test, DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS, attachment, n * sizeof(*attachment));
		add_compute(test);
		KUNIT_EXPECT_EQ(test, read_all(test), n <= AGXC_MAX_ATTACHMENTS ? 1 : -EINVAL);
	}
	attachment[3].flags = 1;
	add(test, DRM_ASAHI_SET_VERTEX_ATTACHMENTS, attachment, 4 * sizeof(*attachment));
	add_compute(test);
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
	attachment[3].flags = 0;
	attachment[2].pad = 1;
	add(test, DRM_ASAHI_SET_VERTEX_ATTACHMENTS, attachment, 4 * sizeof(*attachment));
	add_compute(test);
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
}

/* --- barriers ---------------------------------------------------------------------- */

static void agxc_test_cmdbuf_barriers(struct kunit *test)
{
	for (u32 before = 0; before < 4; before++) {
		for (u32 index = 0; index < 6; index++) {
			for (u32 i = 0; i < before; i++)
				add_compute(test);
			add_compute(test)->cdm_barrier = index;
			KUNIT_EXPECT_EQ(test, read_all(test),
					index <= before ? before + 1 : -EINVAL);
		}
	}

	/* There is no render command to wait for. */
	add_compute(test)->vdm_barrier = 0;
	KUNIT_EXPECT_EQ(test, read_all(test), 1);
	add_compute(test)->vdm_barrier = 1;
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
}

/* What is no command for the hardware cannot wait, if there is something to wait for. */
static void agxc_test_cmdbuf_barrier_of_attachments(struct kunit *test)
{
	struct cmdbuf_test *t = test->priv;

	add_compute(test);
	add(test, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 0)->cdm_barrier = 1;
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
	for (int busy = 0; busy < 2; busy++) {
		atomic_set(&t->queue->unfinished[AGXC_COMPUTE], busy);
		add(test, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 0)->cdm_barrier = 0;
		add_compute(test);
		KUNIT_EXPECT_EQ(test, read_all(test), busy ? -EINVAL : 1);
	}
}

/* --- timestamps -------------------------------------------------------------------- */

static void agxc_test_cmdbuf_stamps(struct kunit *test)
{
	static const struct {
		u32 handle, offset;
		int ret;
	} cases[] = {
		{ 0, 0, 1 },
		{ 0, ~0u, 1 },
		{ HANDLE, 0, 1 },
		{ HANDLE, AGXC_PAGE_SIZE - 8, 1 },
		{ HANDLE, AGXC_PAGE_SIZE - 7, -ERANGE },
		{ HANDLE, AGXC_PAGE_SIZE, -ERANGE },
		{ HANDLE, ~0u, -ERANGE },
		{ HANDLE, ~0u - 7, -ERANGE },
		{ HANDLE + 1, 0, -ENOENT },
		{ ~0u, 0, -ENOENT },
	};
	struct cmdbuf_test *t = test->priv;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct drm_asahi_cmd_compute compute = {
			.ts.end = { cases[i].handle, cases[i].offset },
		};

		add(test, DRM_ASAHI_CMD_COMPUTE, &compute, sizeof(compute));
		KUNIT_EXPECT_EQ_MSG(test, read_all(test), cases[i].ret, "case %u", i);
		if (cases[i].ret == 1 && cases[i].handle) {
			KUNIT_EXPECT_PTR_EQ(test, t->job->command[0].end.object, &t->object);
			KUNIT_EXPECT_EQ(test, t->job->command[0].end.offset, cases[i].offset);
		}
	}
	/* Each had its references, those that failed, too. */
	reset_job(t);
	KUNIT_EXPECT_EQ(test, kref_read(&t->object.ref), 1);
}

/* --- render ------------------------------------------------------------------------ */

static const struct render_case {
	u32 flags, width, height, layers, samples, utile;
	int ret;
} render_cases[] = {
	{ 0, 64, 64, 1, 4, 32, 1 },
	{ DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES, 16384, 1, 2048, 1, 16, 1 },
	{ 1u << 31, 64, 64, 1, 4, 32, -EINVAL },
	{ 0, 0, 64, 1, 4, 32, -EINVAL },
	{ 0, 64, 16385, 1, 4, 32, -EINVAL },
	{ 0, 64, 64, 0, 4, 32, -EINVAL },
	{ 0, 64, 64, 2049, 4, 32, -EINVAL },
	{ 0, 64, 64, 1, 0, 32, -EINVAL },
	{ 0, 64, 64, 1, 3, 32, -EINVAL },
	{ 0, 64, 64, 1, 4, 8, -EINVAL },
};

static void add_render(struct kunit *test, const struct render_case *render)
{
	struct drm_asahi_cmd_render payload = {
		.flags = render->flags, .width_px = render->width, .height_px = render->height,
		.layers = render->layers, .samples = render->samples,
		.utile_width_px = render->utile, .utile_height_px = render->utile,
	};

	add(test, DRM_ASAHI_CMD_RENDER, &payload, sizeof(payload));
}

static void agxc_test_cmdbuf_render(struct kunit *test)
{
	bool render = READ_ONCE(agxc_params.render);

	WRITE_ONCE(agxc_params.render, true);
	for (u32 i = 0; i < ARRAY_SIZE(render_cases); i++) {
		add_render(test, &render_cases[i]);
		KUNIT_EXPECT_EQ_MSG(test, read_all(test), render_cases[i].ret, "case %u", i);
	}
	WRITE_ONCE(agxc_params.render, false);
	add_render(test, &render_cases[0]);
	KUNIT_EXPECT_EQ(test, read_all(test), -EINVAL);
	WRITE_ONCE(agxc_params.render, render);
}

/* --- anything ---------------------------------------------------------------------- */

static void add_everything(struct kunit *test)
{
	static const struct drm_asahi_cmd_compute compute = {
		.ts = { { HANDLE, 8 }, { HANDLE, 16 } },
	};

	add(test, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 3 * sizeof(struct drm_asahi_attachment));
	add(test, DRM_ASAHI_CMD_COMPUTE, &compute, sizeof(compute));
	add_render(test, &render_cases[0]);
	add(test, DRM_ASAHI_CMD_COMPUTE, &compute, sizeof(compute));
}

static void agxc_test_cmdbuf_random(struct kunit *test)
{
	struct cmdbuf_test *t = test->priv;
	u32 random = 1, read = 0;

	for (u32 i = 0; i < N_RANDOM; i++) {
		int ret;

		t->size = 0;
		add_everything(test);
		for (u32 n = 1 + agxc_test_below(&random, 3); n; n--) {
			u32 bit = agxc_test_below(&random, 8 * t->size);

			t->buf[bit / 8] ^= BIT(bit % 8);
		}
		ret = read_buf(test, t->buf, t->size - agxc_test_below(&random, 3));
		KUNIT_ASSERT_LE(test, ret, AGXC_MAX_COMMANDS);
		read += ret > 0;
	}
	reset_job(t);
	KUNIT_EXPECT_EQ(test, kref_read(&t->object.ref), 1);
	KUNIT_EXPECT_GT(test, read, 0);
	KUNIT_EXPECT_LT(test, read, N_RANDOM);
}

static struct kunit_case agxc_cmdbuf_tests[] = {
	KUNIT_CASE(agxc_test_cmdbuf_counts),
	KUNIT_CASE(agxc_test_cmdbuf_cut),
	KUNIT_CASE(agxc_test_cmdbuf_sizes),
	KUNIT_CASE(agxc_test_cmdbuf_types),
	KUNIT_CASE(agxc_test_cmdbuf_attachments),
	KUNIT_CASE(agxc_test_cmdbuf_barriers),
	KUNIT_CASE(agxc_test_cmdbuf_barrier_of_attachments),
	KUNIT_CASE(agxc_test_cmdbuf_stamps),
	KUNIT_CASE(agxc_test_cmdbuf_render),
	KUNIT_CASE(agxc_test_cmdbuf_random),
	{}
};

static struct kunit_suite agxc_cmdbuf_suite = {
	.name = "agxc_cmdbuf",
	.init = agxc_test_cmdbuf_init,
	.test_cases = agxc_cmdbuf_tests,
};

kunit_test_suites(&agxc_cmdbuf_suite);
