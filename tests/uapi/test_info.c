// SPDX-License-Identifier: MIT
/*
 * What the module tells beyond the hardware's UAPI: GET_INFO, GET_COUNTERS, GET_FAULT,
 * fdinfo, tracepoints.
 */
#include <ctype.h>
#include <unistd.h>

#include "debug.h"

#define GUARD 0xa5
#define ROOM 512u

static struct ut_gpu gpu;

/* The numbers that clients were compiled with. */
static const struct number {
	const char *name;
	u64 number, want;
} numbers[] = {
	{ "GET_INFO", DRM_IOCTL_AGXC_GET_INFO, 0xc0106490 },
	{ "GET_COUNTERS", DRM_IOCTL_AGXC_GET_COUNTERS, 0xc0186491 },
	{ "GET_FAULT", DRM_IOCTL_AGXC_GET_FAULT, 0xc0186492 },
	{ "CAPTURE", DRM_IOCTL_AGXC_CAPTURE, 0x40186493 },
	{ "size of info", sizeof(struct drm_agxc_info), 88 },
	{ "size of counters", 8 * DRM_AGXC_COUNTERS, 144 },
	{ "size of fault", sizeof(struct drm_agxc_fault), 344 },
	{ "offset of the info's module", offsetof(struct drm_agxc_info, module), 56 },
	{ "offset of the fault's message", offsetof(struct drm_agxc_fault, message), 88 },
};

static void number(const void *row)
{
	const struct number *n = row;

	ut_eq((u32)n->number, n->want);
}

/* --- structures of any size --------------------------------------------------------- */

typedef int (*get_fn)(void *data, u64 *size);

static int get_info(void *data, u64 *size)
{
	return ut_info(gpu.fd, data, size);
}

static int get_counters(void *data, u64 *size)
{
	return ut_counters(gpu.fd, gpu.queue, 0, data, size);
}

static int get_fault(void *data, u64 *size)
{
	return ut_fault(gpu.fd, gpu.vm, data, size);
}

static const struct getter {
	const char *name;
	get_fn get;
	u64 size;
} getters[] = {
	{ "info", get_info, sizeof(struct drm_agxc_info) },
	{ "counters", get_counters, 8 * DRM_AGXC_COUNTERS },
	{ "fault", get_fault, sizeof(struct drm_agxc_fault) },
};

/* Bytes from at on that are not what they were. */
static bool is_touched(const u8 *data, size_t at)
{
	for (; at < ROOM; at++)
		if (data[at] != GUARD)
			return true;
	return false;
}

static void any_size(const void *row)
{
	const struct getter *getter = row;
	u8 all[ROOM], data[ROOM];
	u64 size = ROOM;

	ut_gpu_init(&gpu);
	ut_poke(&gpu, UT_FREE, 1);
	memset(all, GUARD, sizeof(all));
	ut_ok(getter->get(all, &size));
	ut_eq(size, getter->size);
	ut_assert(!is_touched(all, getter->size));
	for (u64 n = 0; n < ROOM; n += n < 16 ? 1 : 13) {
		u64 got = n < getter->size ? n : getter->size;

		memset(data, GUARD, sizeof(data));
		size = n;
		ut_ok(getter->get(data, &size));
		ut_eq(size, getter->size);
		ut_assert(!memcmp(data, all, got));
		ut_assert(!is_touched(data, got));
	}
}

static void bad_pointer(const void *row)
{
	const struct getter *getter = row;
	u64 size = getter->size;

	ut_gpu_init(&gpu);
	ut_ret(getter->get((void *)UT_NOWHERE, &size), -EFAULT);
	/* Where nothing is to be written it does not matter. */
	size = 0;
	ut_ok(getter->get((void *)UT_NOWHERE, &size));
	ut_eq(size, getter->size);
	/* Of any size, too. */
	size = ~0ull;
	ut_ret(getter->get((void *)UT_NOWHERE, &size), -EFAULT);
}

