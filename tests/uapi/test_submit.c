// SPDX-License-Identifier: MIT
/*
 * SUBMIT: what it refuses, in the order of its checks.  What is wrong with an
 * execution is no error of SUBMIT; that is test_fault.c.
 */
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;
static u64 empty;		/* a stream that runs nothing */

#define STREAM_END (UT_STREAM + UT_SIZE)

static void setup(void)
{
	ut_gpu_init(&gpu);
	empty = ut_begin(&gpu);
	ut_end(&gpu);
}

/* Whether syncobj has been given a fence. */
static bool has_fence(u32 syncobj)
{
	int ret = ut_wait(gpu.fd, syncobj, 0);

	ut_assert(!ret || ret == -ETIME || ret == -EINVAL);
	return ret != -EINVAL;
}

/* --- arguments ---------------------------------------------------------------------- */

/* One mistake, or two, in a call that is right otherwise. */
static const struct call {
	const char *name;
	struct drm_asahi_submit wrong;	/* where not 0 */
	bool no_cmds;
	int want;
} calls[] = {
	{ "nothing wrong", { 0 }, false, 0 },
	{ "flag 0", { .flags = 1 }, false, -EINVAL },
	{ "flag 31", { .flags = 1u << 31 }, false, -EINVAL },
	{ "pad", { .pad = 1 }, false, -EINVAL },
	{ "queue", { .queue_id = UT_NO_ID }, false, -ENOENT },
	{ "syncs", { .syncs = UT_NOWHERE }, false, -EFAULT },
	{ "syncs: kernel", { .syncs = 1ull << 63 }, false, -EFAULT },
	{ "cmdbuf", { .cmdbuf = UT_NOWHERE }, false, -EFAULT },
	{ "cmdbuf: kernel", { .cmdbuf = 0 - 64ull }, false, -EFAULT },
	{ "no commands", { 0 }, true, -EINVAL },
	{ "flags before queue", { .flags = 1, .queue_id = UT_NO_ID }, false, -EINVAL },
	{ "pad before queue", { .pad = 1, .queue_id = UT_NO_ID }, false, -EINVAL },
	{ "flags before syncs", { .flags = 1, .syncs = UT_NOWHERE }, false, -EINVAL },
	{ "queue before syncs", { .queue_id = UT_NO_ID, .syncs = UT_NOWHERE }, false, -ENOENT },
	{ "queue before cmdbuf", { .queue_id = UT_NO_ID, .cmdbuf = UT_NOWHERE }, false, -ENOENT },
	{ "queue before no commands", { .queue_id = UT_NO_ID }, true, -ENOENT },
	{ "syncs before no commands", { .syncs = UT_NOWHERE }, true, -EFAULT },
};

static void call_rule(const void *row)
{
	const struct call *c = row;
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync out;
	struct drm_asahi_submit args;

	setup();
	out = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, empty, STREAM_END);
	args = (struct drm_asahi_submit){
		.syncs = c->wrong.syncs ? c->wrong.syncs : ut_ptr(&out),
		.cmdbuf = c->wrong.cmdbuf ? c->wrong.cmdbuf : ut_ptr(cmds.bytes),
		.flags = c->wrong.flags, .pad = c->wrong.pad,
		.queue_id = c->wrong.queue_id ? c->wrong.queue_id : gpu.queue,
		.out_sync_count = 1, .cmdbuf_size = c->no_cmds ? 0 : cmds.size,
	};
	ut_ret(ut_ioctl(gpu.fd, DRM_IOCTL_ASAHI_SUBMIT, &args), c->want);
	ut_eq(has_fence(out.handle), !c->want);
	if (!c->want)
		ut_ok(ut_fence_error(gpu.fd, out.handle));
}

