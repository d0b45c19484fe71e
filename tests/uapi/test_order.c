// SPDX-License-Identifier: MIT
/*
 * What waits for what: submissions of a queue, queues, commands of a submission, and
 * fences in all their shapes.
 */
#include <poll.h>
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)

/* Appends its number to a list: a counter, and behind it what was written. */
static const char append[] =
	".uniform list, buffer\n"
	".uniform number, u32\n"
	"ldimm r1, 1\n"
	"atomic r2, r1, list, 0, add, coherent1, a\n"
	"wait a\n"
	"iadd r2, r2, 1\n"
	"mov r1, number\n"
	"store r1, list, r2, i32, x, a\n";

static u64 append_stream(u32 number)
{
	return ut_stream(&gpu, &(struct ut_launch){ .code = append, .args = { UT_DATA, number } });
}

static void expect_list(const u32 *numbers, u32 n)
{
	ut_eq(gpu.data[0], n);
	for (u32 i = 0; i < n; i++)
		ut_eq(gpu.data[1 + i], numbers[i]);
}

/* Submits one stream with in-syncs and one out-sync to a queue. */
static void submit(u32 queue, u64 stream, const struct drm_asahi_sync *in, u32 n_in,
		   struct drm_asahi_sync out)
{
	struct drm_asahi_sync syncs[9];
	struct ut_cmds cmds = { .size = 0 };

	ut_cmd_compute(&cmds, stream, STREAM_END);
	if (n_in)
		memcpy(syncs, in, n_in * sizeof(*in));
	syncs[n_in] = out;
	ut_ok(ut_submit(gpu.fd, queue, &cmds, syncs, n_in, 1));
}

static struct drm_asahi_sync new_sync(void)
{
	return ut_binary(ut_syncobj(gpu.fd, false));
}

/* A syncobj that gets its fence signalled by release(). */
struct gate {
	struct ut_gpu gpu;
	struct drm_asahi_sync sync;
};

static void gate_init(struct gate *gate)
{
	ut_gpu_init_on(&gate->gpu, gpu.fd);
	gate->sync = ut_binary(ut_start_stream(&gate->gpu, ut_spin(&gate->gpu)));
}

static void release(struct gate *gate)
{
	ut_spin_end(&gate->gpu);
}

/* --- a queue ------------------------------------------------------------------------- */

static void fifo(void)
{
	struct drm_asahi_sync out[20];
	u32 numbers[20];

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < ARRAY_SIZE(out); i++) {
		numbers[i] = 100 + i;
		out[i] = new_sync();
		submit(gpu.queue, append_stream(100 + i), NULL, 0, out[i]);
	}
	ut_ok(ut_fence_error(gpu.fd, out[ARRAY_SIZE(out) - 1].handle));
	/* All before it have been signalled, too. */
	for (u32 i = 0; i < ARRAY_SIZE(out); i++)
		ut_ok(ut_wait(gpu.fd, out[i].handle, 0));
	expect_list(numbers, ARRAY_SIZE(out));
}

/* Who waits keeps those behind it waiting. */
static void fifo_with_a_fence(void)
{
	static struct gate gate;
	struct drm_asahi_sync first, second;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	first = new_sync();
	second = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, first);
	submit(gpu.queue, append_stream(2), NULL, 0, second);
	ut_ret(ut_wait(gpu.fd, second.handle, 100), -ETIME);
	ut_eq(gpu.data[0], 0);
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, second.handle));
	expect_list((u32[]){ 1, 2 }, 2);
}

/* Fences of one queue signal in order, however long their work takes. */
static void signalled_in_order(void)
{
	const struct ut_launch count = {
		.code = ".uniform n, u32\n"
			"ldimm r1, 0\n"
			"@loop\n"
			"iadd r1, r1, 1\n"
			"@until r1, n, uge\n",
		.args = { 1 },
	};
	struct drm_asahi_sync out[64];

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < ARRAY_SIZE(out); i++) {
		struct ut_launch launch = count;

		launch.args[0] = 1 + (i * 7919) % 20000;
		out[i] = new_sync();
		submit(gpu.queue, ut_stream(&gpu, &launch), NULL, 0, out[i]);
	}
	for (bool done = false; !done;) {
		bool last = false;

		/* From the last one on: if it is signalled, so is all before it. */
		for (u32 i = ARRAY_SIZE(out); i-- > 0;) {
			bool now = !ut_wait(gpu.fd, out[i].handle, 0);

			ut_assert(now || !last);
			last = now;
			done |= i == ARRAY_SIZE(out) - 1 && now;
		}
	}
}