/* --- GET_INFO ----------------------------------------------------------------------- */

static void info(void)
{
	int fd = ut_open();
	struct drm_agxc_info info;

	ut_get_info(fd, &info);
	ut_eq(info.magic, DRM_AGXC_MAGIC);
	ut_assert(!memcmp(&info.magic, "AGXC", 4));
	ut_eq(info.version, DRM_AGXC_VERSION);
	ut_assert(info.cores >= 1 && info.cores <= 64);
	ut_assert(info.slots >= 1);
	ut_eq(info.timeout_ms, strtoull(ut_param("timeout_ms"), NULL, 0));
	ut_eq(info.max_steps, strtoull(ut_param("max_steps"), NULL, 0));
	ut_eq(info.arena_size, strtoull(ut_param("arena_mib"), NULL, 0) << 20);
	ut_eq(info.flags & ~(DRM_AGXC_INFO_RENDER | DRM_AGXC_INFO_SOFT_FAULTS), 0);
	ut_assert(info.bound <= info.bound_max);
	ut_assert(memchr(info.module, 0, sizeof(info.module)));
	ut_assert(isdigit(info.module[0]));
}

static void info_of_parameters(void)
{
	static const struct {
		const char *name;
		u32 flag;
	} flag[] = {
		{ "render", DRM_AGXC_INFO_RENDER },
		{ "soft_faults", DRM_AGXC_INFO_SOFT_FAULTS },
	};
	int fd = ut_open();
	struct drm_agxc_info info;

	for (size_t i = 0; i < ARRAY_SIZE(flag); i++) {
		for (int on = 0; on < 2; on++) {
			ut_assert(ut_set_param(flag[i].name, on ? "Y" : "N"));
			ut_get_info(fd, &info);
			ut_eq(!!(info.flags & flag[i].flag), on);
		}
	}
	ut_assert(ut_set_param("timeout_ms", "1234"));
	ut_assert(ut_set_param("max_steps", "5678901234"));
	ut_get_info(fd, &info);
	ut_eq(info.timeout_ms, 1234);
	ut_eq(info.max_steps, 5678901234);
}

static void info_of_memory(void)
{
	struct drm_agxc_info before, bound, after;
	int fd = ut_open();
	u32 vm, bo;

	ut_get_info(fd, &before);
	vm = ut_vm(fd);
	bo = ut_gem(fd, 4 * UT_PAGE);
	ut_ok(ut_bind(fd, vm, bo, 0, 4 * UT_PAGE, UT_DATA, UT_RW));
	ut_get_info(fd, &bound);
	ut_eq(bound.bound - before.bound, 4 * UT_PAGE);
	ut_eq(bound.bound_max, before.bound_max);
	ut_ok(ut_gem_close(fd, bo));
	ut_get_info(fd, &after);
	ut_eq(after.bound, before.bound);
}

/* --- GET_COUNTERS ------------------------------------------------------------------- */

static void counters_refused(void)
{
	u64 values[DRM_AGXC_COUNTERS], size = sizeof(values);

	ut_gpu_init(&gpu);
	for (u32 bit = 2; bit < 32; bit++)
		ut_ret(ut_counters(gpu.fd, gpu.queue, 1u << bit, values, &size), -EINVAL);
	ut_ret(ut_counters(gpu.fd, gpu.queue, DRM_AGXC_COUNTERS_DETAILED | DRM_AGXC_COUNTERS_PLAIN,
			   values, &size), -EINVAL);
	ut_ret(ut_counters(gpu.fd, 0, 0, values, &size), -ENOENT);
	ut_ret(ut_counters(gpu.fd, UT_NO_ID, 0, values, &size), -ENOENT);
	ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
	ut_ret(ut_counters(gpu.fd, gpu.queue, 0, values, &size), -ENOENT);
}