/* Counts that no memory has, or that overflow when they are added. */
static void sync_counts(void)
{
	static const u32 counts[][2] = {
		{ ~0u, 0 }, { 0, ~0u }, { ~0u, ~0u }, { ~0u, 1 }, { 1, ~0u },
		{ 1u << 31, 1u << 31 },
		{ 1u << 28, 0 }, { 0, 1u << 28 }, { 1u << 27, 1u << 27 }, { 100000, 0 },
	};
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync sync;

	setup();
	ut_cmd_compute(&cmds, empty, STREAM_END);
	sync = ut_binary(ut_syncobj(gpu.fd, true));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		int ret = ut_submit(gpu.fd, gpu.queue, &cmds, &sync, counts[i][0], counts[i][1]);

		if (ret != -EFAULT && ret != -ENOMEM && ret != -EINVAL)
			ut_fail(__FILE__, __LINE__, "%u, %u: %s", counts[i][0], counts[i][1],
				ut_errno(ret));
	}
	/* Without any, the pointer does not matter. */
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, (void *)UT_NOWHERE, 0, 0));
}

static void command_buffer_size(void)
{
	static const u32 sizes[] = { ~0u, 1u << 31, 1u << 24 };
	struct ut_cmds cmds = { .size = 0 };

	setup();
	ut_cmd_compute(&cmds, empty, STREAM_END);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct drm_asahi_submit args = {
			.cmdbuf = ut_ptr(cmds.bytes), .queue_id = gpu.queue,
			.cmdbuf_size = sizes[i],
		};
		int ret = ut_ioctl(gpu.fd, DRM_IOCTL_ASAHI_SUBMIT, &args);

		ut_assert(ret == -EFAULT || ret == -ENOMEM || ret == -EINVAL);
	}
}

/* --- sync items --------------------------------------------------------------------- */

/* Handles, by what they are. */
enum syncobj { NONE, EMPTY, SIGNALED, AT_10, UNKNOWN };

static const struct item {
	const char *name;
	bool out;
	u32 type, syncobj;
	u64 value;
	int want;
} items[] = {
	{ "in, signalled", 0, 0, SIGNALED, 0, 0 },
	{ "in, without fence", 0, 0, EMPTY, 0, -EINVAL },
	{ "in, unknown", 0, 0, UNKNOWN, 0, -ENOENT },
	{ "in, handle 0", 0, 0, NONE, 0, -ENOENT },
	{ "in, binary with a value", 0, 0, SIGNALED, 1, -EINVAL },
	{ "in, binary with a value, unknown", 0, 0, UNKNOWN, 1, -EINVAL },
	{ "in, type 2", 0, 2, SIGNALED, 0, -EINVAL },
	{ "in, type ~0", 0, ~0u, SIGNALED, 0, -EINVAL },
	{ "in, type 2, unknown", 0, 2, UNKNOWN, 0, -EINVAL },
	{ "in, point 10", 0, 1, AT_10, 10, 0 },
	{ "in, point 5", 0, 1, AT_10, 5, 0 },
	{ "in, point 11", 0, 1, AT_10, 11, -EINVAL },
	{ "in, point ~0", 0, 1, AT_10, ~0ull, -EINVAL },
	{ "in, point of an empty one", 0, 1, EMPTY, 1, -EINVAL },
	{ "in, point of an unknown one", 0, 1, UNKNOWN, 1, -ENOENT },
	{ "in, point of handle 0", 0, 1, NONE, 1, -ENOENT },
	{ "out, empty", 1, 0, EMPTY, 0, 0 },
	{ "out, signalled", 1, 0, SIGNALED, 0, 0 },
	{ "out, unknown", 1, 0, UNKNOWN, 0, -ENOENT },
	{ "out, handle 0", 1, 0, NONE, 0, -ENOENT },
	{ "out, binary with a value", 1, 0, EMPTY, 1, -EINVAL },
	{ "out, binary with a value, unknown", 1, 0, UNKNOWN, 1, -EINVAL },
	{ "out, type 2", 1, 2, EMPTY, 0, -EINVAL },
	{ "out, type 2, unknown", 1, 2, UNKNOWN, 0, -EINVAL },
	{ "out, point 1", 1, 1, EMPTY, 1, 0 },
	{ "out, point 11", 1, 1, AT_10, 11, 0 },
	{ "out, point of an unknown one", 1, 1, UNKNOWN, 1, -ENOENT },
};

