// SPDX-License-Identifier: MIT
/*
 * Failures on request, debugfs' inject/ of agx_compute.ko: each allocation of the kernel
 * fails once, and every call says so and leaves nothing behind.
 */
#include <unistd.h>

#include "dt.h"
#include "tests/uapi/debug.h"

static struct dt dt;
static struct mutsu_buffer *made;
static struct mutsu_gpu *opened;
static struct dt_work work;
static char path[64];
static int dmabuf;

/* --- allocations -------------------------------------------------------------------- */

static int do_open(struct mutsu_error *err)
{
	return mutsu_gpu_open(&opened, path, err);
}

static void end_open(void)
{
	mutsu_gpu_close(opened);
}

static int do_create(struct mutsu_error *err)
{
	return mutsu_buffer_create(&made, dt.gpu, 0x10000, 0, "KV cache", err);
}

static int do_code(struct mutsu_error *err)
{
	return mutsu_buffer_create(&made, dt.gpu, 0x10000, MUTSU_BUFFER_CODE, "code", err);
}

static int do_import(struct mutsu_error *err)
{
	return mutsu_buffer_import(&made, dt.gpu, dmabuf, 0, "import", err);
}

static void end_buffer(void)
{
	mutsu_buffer_destroy(dt.gpu, made);
}

static int do_submit(struct mutsu_error *err)
{
	u64 seqno;

	return mutsu_gpu_submit(dt.gpu, work.stream, work.end, &seqno, err);
}

static void end_submit(void)
{
	static u64 n;

	/* Those that failed have no number. */
	ut_ok(dt_end_of(&dt, ++n));
	ut_ret(mutsu_gpu_wait(dt.gpu, n + 1, 0), -EINVAL);
}

static const struct call {
	const char *name;
	int (*run)(struct mutsu_error *err);
	void (*end)(void);
	const char *words;		/* of the message */
	u32 least;			/* allocations, at least */
} calls[] = {
	{ "open", do_open, end_open, path, 5 },
	{ "create", do_create, end_buffer, "buffer of 64 KiB for 'KV cache': cannot ", 4 },
	{ "create, code", do_code, end_buffer, "buffer of 64 KiB for 'code': cannot ", 4 },
	{ "import", do_import, end_buffer, "buffer of 64 KiB for 'import': cannot ", 2 },
	{ "submit", do_submit, end_submit, path, 2 },
};

/* The nth allocation of the call fails (0: none); how many it made. */
static u64 with_failure(const struct call *call, u64 nth)
{
	struct mutsu_error err = { "" };
	u64 n = ut_inject_get("allocs");
	int ret;

	ut_inject_set("alloc", nth);
	ret = call->run(&err);
	n = ut_inject_get("allocs") - n;
	ut_eq(ut_inject_get("alloc"), 0);
	if (ret != (nth ? -ENOMEM : 0))
		ut_fail(__FILE__, __LINE__, "allocation %llu: %s: %s", (unsigned long long)nth,
			ut_errno(ret), err.text);
	if (nth)
		ut_assert(strstr(err.text, call->words) && strstr(err.text, "memory"));
	else
		call->end();
	return n;
}

static void allocation(const void *row)
{
	const struct call *call = row;
	u32 files;
	u64 n, bound;
	int other;

	dt_open(&dt);
	if (!mutsu_gpu_info(dt.gpu)->software)
		ut_skip("only agx_compute.ko fails on request");
	snprintf(path, sizeof(path), "%s", mutsu_gpu_info(dt.gpu)->path);
	work = dt_add(&dt, dt.data->addr, dt.data->addr + 64, 4);
	other = ut_open();
	dmabuf = ut_export(other, ut_gem(other, 0x10000));
	ut_assert(dmabuf >= 0);
	with_failure(call, 0);
	bound = dt_bound();
	files = dt_open_files();
	n = with_failure(call, 0);
	ut_assert(n >= call->least);
	for (u64 i = 1; i <= n; i++) {
		with_failure(call, i);
		ut_eq(dt_open_files(), files);
	}
	ut_eq(with_failure(call, 0), n);
	ut_eq(dt_bound(), bound);
	dt_works(&dt);
	ut_note("%s: %llu allocations", call->name, (unsigned long long)n);
	dt_close(&dt);
}

/* Destroying has no way to fail: memory is unbound and its address free, all the same. */
static void destroy(void)
{
	u64 bound, addr, n;

	dt_open(&dt);
	ut_ok(do_create(NULL));
	addr = made->addr;
	mutsu_buffer_destroy(dt.gpu, made);
	bound = dt_bound();
	for (u64 i = 1; i < 20; i++) {
		ut_ok(do_create(NULL));
		ut_eq(made->addr, addr);
		ut_inject_set("alloc", i);
		mutsu_buffer_destroy(dt.gpu, made);
		n = ut_inject_get("alloc");
		ut_inject_set("alloc", 0);
		ut_eq(dt_bound(), bound);
		ut_ret(dt_run(&dt, dt_add(&dt, addr, dt.data->addr, 4)), -EIO);
		if (n)
			break;
	}
	dt_works(&dt);
	dt_close(&dt);
}

/* --- late, hanging, faulting -------------------------------------------------------- */

static void late(void)
{
	u64 seqno;

	dt_open(&dt);
	ut_inject_set("delay_ms", 200);
	seqno = dt_submit(&dt, dt_add(&dt, dt.data->addr, dt.data->addr + 64, 4));
	ut_ret(mutsu_gpu_wait(dt.gpu, seqno, 20 * 1000000), -ETIME);
	ut_ret(mutsu_gpu_status(dt.gpu, seqno), -EBUSY);
	ut_ok(dt_end_of(&dt, seqno));
	ut_inject_set("delay_ms", 0);
	dt_close(&dt);
}

static void hang(void)
{
	char text[300];

	dt_open(&dt);
	ut_assert(ut_set_param("timeout_ms", "100"));
	work = dt_add(&dt, dt.data->addr, dt.data->addr + 64, 4);
	ut_inject_set("hang", 1);
	ut_ret(dt_run(&dt, work), -ETIMEDOUT);
	mutsu_gpu_fault(dt.gpu, text, sizeof(text));
	ut_note("%s", text);
	dt_works(&dt);
	dt_close(&dt);
}

static void fault(void)
{
	char text[300];

	dt_open(&dt);
	work = dt_add(&dt, dt.data->addr, dt.data->addr + 64, 4);
	ut_inject_set("fault", 1);
	ut_ret(dt_run(&dt, work), -EIO);
	mutsu_gpu_fault(dt.gpu, text, sizeof(text));
	ut_assert(strstr(text, "submission 1: "));
	ut_note("%s", text);
	dt_works(&dt);
	dt_close(&dt);
}

static const struct ut_test tests[] = {
	UT_ROWS(allocation, calls),
	UT(destroy),
	UT(late),
	UT(hang),
	UT(fault),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