/* Three instructions each, of which each SIMD-group executes all. */
static const struct ut_launch three = {
	.code = ".uniform dst, buffer\n"
		"mov r1, thread_in_grid_x\n"
		"store r1, dst, r1, i32, x, a\n",
	.args = { UT_DATA },
	.global = { 200, 1, 1 }, .local = { 64, 1, 1 },
};
#define THREE_INSNS 3u		/* with stop */
#define THREE_SIMDS 7u
#define THREE_GROUPS 4u

/* Two commands, the first of which has two launches. */
static int submit_three(u32 queue)
{
	struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu.fd, false));
	struct ut_cmds cmds = { .size = 0 };
	u64 first, second;

	first = ut_begin(&gpu);
	ut_launch(&gpu, &three);
	ut_launch(&gpu, &three);
	ut_end(&gpu);
	second = ut_stream(&gpu, &three);
	ut_cmd_compute(&cmds, first, UT_STREAM + UT_SIZE);
	ut_cmd_compute(&cmds, second, UT_STREAM + UT_SIZE);
	ut_ok(ut_submit(gpu.fd, queue, &cmds, &out, 0, 1));
	return ut_fence_error(gpu.fd, out.handle);
}

static void counters(void)
{
	u64 values[DRM_AGXC_COUNTERS], other[DRM_AGXC_COUNTERS];
	u32 queue;

	ut_gpu_init(&gpu);
	queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	ut_get_counters(gpu.fd, queue, values);
	for (u32 i = 0; i < DRM_AGXC_COUNTERS; i++)
		ut_eq(values[i], 0);
	for (u32 n = 1; n < 4; n++) {
		ut_ok(submit_three(queue));
		ut_get_counters(gpu.fd, queue, values);
		ut_eq(values[DRM_AGXC_COUNTER_SUBMITS], n);
		ut_eq(values[DRM_AGXC_COUNTER_COMMANDS], 2 * n);
		ut_eq(values[DRM_AGXC_COUNTER_DISPATCHES], 3 * n);
		ut_eq(values[DRM_AGXC_COUNTER_THREADGROUPS], 3 * n * THREE_GROUPS);
		ut_eq(values[DRM_AGXC_COUNTER_INSTRUCTIONS], 3 * n * THREE_SIMDS * THREE_INSNS);
		ut_eq(values[DRM_AGXC_COUNTER_ERRORS], 0);
		ut_assert(values[DRM_AGXC_COUNTER_ENGINE_NS]);
		for (u32 i = DRM_AGXC_COUNTER_INT; i < DRM_AGXC_COUNTERS; i++)
			ut_eq(values[i], 0);
	}
	ut_get_counters(gpu.fd, gpu.queue, other);
	for (u32 i = 0; i < DRM_AGXC_COUNTERS; i++)
		ut_eq(other[i], 0);
}

static void counters_of_errors(void)
{
	u64 values[DRM_AGXC_COUNTERS];

	ut_gpu_init(&gpu);
	ut_ret(ut_poke(&gpu, UT_FREE, 1), -EIO);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_ret(ut_poke(&gpu, UT_FREE, 1), -EIO);
	ut_get_counters(gpu.fd, gpu.queue, values);
	ut_eq(values[DRM_AGXC_COUNTER_SUBMITS], 3);
	ut_eq(values[DRM_AGXC_COUNTER_ERRORS], 2);
}

/* One instruction of each class, and more of some. */
static const struct ut_launch classes = {
	.code = ".uniform dst, buffer\n"
		".shared 256\n"
		".threadgroup 32, 1, 1\n"
		"mov r1, thread_in_grid_x\n"		/* int */
		"iadd r2, r1, 5\n"			/* int */
		"imul r3, r1, 7\n"			/* int */
		"fadd r4, r1, r2\n"			/* float */
		"rcp r4, r4\n"				/* float */
		"hadd r5l, r1l, r2l\n"			/* half */
		"simd r6, r1, iadd\n"		/* simd */
		"imul r7, r1, 4\n"			/* int */
		"mov r7l, r7l\n"			/* int */
		"lstore r1, r7l, 0, i32, x\n"		/* local */
		"barrier\n"				/* flow */
		"store r1, dst, r1, i32, x, a\n"	/* memory */
		"load r8, dst, r1, i32, x, a\n"		/* memory */
		"wait a\n",				/* flow */
	.args = { UT_DATA },
	.global = { 32, 1, 1 }, .local = { 32, 1, 1 },
};