static void make_syncobjs(u32 *handles)
{
	handles[NONE] = 0;
	handles[EMPTY] = ut_syncobj(gpu.fd, false);
	handles[SIGNALED] = ut_syncobj(gpu.fd, true);
	handles[AT_10] = ut_syncobj(gpu.fd, false);
	handles[UNKNOWN] = UT_NO_ID;
	ut_ok(ut_timeline_signal(gpu.fd, handles[AT_10], 10));
}

static void item_rule(const void *row)
{
	const struct item *item = row;
	u32 handles[UNKNOWN + 1], good;
	struct drm_asahi_sync syncs[3];
	struct ut_cmds cmds = { .size = 0 };

	setup();
	make_syncobjs(handles);
	good = ut_syncobj(gpu.fd, false);
	ut_cmd_compute(&cmds, empty, STREAM_END);
	syncs[0] = ut_binary(handles[SIGNALED]);
	syncs[1] = (struct drm_asahi_sync){ item->type, handles[item->syncobj], item->value };
	syncs[2] = ut_binary(good);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, item->out ? 1 : 2, item->out ? 2 : 1),
	       item->want);
	ut_eq(has_fence(good), !item->want);
	if (item->want)
		ut_eq(has_fence(handles[EMPTY]), false);
	else
		ut_ok(ut_fence_error(gpu.fd, good));
}

/* The first that is wrong says what, and all of them come before the commands. */
static void item_order(void)
{
	struct drm_asahi_sync enoent, einval, syncs[4];
	struct ut_cmds cmds = { .size = 0 }, none = { .size = 0 };

	setup();
	ut_cmd_compute(&cmds, empty, STREAM_END);
	enoent = ut_binary(UT_NO_ID);
	einval = ut_binary(ut_syncobj(gpu.fd, false));
	syncs[0] = einval;
	syncs[1] = enoent;
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 2, 0), -EINVAL);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 1), -EINVAL);
	syncs[0] = enoent;
	syncs[1] = einval;
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 2, 0), -ENOENT);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &none, syncs, 2, 0), -ENOENT);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &none, syncs, 0, 1), -ENOENT);
	none.size = 4;
	ut_ret(ut_submit(gpu.fd, gpu.queue, &none, syncs, 0, 1), -ENOENT);
}

static void syncs_before_command_buffer(void)
{
	struct drm_asahi_sync enoent = ut_binary(UT_NO_ID);
	struct drm_asahi_submit args;

	setup();
	args = (struct drm_asahi_submit){
		.syncs = ut_ptr(&enoent), .cmdbuf = UT_NOWHERE, .queue_id = gpu.queue,
		.out_sync_count = 1, .cmdbuf_size = 72,
	};
	ut_ret(ut_ioctl(gpu.fd, DRM_IOCTL_ASAHI_SUBMIT, &args), -ENOENT);
}

static void many_syncs(void)
{
	static struct drm_asahi_sync syncs[2000];
	struct ut_cmds cmds = { .size = 0 };

	setup();
	ut_cmd_compute(&cmds, empty, STREAM_END);
	for (u32 i = 0; i < 1000; i++) {
		syncs[i] = ut_binary(ut_syncobj(gpu.fd, true));
		syncs[1000 + i] = ut_binary(ut_syncobj(gpu.fd, false));
	}
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1000, 1000));
	for (u32 i = 1000; i < 2000; i++)
		ut_ok(ut_fence_error(gpu.fd, syncs[i].handle));
}

/* --- commands ------------------------------------------------------------------------ */

static int submit(const struct ut_cmds *cmds)
{
	struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu.fd, false));
	int ret = ut_submit(gpu.fd, gpu.queue, cmds, &out, 0, 1);

	ut_eq(has_fence(out.handle), !ret);
	if (!ret)
		ut_ok(ut_fence_error(gpu.fd, out.handle));
	ut_syncobj_destroy(gpu.fd, out.handle);
	return ret;
}

static void add_compute(struct ut_cmds *cmds, u32 n)
{
	while (n--)
		ut_cmd_compute(cmds, empty, STREAM_END);
}