static void many_in_flight(void)
{
	const u32 n = 400;		/* more than the firmware has slots for */
	struct drm_asahi_sync out;
	static struct gate gate;
	u64 stream;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	out = new_sync();
	submit(gpu.queue, append_stream(0), &gate.sync, 1, out);
	stream = append_stream(7);
	for (u32 i = 1; i < n; i++)
		submit(gpu.queue, stream, NULL, 0, out);
	ut_eq(gpu.data[0], 0);
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, out.handle));
	ut_eq(gpu.data[0], n);
	ut_eq(gpu.data[1], 0);
	ut_eq(gpu.data[n], 7);
}

/* --- queues --------------------------------------------------------------------------- */

/* One that waits does not hold up the others, nor does one that runs long. */
static void queues_are_independent(void)
{
	static struct gate gate;
	struct drm_asahi_sync waiting, other;
	u32 second;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	second = ut_queue(gpu.fd, gpu.vm, UT_USC);
	waiting = new_sync();
	other = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, waiting);
	submit(second, append_stream(2), NULL, 0, other);
	ut_ok(ut_fence_error(gpu.fd, other.handle));
	expect_list((u32[]){ 2 }, 1);
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, waiting.handle));
	expect_list((u32[]){ 2, 1 }, 2);
}

/* A chain over queues, against the order in which they were made. */
static void chain_of_queues(void)
{
	struct drm_asahi_sync out[12];
	static struct gate gate;
	u32 numbers[12], queues[4];

	ut_gpu_init(&gpu);
	gate_init(&gate);
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		queues[i] = ut_queue(gpu.fd, gpu.vm, UT_USC);
	for (u32 i = 0; i < ARRAY_SIZE(out); i++) {
		numbers[i] = 50 + i;
		out[i] = new_sync();
		submit(queues[(i * 3) % ARRAY_SIZE(queues)], append_stream(numbers[i]),
		       i ? &out[i - 1] : &gate.sync, 1, out[i]);
	}
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, out[ARRAY_SIZE(out) - 1].handle));
	expect_list(numbers, ARRAY_SIZE(out));
}

/* All of eight have to be there. */
static void many_in_fences(void)
{
	struct drm_asahi_sync in[8], out;
	static struct gate gates[2];
	u32 queue;

	ut_gpu_init(&gpu);
	gate_init(&gates[0]);
	gate_init(&gates[1]);
	queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	for (u32 i = 0; i < 6; i++) {
		in[i] = new_sync();
		submit(gpu.queue, append_stream(i), NULL, 0, in[i]);
	}
	in[6] = gates[0].sync;
	in[7] = gates[1].sync;
	out = new_sync();
	submit(queue, append_stream(6), in, 8, out);
	ut_ok(ut_fence_error(gpu.fd, in[5].handle));
	release(&gates[0]);
	ut_ok(ut_fence_error(gpu.fd, in[6].handle));
	ut_ret(ut_wait(gpu.fd, out.handle, 50), -ETIME);
	release(&gates[1]);
	ut_ok(ut_fence_error(gpu.fd, out.handle));
	expect_list((u32[]){ 0, 1, 2, 3, 4, 5, 6 }, 7);
}

/* More queues than the engine has places, all of which wait for the last. */
static void more_queues_than_slots(void)
{
	struct drm_asahi_sync out[40];
	static struct gate gate;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	for (u32 i = 0; i < ARRAY_SIZE(out); i++) {
		out[i] = new_sync();
		submit(ut_queue(gpu.fd, gpu.vm, UT_USC), append_stream(i), &gate.sync, 1, out[i]);
	}
	release(&gate);
	for (u32 i = 0; i < ARRAY_SIZE(out); i++)
		ut_ok(ut_fence_error(gpu.fd, out[i].handle));
	ut_eq(gpu.data[0], ARRAY_SIZE(out));
}

/* --- binary syncobjs ------------------------------------------------------------------ */

/* A submission replaces the fence of its out-sync; the one before is not waited for. */
static void out_sync_replaces(void)
{
	static struct gate gate;
	struct drm_asahi_sync sync;
	u32 second;
	int old;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	second = ut_queue(gpu.fd, gpu.vm, UT_USC);
	sync = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, sync);
	old = ut_sync_file(gpu.fd, sync.handle);
	ut_assert(old >= 0);
	submit(second, append_stream(2), NULL, 0, sync);
	ut_ok(ut_fence_error(gpu.fd, sync.handle));
	ut_eq(ut_sync_file_status(old), 0);
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, ut_syncobj_of(gpu.fd, old)));
	ut_eq(ut_sync_file_status(old), 1);
}