static void counters_detailed(void)
{
	u64 values[DRM_AGXC_COUNTERS], size = sizeof(values), sum = 0;

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &classes));
	ut_ok(ut_counters(gpu.fd, gpu.queue, DRM_AGXC_COUNTERS_DETAILED, values, &size));
	for (u32 i = DRM_AGXC_COUNTER_INT; i < DRM_AGXC_COUNTERS; i++)
		ut_eq(values[i], 0);
	ut_ok(ut_run(&gpu, &classes));
	ut_ok(ut_counters(gpu.fd, gpu.queue, DRM_AGXC_COUNTERS_PLAIN, values, &size));
	ut_ok(ut_run(&gpu, &classes));
	ut_get_counters(gpu.fd, gpu.queue, values);

	for (u32 i = DRM_AGXC_COUNTER_INT; i <= DRM_AGXC_COUNTER_LOCAL; i++)
		sum += values[i];
	ut_eq(sum, values[DRM_AGXC_COUNTER_INSTRUCTIONS] / 3);
	ut_eq(values[DRM_AGXC_COUNTER_INT], 5);
	ut_eq(values[DRM_AGXC_COUNTER_FLOAT], 2);
	ut_eq(values[DRM_AGXC_COUNTER_HALF], 1);
	ut_eq(values[DRM_AGXC_COUNTER_MATRIX], 0);
	ut_eq(values[DRM_AGXC_COUNTER_SIMD], 1);
	ut_eq(values[DRM_AGXC_COUNTER_MEMORY], 2);
	ut_eq(values[DRM_AGXC_COUNTER_LOCAL], 1);
	ut_eq(values[DRM_AGXC_COUNTER_READ_BYTES], 128);
	ut_eq(values[DRM_AGXC_COUNTER_WRITE_BYTES], 128);
	ut_eq(values[DRM_AGXC_COUNTER_ATOMICS], 0);
}

/* --- GET_FAULT ---------------------------------------------------------------------- */

static void fault_refused(void)
{
	struct drm_agxc_get_fault args = { .flags = 0 };
	u64 size = 0;

	ut_gpu_init(&gpu);
	args.vm_id = gpu.vm;
	for (u32 bit = 0; bit < 32; bit++) {
		args.flags = 1u << bit;
		ut_ret(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_FAULT, &args), -EINVAL);
	}
	ut_ret(ut_fault(gpu.fd, 0, NULL, &size), -ENOENT);
	ut_ret(ut_fault(gpu.fd, UT_NO_ID, NULL, &size), -ENOENT);
	ut_ok(ut_vm_destroy(gpu.fd, gpu.vm));
	ut_ret(ut_fault(gpu.fd, gpu.vm, NULL, &size), -ENOENT);
}

static void no_fault(void)
{
	static const struct drm_agxc_fault none;
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_assert(!memcmp(&fault, &none, sizeof(fault)));
}

#define STRAY (UT_FREE + 0x1234568)