static void command_counts(void)
{
	static struct ut_cmds cmds;

	setup();
	for (u32 n = 1; n <= 65; n++) {
		cmds.size = 0;
		add_compute(&cmds, n);
		ut_ret(submit(&cmds), n <= 64 ? 0 : -EINVAL);
	}
}

/* Those that only set something do not count. */
static void software_commands(void)
{
	static struct ut_cmds cmds;

	setup();
	ut_cmd(&cmds, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 0);
	ut_ret(submit(&cmds), -EINVAL);
	for (u32 i = 0; i < 64; i++) {
		ut_cmd(&cmds, DRM_ASAHI_SET_VERTEX_ATTACHMENTS, NULL, 0);
		ut_cmd(&cmds, DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS, NULL, 24);
		add_compute(&cmds, 1);
		ut_cmd(&cmds, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 48);
	}
	ut_ok(submit(&cmds));
	add_compute(&cmds, 1);
	ut_ret(submit(&cmds), -EINVAL);
}

static void unknown_types(void)
{
	static const u32 types[] = { 5, 6, 0x100, 0xffff };

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd(&cmds, types[i], NULL, 64);
		ut_ret(submit(&cmds), -EINVAL);
		add_compute(&cmds, 1);
		ut_ret(submit(&cmds), -EINVAL);
	}
}

/* The buffer ends within a header, or within a payload. */
static void truncated(void)
{
	struct ut_cmds cmds = { .size = 0 };
	u32 whole;

	setup();
	add_compute(&cmds, 2);
	whole = cmds.size;
	for (cmds.size = 1; cmds.size < whole; cmds.size++)
		ut_ret(submit(&cmds), cmds.size == whole / 2 ? 0 : -EINVAL);
	ut_ok(submit(&cmds));
	/* What follows has to be a command, too. */
	for (cmds.size = whole + 1; cmds.size < whole + 8; cmds.size++)
		ut_ret(submit(&cmds), -EINVAL);
}

/* Of an older client: what it does not know is 0. */
static void short_payload(void)
{
	static const u32 sizes[] = { 24, 32, 48, 63, 64 };

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct drm_asahi_cmd_compute compute = {
			.cdm_ctrl_stream_base = empty, .cdm_ctrl_stream_end = STREAM_END,
			.ts.end.handle = sizes[i] < 56 ? UT_NO_ID : 0,
		};
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd(&cmds, DRM_ASAHI_CMD_COMPUTE, &compute, sizes[i]);
		ut_ok(submit(&cmds));
		add_compute(&cmds, 1);
		ut_ok(submit(&cmds));
	}
}

/* Of a newer one: what we do not know must be 0, if it may be there at all. */
static void long_payload(void)
{
	struct {
		struct drm_asahi_cmd_compute compute;
		u64 more;
	} longer;
	struct ut_cmds cmds = { .size = 0 };
	int ret;

	setup();
	memset(&longer, 0, sizeof(longer));
	longer.compute.cdm_ctrl_stream_base = empty;
	longer.compute.cdm_ctrl_stream_end = STREAM_END;
	longer.more = 1ull << 63;
	ut_cmd(&cmds, DRM_ASAHI_CMD_COMPUTE, &longer, sizeof(longer));
	ut_ret(submit(&cmds), -EINVAL);
	longer.more = 0;
	cmds.size = 0;
	ut_cmd(&cmds, DRM_ASAHI_CMD_COMPUTE, &longer, sizeof(longer));
	ret = submit(&cmds);
	ut_assert(!ret || ret == -EINVAL);
	ut_note("zeros behind a command: %s", ut_errno(ret));
}

static void compute_flags(void)
{
	setup();
	for (u32 bit = 0; bit < 32; bit++) {
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd_compute(&cmds, empty, STREAM_END)->flags = 1u << bit;
		ut_ret(submit(&cmds), -EINVAL);
	}
}

/* Numbers that only the hardware would look at. */
static void compute_unchecked(void)
{
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_cmd_compute *compute;

	setup();
	compute = ut_cmd_compute(&cmds, empty, STREAM_END);
	compute->sampler_count = ~0u;
	compute->sampler_heap = ~0ull;
	compute->helper = (struct drm_asahi_helper_program){ ~0u, ~0u, ~0ull };
	compute->ts.start.offset = ~0u;		/* of no object */
	ut_ok(submit(&cmds));
}