/* Waits for what it had, and gets the new one. */
static void in_and_out(void)
{
	struct drm_asahi_sync sync, syncs[2];
	struct ut_cmds cmds = { .size = 0 };

	ut_gpu_init(&gpu);
	sync = new_sync();
	submit(gpu.queue, append_stream(1), NULL, 0, sync);
	syncs[0] = sync;
	syncs[1] = sync;
	ut_cmd_compute(&cmds, append_stream(2), STREAM_END);
	ut_ok(ut_submit(gpu.fd, ut_queue(gpu.fd, gpu.vm, UT_USC), &cmds, syncs, 1, 1));
	ut_ok(ut_fence_error(gpu.fd, sync.handle));
	expect_list((u32[]){ 1, 2 }, 2);
}

/* What is done to the syncobj afterwards does not matter to who waits for its fence. */
static void in_sync_is_read_once(void)
{
	static struct gate gate;
	struct drm_asahi_sync out;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	out = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, out);
	ut_ok(ut_syncobj_reset(gpu.fd, gate.sync.handle));
	ut_ok(ut_syncobj_signal(gpu.fd, gate.sync.handle));
	ut_syncobj_destroy(gpu.fd, gate.sync.handle);
	ut_ret(ut_wait(gpu.fd, out.handle, 50), -ETIME);
	release(&gate);
	ut_ok(ut_fence_error(gpu.fd, out.handle));
}

/* --- timelines ------------------------------------------------------------------------ */

static void timeline(void)
{
	struct drm_asahi_sync line;

	ut_gpu_init(&gpu);
	line = new_sync();
	for (u32 i = 1; i <= 10; i++)
		submit(gpu.queue, append_stream(i), NULL, 0, ut_point(line.handle, 10 * i));
	ut_ok(ut_point_error(gpu.fd, line.handle, 50));
	ut_assert(gpu.data[0] >= 5);
	/* Between two points, the next. */
	ut_ok(ut_wait_point(gpu.fd, line.handle, 91, UT_FOREVER, 0));
	ut_eq(gpu.data[0], 10);
	ut_eq(ut_timeline_value(gpu.fd, line.handle), 100);
	ut_ret(ut_wait_point(gpu.fd, line.handle, 101, 0, 0), -EINVAL);
}

/* In-syncs of points, of one line that another queue goes along. */
static void timeline_between_queues(void)
{
	struct drm_asahi_sync line, in;
	static struct gate gate;
	u32 queues[2];

	ut_gpu_init(&gpu);
	gate_init(&gate);
	line = new_sync();
	queues[0] = gpu.queue;
	queues[1] = ut_queue(gpu.fd, gpu.vm, UT_USC);
	for (u32 i = 1; i <= 20; i++) {
		in = i == 1 ? gate.sync : ut_point(line.handle, i - 1);
		submit(queues[i % 2], append_stream(i), &in, 1, ut_point(line.handle, i));
	}
	ut_eq(ut_timeline_value(gpu.fd, line.handle), 0);
	release(&gate);
	ut_ok(ut_point_error(gpu.fd, line.handle, 20));
	ut_eq(gpu.data[0], 20);
	for (u32 i = 1; i <= 20; i++)
		ut_eq(gpu.data[i], i);
}

/* Points that come in another order; DRM takes them as further ones. */
static void points_out_of_order(void)
{
	struct drm_asahi_sync line;

	ut_gpu_init(&gpu);
	line = new_sync();
	submit(gpu.queue, append_stream(1), NULL, 0, ut_point(line.handle, 10));
	submit(gpu.queue, append_stream(2), NULL, 0, ut_point(line.handle, 5));
	submit(gpu.queue, append_stream(3), NULL, 0, ut_point(line.handle, 10));
	submit(gpu.queue, append_stream(4), NULL, 0, ut_point(line.handle, 20));
	ut_ok(ut_wait_point(gpu.fd, line.handle, 20, UT_FOREVER, 0));
	expect_list((u32[]){ 1, 2, 3, 4 }, 4);
	ut_eq(ut_timeline_value(gpu.fd, line.handle), 20);
}