/* Lane 5 of the second SIMD-group of threadgroup 2 reads where nothing is. */
static void fault(void)
{
	const struct ut_launch stray = {
		.code = ".uniform src, buffer\n"
			".uniform stray, u64\n"
			"mov r1, thread_in_grid_x\n"
			"mov r2, src.lo\n"
			"mov r3, src.hi\n"
			"@if r1, 165, ieq\n"
			"mov r2, stray.lo\n"
			"mov r3, stray.hi\n"
			"@endif\n"
			"@if r1, 192, ult\n"
			"load r4, dr2, 0, i32, x, a\n"
			"wait a\n"
			"@endif\n",
		.args = { UT_DATA, STRAY },
		.global = { 256, 1, 1 }, .local = { 64, 1, 1 },
		.unchecked = true,
	};
	struct ut_cmds cmds = { .size = 0 };
	struct drm_agxc_fault fault;
	u64 before, after;

	ut_gpu_init(&gpu);
	before = ut_gpu_time(gpu.fd);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_cmd_render(&cmds);
	ut_cmd_compute(&cmds, ut_stream(&gpu, &stray), UT_STREAM + UT_SIZE);
	ut_ret(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)), -EIO);
	after = ut_gpu_time(gpu.fd);

	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.count, 1);
	ut_assert(fault.timestamp >= before && fault.timestamp <= after);
	ut_eq(fault.seqno, 2);
	ut_eq(fault.queue_id, gpu.queue);
	ut_eq(fault.command, 1);
	ut_eq(fault.reason, DRM_AGXC_FAULT_UNMAPPED);
	ut_eq(fault.write, 0);
	ut_eq(fault.address, STRAY);
	ut_assert(fault.code >= UT_USC && fault.code < UT_USC + UT_SIZE);
	ut_assert(fault.offset && fault.offset < 128);
	ut_eq(fault.preamble, 0);
	ut_eq(fault.threadgroup[0], 2);
	ut_eq(fault.threadgroup[1], 0);
	ut_eq(fault.threadgroup[2], 0);
	ut_eq(fault.simd, 1);
	ut_eq(fault.lane, 5);
	ut_eq(fault.lanes, 0xffffffff);
	ut_assert(memchr(fault.message, 0, sizeof(fault.message)));
	ut_assert(strstr(fault.message, "0x2001234568"));
}

static void faults_are_counted(void)
{
	struct drm_agxc_fault fault;
	u32 vm, queue;

	ut_gpu_init(&gpu);
	vm = ut_vm(gpu.fd);
	queue = ut_queue(gpu.fd, vm, UT_USC);
	(void)queue;
	for (u32 i = 1; i < 5; i++) {
		ut_ret(ut_poke(&gpu, UT_FREE + i * UT_PAGE, 1), -EIO);
		ut_get_fault(gpu.fd, gpu.vm, &fault);
		ut_eq(fault.count, i);
		ut_eq(fault.address, UT_FREE + i * UT_PAGE);
		ut_eq(fault.write, 1);
		ut_eq(fault.seqno, i);
		ut_eq(fault.lanes, 1);
	}
	/* Of this VM, no other one; and it stays when all is well again. */
	ut_get_fault(gpu.fd, vm, &fault);
	ut_eq(fault.count, 0);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.count, 4);
}

static const struct cause {
	const char *name;
	const char *code;
	u32 reason;
	u64 argument, address;
} causes[] = {
	{ "read-only", ".uniform p, buffer\nmov r1, 1\nstore r1, p, 0, i32, x, a\n",
	  DRM_AGXC_FAULT_PROTECTION, UT_USC, UT_USC },
	{ "null", ".uniform p, buffer\nmov r1, 1\nstore r1, p, 0, i32, x, a\n",
	  DRM_AGXC_FAULT_UNMAPPED, 0, 0 },
	{ "threadgroup memory", ".uniform n, u16\n.shared 256\nmov r1, 1\nmov r2l, n\n"
	  "lstore r1, r2l, 0, i32, x\n", DRM_AGXC_FAULT_LOCAL, 4096, 4096 },
	{ "instruction", ".byte 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff\n",
	  DRM_AGXC_FAULT_INSTRUCTION, 0, 0 },
};

static void reason(const void *row)
{
	const struct cause *cause = row;
	const struct ut_launch launch = {
		.code = cause->code, .args = { cause->argument }, .unchecked = true,
	};
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	ut_ret(ut_run(&gpu, &launch), -EIO);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.count, 1);
	ut_eq(fault.reason, cause->reason);
	ut_eq(fault.address, cause->address);
	ut_assert(fault.message[0]);
}