/* The second of two is wrong: the first is not done either. */
static void all_or_nothing(void)
{
	struct ut_cmds cmds = { .size = 0 };

	setup();
	ut_cmd_compute(&cmds, ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform dst, buffer\n ldimm r1, 1\n store r1, dst, 0, i32, x, a\n",
		.args = { UT_DATA },
	}), STREAM_END);
	ut_cmd_compute(&cmds, empty, STREAM_END)->flags = 1;
	ut_ret(submit(&cmds), -EINVAL);
	ut_sleep_ms(50);
	ut_eq(gpu.data[0], 0);
}

static void attachment_rules(void)
{
	struct drm_asahi_attachment at[17] = { { .pointer = UT_DATA, .size = 64 } };

	setup();
	for (u32 type = 2; type <= 4; type++) {
		for (u32 n = 0; n <= 17; n++) {
			struct ut_cmds cmds = { .size = 0 };

			ut_cmd(&cmds, type, at, n * (u32)sizeof(*at));
			add_compute(&cmds, 1);
			ut_ret(submit(&cmds), n <= 16 ? 0 : -EINVAL);
		}
	}
}

static void attachment_fields(void)
{
	setup();
	for (u32 type = 2; type <= 4; type++) {
		for (u32 i = 0; i < 16; i++) {
			struct drm_asahi_attachment at[16] = {
				{ .pointer = ~0ull, .size = ~0ull },
			};
			struct ut_cmds cmds = { .size = 0 };

			at[i].flags = 1u << (2 * i);
			ut_cmd(&cmds, type, at, sizeof(at));
			add_compute(&cmds, 1);
			ut_ret(submit(&cmds), -EINVAL);
			at[i].flags = 0;
			at[i].pad = 1u << i;
			cmds.size = 0;
			ut_cmd(&cmds, type, at, sizeof(at));
			add_compute(&cmds, 1);
			ut_ret(submit(&cmds), -EINVAL);
		}
	}
}

/* --- barriers ------------------------------------------------------------------------ */

#define N DRM_ASAHI_BARRIER_NONE

static const struct barrier {
	const char *name;
	u32 type;		/* of the third command, behind two of compute */
	u32 vdm, cdm;
	int want;
} barriers[] = {
	{ "none", 1, N, N, 0 },
	{ "cdm 0", 1, N, 0, 0 },
	{ "cdm 1", 1, N, 1, 0 },
	{ "cdm 2", 1, N, 2, 0 },
	{ "cdm 3", 1, N, 3, -EINVAL },
	{ "cdm 64", 1, N, 64, -EINVAL },
	{ "cdm 0xfffe", 1, N, 0xfffe, -EINVAL },
	{ "vdm 0", 1, 0, N, 0 },
	{ "vdm 1", 1, 1, N, -EINVAL },
	{ "vdm 0xfffe", 1, 0xfffe, N, -EINVAL },
	{ "both 0", 1, 0, 0, 0 },
	{ "attachments, none", 4, N, N, 0 },
	{ "attachments, cdm 1", 4, N, 1, -EINVAL },
	{ "attachments, cdm 2", 4, N, 2, -EINVAL },
	{ "attachments, cdm 3", 4, N, 3, -EINVAL },
	{ "attachments, vdm 1", 4, 1, N, -EINVAL },
	{ "attachments, vdm 0 of an idle queue", 4, 0, N, 0 },
	{ "attachments, cdm 0 of an idle queue", 4, N, 0, 0 },
	{ "unknown type, cdm 1", 9, N, 1, -EINVAL },
};