/* The same line twice in one submission, and others. */
static void several_points(void)
{
	struct drm_asahi_sync out[5];
	struct ut_cmds cmds = { .size = 0 };
	u32 line;

	ut_gpu_init(&gpu);
	line = ut_syncobj(gpu.fd, false);
	out[0] = ut_point(line, 1);
	out[1] = ut_point(line, 2);
	out[2] = new_sync();
	out[3] = out[2];
	out[4] = ut_point(ut_syncobj(gpu.fd, false), 1ull << 63);
	ut_cmd_compute(&cmds, append_stream(1), STREAM_END);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, out, 0, 5));
	ut_ok(ut_point_error(gpu.fd, line, 2));
	ut_eq(ut_timeline_value(gpu.fd, line), 2);
	ut_ok(ut_fence_error(gpu.fd, out[2].handle));
	ut_ok(ut_point_error(gpu.fd, out[4].handle, 1ull << 63));
}

static void wait_for_submit(void *ctx)
{
	u32 line = *(u32 *)ctx;

	ut_ok(ut_wait_point(gpu.fd, line, 3, UT_FOREVER, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT));
	ut_eq(gpu.data[0], 3);
}

/* The CPU waits for a point that nobody has submitted yet. */
static void wait_before_submit(void)
{
	u32 line;
	int pid;

	ut_gpu_init(&gpu);
	line = ut_syncobj(gpu.fd, false);
	ut_ret(ut_wait_point(gpu.fd, line, 1, 0, 0), -EINVAL);
	ut_ret(ut_wait_point(gpu.fd, line, 1, 10, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT), -ETIME);
	pid = ut_fork(wait_for_submit, &line);
	for (u32 i = 1; i <= 3; i++) {
		ut_sleep_ms(20);
		submit(gpu.queue, append_stream(i), NULL, 0, ut_point(line, i));
	}
	ut_join(pid);
}

/* There is a fence, though nobody has done the work: that is not signalled. */
static void wait_available(void)
{
	static struct gate gate;
	u32 line;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	line = ut_syncobj(gpu.fd, false);
	submit(gpu.queue, append_stream(1), &gate.sync, 1, ut_point(line, 1));
	ut_ok(ut_wait_point(gpu.fd, line, 1, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE));
	ut_ret(ut_wait_point(gpu.fd, line, 1, 0, 0), -ETIME);
	release(&gate);
	ut_ok(ut_wait_point(gpu.fd, line, 1, UT_FOREVER, 0));
}

static void transfer(int fd, u32 dst, u64 dst_point, u32 src, u64 src_point)
{
	struct drm_syncobj_transfer args = {
		.src_handle = src, .dst_handle = dst, .src_point = src_point,
		.dst_point = dst_point,
	};

	ut_ok(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &args));
}

/* Fences that move between syncobjs before they are waited for. */
static void transferred(void)
{
	struct drm_asahi_sync in, out;
	static struct gate gate;
	u32 line, binary, queue;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	line = ut_syncobj(gpu.fd, false);
	binary = ut_syncobj(gpu.fd, false);
	out = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, ut_point(line, 4));
	transfer(gpu.fd, binary, 0, line, 4);
	in = ut_binary(binary);
	submit(queue, append_stream(2), &in, 1, out);
	transfer(gpu.fd, line, 9, out.handle, 0);
	ut_eq(ut_timeline_value(gpu.fd, line), 0);
	release(&gate);
	ut_ok(ut_point_error(gpu.fd, line, 9));
	expect_list((u32[]){ 1, 2 }, 2);
}

/* --- sync files ------------------------------------------------------------------------ */

static void sync_file_status_and_poll(void)
{
	static struct gate gate;
	struct drm_asahi_sync out;
	struct pollfd fds = { .events = POLLIN };

	ut_gpu_init(&gpu);
	gate_init(&gate);
	out = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, out);
	fds.fd = ut_sync_file(gpu.fd, out.handle);
	ut_assert(fds.fd >= 0);
	ut_eq(ut_sync_file_status(fds.fd), 0);
	ut_eq(poll(&fds, 1, 20), 0);
	release(&gate);
	ut_eq(poll(&fds, 1, UT_FOREVER), 1);
	ut_assert(fds.revents & POLLIN);
	ut_eq(ut_sync_file_status(fds.fd), 1);
	expect_list((u32[]){ 1 }, 1);
}