static void reason_stream(void)
{
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	ut_ret(ut_run_stream(&gpu, UT_FREE), -EIO);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.reason, DRM_AGXC_FAULT_STREAM);
	ut_eq(fault.address, UT_FREE);
	ut_eq(fault.code, 0);
	ut_eq(fault.lanes, 0);
}

static void reason_timeout(void)
{
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	ut_assert(ut_set_param("max_steps", "100000"));
	ut_ret(ut_run_stream(&gpu, ut_spin(&gpu)), -ETIMEDOUT);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.reason, DRM_AGXC_FAULT_TIMEOUT);
	ut_assert(fault.code >= UT_USC && fault.code < UT_USC + UT_SIZE);
}

static void reason_injected(void)
{
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	if (!ut_set_inject("fault", 1))
		ut_skip("no debugfs");
	ut_ret(ut_poke(&gpu, UT_DATA, 1), -EIO);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.reason, DRM_AGXC_FAULT_INJECTED);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

/* --- fdinfo ------------------------------------------------------------------------- */

static bool is_key(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isspace(text[i]))
			return false;
	return n;
}

/* As Documentation/gpu/drm-usage-stats.rst has it. */
static void fdinfo_format(void)
{
	char path[64], *text, *line, *rest;
	struct drm_agxc_info info;
	u32 drm = 0;
	int fd = ut_open();

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = ut_read_all(path);
	ut_assert(text);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t n = strcspn(line, ":");

		ut_assert(line[n] == ':' && is_key(line, n));
		ut_assert(strlen(line + n + 1) > strspn(line + n + 1, " \t"));
		drm += !strncmp(line, "drm-", 4);
	}
	ut_assert(drm >= 6);
	ut_assert(!strcmp(ut_fdinfo(fd, "drm-driver"), "asahi"));
	ut_assert(ut_fdinfo_number(fd, "drm-client-id"));
	ut_assert(strstr(ut_fdinfo(fd, "drm-engine-compute"), " ns"));
	ut_get_info(fd, &info);
	ut_eq(ut_fdinfo_number(fd, "drm-engine-capacity-compute"), info.cores);
}

static void fdinfo_clients(void)
{
	int a = ut_open(), b = ut_open(), c = dup(a);

	ut_assert(ut_fdinfo_number(a, "drm-client-id") != ut_fdinfo_number(b, "drm-client-id"));
	ut_eq(ut_fdinfo_number(a, "drm-client-id"), ut_fdinfo_number(c, "drm-client-id"));
}

#define BUSY_MS 100u

/* One core is busy, and what it does is counted while it does it. */
static void fdinfo_engine(void)
{
	u64 used, start, wall;
	u32 syncobj;
	int other = ut_open();

	ut_gpu_init(&gpu);
	ut_eq(ut_fdinfo_number(gpu.fd, "drm-engine-compute"), 0);
	start = ut_now();
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_sleep_ms(BUSY_MS);
	used = ut_fdinfo_number(gpu.fd, "drm-engine-compute");
	wall = ut_now() - start;
	ut_assert(used && used <= wall);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(ut_fdinfo_number(gpu.fd, "drm-engine-compute") > used);
	used = ut_fdinfo_number(gpu.fd, "drm-engine-compute");
	ut_eq(ut_fdinfo_number(other, "drm-engine-compute"), 0);
	/* It goes on from there, and an idle engine stands still. */
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_assert(ut_fdinfo_number(gpu.fd, "drm-engine-compute") > used);
	used = ut_fdinfo_number(gpu.fd, "drm-engine-compute");
	ut_sleep_ms(20);
	ut_eq(ut_fdinfo_number(gpu.fd, "drm-engine-compute"), used);
}

