// SPDX-License-Identifier: MIT
/*
 * GEM_BIND_OBJECT, and the timestamps that commands write there.
 */
#include <unistd.h>

#include "gpu.h"

#define BIND DRM_ASAHI_BIND_OBJECT_OP_BIND
#define UNBIND DRM_ASAHI_BIND_OBJECT_OP_UNBIND
#define STAMPS DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS
#define SIZE (4 * UT_PAGE)

/* --- rules ------------------------------------------------------------------------- */

/* handle: 1 is the buffer's; object_handle: 1 is one that is bound. */
static const struct call {
	const char *name;
	struct drm_asahi_gem_bind_object args;
	int want;
} calls[] = {
	{ "bind", { BIND, STAMPS, 1, 0, 0, SIZE, 0, 0 }, 0 },
	{ "bind a part", { BIND, STAMPS, 1, 0, UT_PAGE, UT_PAGE, 0, 0 }, 0 },
	{ "bind the last page", { BIND, STAMPS, 1, 0, SIZE - UT_PAGE, UT_PAGE, 0, 0 }, 0 },
	{ "bind, pad", { BIND, STAMPS, 1, 0, 0, SIZE, 0, 1 }, -EINVAL },
	{ "bind, vm", { BIND, STAMPS, 1, 1, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, unknown vm", { BIND, STAMPS, 1, UT_NO_ID, 0, SIZE, 0, 0 }, -EINVAL },
	{ "op 2", { 2, STAMPS, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "op ~0", { ~0u, STAMPS, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, no flags", { BIND, 0, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, flag 1", { BIND, STAMPS | 2, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, only flag 1", { BIND, 2, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, flag 31", { BIND, STAMPS | 1u << 31, 1, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "bind, range", { BIND, STAMPS, 1, 0, 0, 0x1000, 0, 0 }, -EINVAL },
	{ "bind, range by 1", { BIND, STAMPS, 1, 0, 0, SIZE - 1, 0, 0 }, -EINVAL },
	{ "bind, offset", { BIND, STAMPS, 1, 0, 0x1000, UT_PAGE, 0, 0 }, -EINVAL },
	{ "bind, overflow", { BIND, STAMPS, 1, 0, 0 - UT_PAGE, SIZE, 0, 0 }, -EINVAL },
	{ "bind, handle", { BIND, STAMPS, UT_NO_ID, 0, 0, SIZE, 0, 0 }, -ENOENT },
	{ "bind, handle 0", { BIND, STAMPS, 0, 0, 0, SIZE, 0, 0 }, -ENOENT },
	{ "bind, too large", { BIND, STAMPS, 1, 0, 0, SIZE + UT_PAGE, 0, 0 }, -EINVAL },
	{ "bind, much too large", { BIND, STAMPS, 1, 0, 0, 1ull << 62, 0, 0 }, -EINVAL },
	{ "bind, behind it", { BIND, STAMPS, 1, 0, SIZE, UT_PAGE, 0, 0 }, -EINVAL },
	{ "bind, across its end", { BIND, STAMPS, 1, 0, UT_PAGE, SIZE, 0, 0 }, -EINVAL },
	{ "pad before handle", { BIND, STAMPS, UT_NO_ID, 0, 0, SIZE, 0, 1 }, -EINVAL },
	{ "vm before handle", { BIND, STAMPS, UT_NO_ID, 1, 0, SIZE, 0, 0 }, -EINVAL },
	{ "op before handle", { 2, STAMPS, UT_NO_ID, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "range before handle", { BIND, STAMPS, UT_NO_ID, 0, 0, 1, 0, 0 }, -EINVAL },
	{ "offset before handle", { BIND, STAMPS, UT_NO_ID, 0, 1, SIZE, 0, 0 }, -EINVAL },
	{ "flags before handle", { BIND, 0, UT_NO_ID, 0, 0, SIZE, 0, 0 }, -EINVAL },
	{ "overflow before handle", { BIND, STAMPS, UT_NO_ID, 0, 0 - UT_PAGE, SIZE, 0, 0 },
	  -EINVAL },
	{ "handle before size", { BIND, STAMPS, UT_NO_ID, 0, 0, 1ull << 62, 0, 0 }, -ENOENT },
	{ "unbind", { UNBIND, 0, 0, 0, 0, 0, 1, 0 }, 0 },
	{ "unbind, pad", { UNBIND, 0, 0, 0, 0, 0, 1, 1 }, -EINVAL },
	{ "unbind, vm", { UNBIND, 0, 0, 1, 0, 0, 1, 0 }, -EINVAL },
	{ "unbind, range", { UNBIND, 0, 0, 0, 0, UT_PAGE, 1, 0 }, -EINVAL },
	{ "unbind, offset", { UNBIND, 0, 0, 0, UT_PAGE, 0, 1, 0 }, -EINVAL },
	{ "unbind, flags", { UNBIND, STAMPS, 0, 0, 0, 0, 1, 0 }, -EINVAL },
	{ "unbind, handle", { UNBIND, 0, 1, 0, 0, 0, 1, 0 }, -EINVAL },
	{ "unbind, unknown object", { UNBIND, 0, 0, 0, 0, 0, UT_NO_ID, 0 }, -ENOENT },
	{ "unbind, object 0", { UNBIND, 0, 0, 0, 0, 0, 0, 0 }, -ENOENT },
	{ "unbind, pad before object", { UNBIND, 0, 0, 0, 0, 0, UT_NO_ID, 1 }, -EINVAL },
	{ "unbind, range before object", { UNBIND, 0, 0, 0, 0, 1, UT_NO_ID, 0 }, -EINVAL },
	{ "unbind, flags before object", { UNBIND, 2, 0, 0, 0, 0, UT_NO_ID, 0 }, -EINVAL },
	{ "unbind, handle before object", { UNBIND, 0, 9, 0, 0, 0, UT_NO_ID, 0 }, -EINVAL },
};

static void call_rule(const void *row)
{
	const struct call *c = row;
	struct drm_asahi_gem_bind_object args = c->args;
	int fd = ut_open();
	u32 object = 0;

	ut_eq(ut_gem(fd, SIZE), 1);
	ut_ok(ut_object_bind(fd, 1, 0, SIZE, &object));
	ut_eq(object, 1);
	ut_ret(ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &args), c->want);
	if (!c->want && c->args.op == BIND)
		ut_eq(args.object_handle, 2);
	/* What failed has neither taken a handle nor given one back. */
	ut_ok(ut_object_bind(fd, 1, 0, SIZE, &object));
	ut_eq(object, c->want ? 2 : c->args.op == BIND ? 3 : 1);
}

static void ids(void)
{
	int fd = ut_open(), other = ut_open();
	u32 bo = ut_gem(fd, SIZE), object = 0;

	for (u32 i = 1; i <= 4; i++) {
		ut_ok(ut_object_bind(fd, bo, 0, UT_PAGE, &object));
		ut_eq(object, i);
	}
	ut_ok(ut_object_bind(other, ut_gem(other, SIZE), 0, UT_PAGE, &object));
	ut_eq(object, 1);
	ut_ret(ut_object_unbind(other, 2), -ENOENT);
	ut_ok(ut_object_unbind(fd, 2));
	ut_ret(ut_object_unbind(fd, 2), -ENOENT);
	ut_ok(ut_object_bind(fd, bo, 0, UT_PAGE, &object));
	ut_eq(object, 2);
}

/* --- timestamps -------------------------------------------------------------------- */

static struct ut_gpu gpu;
static u32 bo;
static u64 *stamps;
static u64 empty;		/* a stream that runs nothing */

static void setup(void)
{
	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, SIZE);
	stamps = ut_mmap(gpu.fd, bo, SIZE);
	empty = ut_begin(&gpu);
	ut_end(&gpu);
}

static struct drm_asahi_timestamp stamp(u32 object, u32 offset)
{
	return (struct drm_asahi_timestamp){ .handle = object, .offset = offset };
}

static int submit_stamps(u64 stream, struct drm_asahi_timestamp start,
			 struct drm_asahi_timestamp end, u32 *syncobj)
{
	struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu.fd, false));
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_cmd_compute *compute = ut_cmd_compute(&cmds, stream, UT_STREAM + UT_SIZE);

	compute->ts.start = start;
	compute->ts.end = end;
	if (syncobj)
		*syncobj = out.handle;
	return ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1);
}

static void written(void)
{
	u32 object = 0, syncobj = 0;
	u64 before, after;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	before = ut_gpu_time(gpu.fd);
	ut_ok(submit_stamps(empty, stamp(object, 0), stamp(object, 8), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	after = ut_gpu_time(gpu.fd);
	ut_assert(before <= stamps[0] && stamps[0] <= stamps[1] && stamps[1] <= after);
	ut_eq(stamps[2], 0);
}

/* Each alone, and in other objects; offsets count from where the object begins. */
static void written_where(void)
{
	u32 whole = 0, third = 0, syncobj = 0;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &whole));
	ut_ok(ut_object_bind(gpu.fd, bo, 2 * UT_PAGE, UT_PAGE, &third));
	ut_ok(submit_stamps(empty, stamp(0, 0), stamp(whole, 16), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(!stamps[0] && !stamps[1] && stamps[2] && !stamps[3]);
	ut_ok(submit_stamps(empty, stamp(third, 8), stamp(0, 12345), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[2 * UT_PAGE / 8 + 1]);
	ut_ok(submit_stamps(empty, stamp(third, UT_PAGE - 8), stamp(whole, SIZE - 8), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[3 * UT_PAGE / 8 - 1] && stamps[SIZE / 8 - 1]);
	ut_assert(stamps[3 * UT_PAGE / 8 - 1] <= stamps[SIZE / 8 - 1]);
}

/* The end is written after the work, and the start before. */
static void written_when(void)
{
	u32 object = 0, syncobj = 0;
	u64 middle;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	ut_ok(submit_stamps(ut_spin(&gpu), stamp(object, 0), stamp(object, 8), &syncobj));
	while (!__atomic_load_n(&stamps[0], __ATOMIC_ACQUIRE))
		ut_sleep_ms(1);
	ut_sleep_ms(30);
	middle = ut_gpu_time(gpu.fd);
	ut_eq(stamps[1], 0);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[0] < middle && middle <= stamps[1]);
}

static const struct bad_stamp {
	const char *name;
	struct drm_asahi_timestamp start, end;
	int want;
} bad_stamps[] = {
	{ "start, unknown object", { UT_NO_ID, 0 }, { 0, 0 }, -ENOENT },
	{ "end, unknown object", { 0, 0 }, { UT_NO_ID, 0 }, -ENOENT },
	{ "end, object of another file", { 0, 0 }, { 2, 0 }, -ENOENT },
	{ "start, 7 bytes too few", { 1, UT_PAGE - 7 }, { 0, 0 }, -ERANGE },
	{ "end, 7 bytes too few", { 0, 0 }, { 1, UT_PAGE - 7 }, -ERANGE },
	{ "end, behind it", { 0, 0 }, { 1, UT_PAGE }, -ERANGE },
	{ "end, far behind it", { 0, 0 }, { 1, ~0u }, -ERANGE },
	{ "end, far behind it, aligned", { 0, 0 }, { 1, ~7u }, -ERANGE },
	{ "start before end: unknown", { UT_NO_ID, 0 }, { 1, UT_PAGE }, -ENOENT },
	{ "start before end: range", { 1, UT_PAGE }, { UT_NO_ID, 0 }, -ERANGE },
};

static void stamp_rule(const void *row)
{
	const struct bad_stamp *bad = row;
	u32 object = 0, other = ut_open(), syncobj = 0;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, UT_PAGE, &object));
	ut_ok(ut_object_bind(other, ut_gem(other, 1), 0, UT_PAGE, NULL));
	ut_ok(ut_object_bind(other, 1, 0, UT_PAGE, NULL));
	ut_ret(submit_stamps(empty, bad->start, bad->end, &syncobj), bad->want);
	/* Nothing was submitted. */
	ut_ret(ut_wait(gpu.fd, syncobj, 0), -EINVAL);
}

/* The handle ends, the object does when what was submitted has ended. */
static void unbound_in_flight(void)
{
	u32 object = 0, blocker, syncobj = 0;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	blocker = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_ok(submit_stamps(empty, stamp(object, 0), stamp(object, 8), &syncobj));
	ut_ok(ut_object_unbind(gpu.fd, object));
	ut_ok(ut_gem_close(gpu.fd, bo));
	ut_ret(submit_stamps(empty, stamp(object, 0), stamp(0, 0), NULL), -ENOENT);
	ut_eq(stamps[0], 0);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, blocker));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[0] && stamps[1]);
}