/* A fence of another file of the device. */
static void sync_file_between_files(void)
{
	static struct ut_gpu other;
	struct drm_asahi_sync in, out;
	static struct gate gate;
	int sync_file;

	ut_gpu_init(&gpu);
	gate_init(&gate);
	ut_gpu_init(&other);
	out = new_sync();
	submit(gpu.queue, append_stream(1), &gate.sync, 1, out);
	sync_file = ut_sync_file(gpu.fd, out.handle);
	ut_assert(sync_file >= 0);
	in = ut_binary(ut_syncobj_of(other.fd, sync_file));
	out = ut_binary(ut_syncobj(other.fd, false));
	{
		struct drm_asahi_sync syncs[] = { in, out };
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd_compute(&cmds, ut_stream(&other, &(struct ut_launch){
			.code = append, .args = { UT_DATA, 2 },
		}), STREAM_END);
		ut_ok(ut_submit(other.fd, other.queue, &cmds, syncs, 1, 1));
	}
	ut_ret(ut_wait(other.fd, out.handle, 50), -ETIME);
	release(&gate);
	ut_ok(ut_fence_error(other.fd, out.handle));
	expect_list((u32[]){ 1 }, 1);
	ut_eq(other.data[1], 2);
}

/* --- commands -------------------------------------------------------------------------- */

static void commands_in_order(void)
{
	static struct ut_cmds cmds;
	u32 numbers[64];

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 64; i++) {
		numbers[i] = 1000 - i;
		ut_cmd_compute(&cmds, append_stream(numbers[i]), STREAM_END);
	}
	ut_ok(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)));
	expect_list(numbers, 64);
}

/* With every barrier that there may be, results are those of running in order. */
static void commands_with_barriers(void)
{
	static struct ut_cmds cmds;
	u32 numbers[32];

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 32; i++) {
		struct drm_asahi_cmd_header *header = (void *)(cmds.bytes + cmds.size);

		numbers[i] = i;
		ut_cmd_compute(&cmds, append_stream(i), STREAM_END);
		header->cdm_barrier = (u16)i;
		header->vdm_barrier = i % 2 ? 0 : DRM_ASAHI_BARRIER_NONE;
	}
	ut_ok(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)));
	expect_list(numbers, 32);
}

/* --- visibility ------------------------------------------------------------------------ */

/* All that a submission stored is there when its fence is: looked at at once, often. */
static void stores_before_signal(void)
{
	const u32 words = UT_WORDS / 2;
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".uniform value, buffer\n"
			"mov r2, thread_in_grid_x\n"
			"load r1, value, 0, i32, x, a\n"
			"wait a\n"
			"store r1, dst, r2, i32, x, a\n",
		.args = { UT_DATA, UT_DATA + 4 * words },
		.global = { words }, .local = { 256 },
	};
	u64 stream;

	ut_gpu_init(&gpu);
	stream = ut_stream(&gpu, &launch);
	for (u32 i = 1; i <= ut_cycles(20); i++) {
		u32 syncobj;

		gpu.data[words] = i;
		syncobj = ut_start_stream(&gpu, stream);
		ut_ok(ut_wait(gpu.fd, syncobj, UT_FOREVER));
		/* The last first: most likely to be late. */
		for (u32 k = words; k-- > 0;)
			if (gpu.data[k] != i)
				ut_fail(__FILE__, __LINE__, "round %u: word %u is %u", i, k, gpu.data[k]);
		ut_syncobj_destroy(gpu.fd, syncobj);
	}
}

/* Likewise by asking again and again, without sleeping. */
static void stores_before_signal_polled(void)
{
	u64 stream;

	ut_gpu_init(&gpu);
	stream = append_stream(9);
	for (u32 i = 1; i <= ut_cycles(300); i++) {
		u32 syncobj = ut_start_stream(&gpu, stream);

		while (ut_wait(gpu.fd, syncobj, 0) == -ETIME)
			;
		ut_eq(__atomic_load_n(&gpu.data[0], __ATOMIC_RELAXED), i);
		ut_syncobj_destroy(gpu.fd, syncobj);
	}
}

static const struct ut_test tests[] = {
	UT(fifo),
	UT(fifo_with_a_fence),
	UT(signalled_in_order),
	UT(many_in_flight),
	UT(queues_are_independent),
	UT(chain_of_queues),
	UT(many_in_fences),
	UT(more_queues_than_slots),
	UT(out_sync_replaces),
	UT(in_and_out),
	UT(in_sync_is_read_once),
	UT(timeline),
	UT(timeline_between_queues),
	UT(points_out_of_order),
	UT(several_points),
	UT(wait_before_submit),
	UT(wait_available),
	UT(transferred),
	UT(sync_file_status_and_poll),
	UT(sync_file_between_files),
	UT(commands_in_order),
	UT(commands_with_barriers),
	UT(stores_before_signal),
	UT(stores_before_signal_polled),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