static void fdinfo_memory(void)
{
	int fd = ut_open(), other = ut_open(), prime;
	u32 vm = ut_vm(fd), bo, imported;

	ut_eq(ut_fdinfo_number(fd, "drm-total-memory"), 0);
	bo = ut_gem(fd, 64 * UT_PAGE);
	ut_eq(ut_fdinfo_number(fd, "drm-total-memory"), 64 * UT_PAGE);
	ut_eq(ut_fdinfo_number(fd, "drm-shared-memory"), 0);
	ut_eq(ut_fdinfo(fd, "drm-resident-memory") ?
	      ut_fdinfo_number(fd, "drm-resident-memory") : 0, 0);
	ut_ok(ut_bind(fd, vm, bo, 0, 64 * UT_PAGE, UT_DATA, UT_RW));
	ut_eq(ut_fdinfo_number(fd, "drm-resident-memory"), 64 * UT_PAGE);
	ut_eq(ut_fdinfo_number(other, "drm-total-memory"), 0);

	prime = ut_export(fd, bo);
	ut_assert(prime >= 0);
	ut_ok(ut_import(other, prime, &imported));
	ut_eq(ut_fdinfo_number(fd, "drm-shared-memory"), 64 * UT_PAGE);
	ut_eq(ut_fdinfo_number(other, "drm-shared-memory"), 64 * UT_PAGE);
	close(prime);
	ut_ok(ut_gem_close(other, imported));
	ut_ok(ut_gem_close(fd, bo));
	ut_eq(ut_fdinfo_number(fd, "drm-total-memory"), 0);
}

/* --- tracepoints -------------------------------------------------------------------- */

/* How many lines have all that is wanted. */
static u32 events(const char *name, const char *with)
{
	char *text = ut_traced(), *line, *rest;
	u32 n = 0;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		n += line[0] != '#' && strstr(line, name) && strstr(line, with);
	free(text);
	return n;
}

static void tracepoints(void)
{
	char who[128], text[192];

	ut_gpu_init(&gpu);
	snprintf(who, sizeof(who), "client=%llu queue=%u seqno=",
		 (unsigned long long)ut_fdinfo_number(gpu.fd, "drm-client-id"), gpu.queue);
	ut_trace(true);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_ret(ut_poke(&gpu, UT_FREE, 1), -EIO);
	ut_trace(false);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));

	ut_eq(events("agxc_submit: dev=agx_compute ", who), 2);
	ut_eq(events("agxc_job_start: dev=agx_compute ", who), 2);
	ut_eq(events("agxc_job_finish: dev=agx_compute ", who), 2);
	ut_eq(events("agxc_fault: dev=agx_compute ", who), 1);
	snprintf(text, sizeof(text), "%s1 error=0 ns=", who);
	ut_eq(events("agxc_job_finish:", text), 1);
	snprintf(text, sizeof(text), "%s2 error=-5 ns=", who);
	ut_eq(events("agxc_job_finish:", text), 1);
	snprintf(text, sizeof(text), "%s2 vm=%u command=0 reason=1 address=0x2000000000 write ",
		 who, gpu.vm);
	ut_eq(events("agxc_fault:", text), 1);
	snprintf(text, sizeof(text), "%s1 vm=%u commands=1", who, gpu.vm);
	ut_eq(events("agxc_submit:", text), 1);
}

static const struct ut_test tests[] = {
	UT_ROWS(number, numbers),
	UT_ROWS(any_size, getters),
	UT_ROWS(bad_pointer, getters),
	UT(info),
	UT(info_of_parameters),
	UT(info_of_memory),
	UT(counters_refused),
	UT(counters),
	UT(counters_of_errors),
	UT(counters_detailed),
	UT(fault_refused),
	UT(no_fault),
	UT(fault),
	UT(faults_are_counted),
	UT_ROWS(reason, causes),
	UT(reason_stream),
	UT(reason_timeout),
	UT(reason_injected),
	UT(fdinfo_format),
	UT(fdinfo_clients),
	UT(fdinfo_engine),
	UT(fdinfo_memory),
	UT(tracepoints),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