/* The buffer's handle does not matter to the object. */
static void buffer_closed(void)
{
	u32 object = 0, syncobj = 0;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	ut_ok(ut_gem_close(gpu.fd, bo));
	ut_ok(submit_stamps(empty, stamp(object, 0), stamp(object, 8), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[0] && stamps[1]);
}

/* Timestamps are the kernel's address space, where nothing of a VM may be bound. */
static void private_buffer(void)
{
	u32 handle = 0;

	setup();
	ut_ok(ut_gem_create(gpu.fd, SIZE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm, &handle));
	ut_ret(ut_object_bind(gpu.fd, handle, 0, SIZE, NULL), -EINVAL);
}

/* A buffer may be memory of shaders at the same time. */
static void buffer_bound_twice(void)
{
	u32 object = 0, syncobj = 0, word = 0;

	setup();
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, SIZE, UT_FREE, UT_RW));
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	ut_ok(submit_stamps(empty, stamp(object, 0), stamp(object, 8), &syncobj));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_ok(ut_peek(&gpu, UT_FREE + 8, &word));
	ut_eq(word, (u32)stamps[1]);
	ut_assert(stamps[0] && stamps[0] <= stamps[1]);
}

/* Of 64 commands each, in order. */
static void stamps_of_many(void)
{
	struct ut_cmds cmds = { .size = 0 };
	u32 object = 0, syncobj;

	setup();
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	for (u32 i = 0; i < 64; i++) {
		struct drm_asahi_cmd_compute *c = ut_cmd_compute(&cmds, empty, UT_STREAM + UT_SIZE);

		c->ts.start = stamp(object, 16 * i);
		c->ts.end = stamp(object, 16 * i + 8);
	}
	syncobj = ut_start(&gpu, &cmds);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[0]);
	for (u32 i = 1; i < 128; i++)
		ut_assert(stamps[i - 1] <= stamps[i]);
	ut_eq(stamps[128], 0);
}

/* Both halves of a render command. */
static void stamps_of_render(void)
{
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_cmd_render *render;
	u32 object = 0, syncobj;

	setup();
	if (ut_param("render")[0] != 'Y')
		ut_skip("the module refuses render commands");
	ut_ok(ut_object_bind(gpu.fd, bo, 0, SIZE, &object));
	render = ut_cmd_render(&cmds);
	render->ts_vtx.start = stamp(object, 0);
	render->ts_vtx.end = stamp(object, 8);
	render->ts_frag.start = stamp(object, 16);
	render->ts_frag.end = stamp(object, 24);
	syncobj = ut_start(&gpu, &cmds);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(stamps[0] && stamps[0] <= stamps[1] && stamps[1] <= stamps[3]);
	ut_assert(stamps[0] <= stamps[2] && stamps[2] <= stamps[3]);
}

static const struct ut_test tests[] = {
	UT_ROWS(call_rule, calls),
	UT(ids),
	UT(written),
	UT(written_where),
	UT(written_when),
	UT_ROWS(stamp_rule, bad_stamps),
	UT(unbound_in_flight),
	UT(buffer_closed),
	UT(private_buffer),
	UT(buffer_bound_twice),
	UT(stamps_of_many),
	UT(stamps_of_render),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