static void barrier_rule(const void *row)
{
	const struct barrier *b = row;
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_cmd_header *header;

	setup();
	add_compute(&cmds, 2);
	if (b->type == DRM_ASAHI_CMD_COMPUTE) {
		add_compute(&cmds, 1);
		header = (void *)(cmds.bytes + cmds.size * 2 / 3);
	} else {
		header = ut_cmd(&cmds, b->type, NULL, 24);
	}
	header->vdm_barrier = (u16)b->vdm;
	header->cdm_barrier = (u16)b->cdm;
	ut_ret(submit(&cmds), b->want);
	/* Now the queue has had work, which has ended. */
	ut_ret(submit(&cmds), b->want);
}

/* What was submitted before is something to wait for: not for what is no work. */
static void barrier_on_a_busy_queue(void)
{
	struct ut_cmds cmds = { .size = 0 };
	u32 spinning;

	setup();
	spinning = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	ut_cmd(&cmds, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NULL, 24)->cdm_barrier = 0;
	add_compute(&cmds, 1);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0), -EINVAL);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, spinning));
}

/* --- render commands ------------------------------------------------------------------- */

static bool renders(void)
{
	const char *render = ut_param("render");

	return render && render[0] == 'Y';
}

static void render_completes(void)
{
	struct ut_cmds cmds = { .size = 0 };

	setup();
	ut_cmd_render(&cmds);
	ut_ret(submit(&cmds), renders() ? 0 : -EINVAL);
	add_compute(&cmds, 1);
	ut_cmd(&cmds, DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS, NULL, 24);
	ut_cmd_render(&cmds);
	ut_ret(submit(&cmds), renders() ? 0 : -EINVAL);
}

static void render_refused(void)
{
	struct ut_cmds cmds = { .size = 0 };

	setup();
	if (!ut_set_param("render", "N"))
		ut_skip("the module's parameter cannot be changed");
	add_compute(&cmds, 1);
	ut_ok(submit(&cmds));
	ut_cmd_render(&cmds);
	ut_ret(submit(&cmds), -EINVAL);
}

static void render_fields(void)
{
	static const u32 right =
		DRM_ASAHI_RENDER_VERTEX_SCRATCH | DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES |
		DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING | DRM_ASAHI_RENDER_DBIAS_IS_INT;

	setup();
	if (!renders())
		ut_skip("the module refuses render commands");
	for (u32 bit = 0; bit < 32; bit++) {
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd_render(&cmds)->flags = 1u << bit;
		ut_ret(submit(&cmds), right >> bit & 1 ? 0 : -EINVAL);
	}
	for (u32 samples = 0; samples < 256; samples++) {
		struct ut_cmds cmds = { .size = 0 };
		bool ok = samples == 1 || samples == 2 || samples == 4;

		ut_cmd_render(&cmds)->samples = (u8)samples;
		ut_ret(submit(&cmds), ok ? 0 : -EINVAL);
	}
}

/* Barriers between the two kinds. */
static void render_barriers(void)
{
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_cmd_header *header;

	setup();
	if (!renders())
		ut_skip("the module refuses render commands");
	ut_cmd_render(&cmds);
	add_compute(&cmds, 1);
	header = (void *)(cmds.bytes + cmds.size - 72);
	header->vdm_barrier = 1;
	header->cdm_barrier = 0;
	ut_ok(submit(&cmds));
	header->vdm_barrier = 2;
	ut_ret(submit(&cmds), -EINVAL);
	header->vdm_barrier = 1;
	header->cdm_barrier = 1;
	ut_ret(submit(&cmds), -EINVAL);
}

static const struct ut_test tests[] = {
	UT_ROWS(call_rule, calls),
	UT(sync_counts),
	UT(command_buffer_size),
	UT_ROWS(item_rule, items),
	UT(item_order),
	UT(syncs_before_command_buffer),
	UT(many_syncs),
	UT(command_counts),
	UT(software_commands),
	UT(unknown_types),
	UT(truncated),
	UT(short_payload),
	UT(long_payload),
	UT(compute_flags),
	UT(compute_unchecked),
	UT(all_or_nothing),
	UT(attachment_rules),
	UT(attachment_fields),
	UT_ROWS(barrier_rule, barriers),
	UT(barrier_on_a_busy_queue),
	UT(render_completes),
	UT(render_refused),
	UT(render_fields),
	UT(render_barriers),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
