// SPDX-License-Identifier: MIT
/* Work that fails: its status, what is said of it, and that the next one is well. */
#include <unistd.h>

#include "dt.h"
#include "tests/uapi/uapi.h"

static struct dt dt;

#define NOTHING 0x7000000000ull		/* above all buffers of these tests */

static u64 at(u32 word)
{
	return dt.data->addr + 4ull * word;
}

static void check_text(const char *words)
{
	char text[400];

	mutsu_gpu_fault(dt.gpu, text, sizeof(text));
	if (!mutsu_gpu_info(dt.gpu)->software)
		words = "dmesg";
	if (!strstr(text, words))
		ut_fail(__FILE__, __LINE__, "'%s' is not in '%s'", words, text);
	ut_assert(!strchr(text, '\n'));
	ut_note("%s", text);
}

/* Whether loads and stores of nothing are faults here. */
static void setup(void)
{
	dt_open(&dt);
	if (mutsu_gpu_info(dt.gpu)->soft_faults)
		ut_skip("soft faults: loads and stores of nothing are none");
}

static void no_fault(void)
{
	char tiny[4] = "abc";

	dt_open(&dt);
	dt_works(&dt);
	check_text("nothing faulted in this address space");
	mutsu_gpu_fault(dt.gpu, tiny, sizeof(tiny));
	ut_eq(strlen(tiny), 3);
	mutsu_gpu_fault(dt.gpu, tiny, 0);
	dt_close(&dt);
}

static void unmapped(void)
{
	setup();
	ut_ret(dt_run(&dt, dt_add(&dt, NOTHING, at(0), 4)), -EIO);
	check_text("submission 1: nothing is mapped: read of 0x7000000000 by lane 0");
	dt_works(&dt);
	ut_ret(mutsu_gpu_status(dt.gpu, 1), -EIO);
	dt_close(&dt);
}

/* With a base of 0, whatever the index is. */
static void null_pointer(void)
{
	setup();
	ut_ret(dt_run(&dt, dt_add(&dt, 0, at(0), 4)), -EIO);
	ut_ret(dt_run(&dt, dt_add(&dt, 0xffffffff0ull, at(0), 4)), -EIO);
	dt_works(&dt);
	dt_close(&dt);
}

/* Next to one of which the test knows that nothing is behind it. */
static void behind_a_buffer(void)
{
	struct mutsu_buffer *b;

	setup();
	b = dt_buffer(&dt, 0x4000, 0, "KV cache");
	ut_ret(dt_run(&dt, dt_add(&dt, b->addr + 0x4000 - 16, at(0), 8)), -EIO);
	check_text(" (0 bytes behind the end of 'KV cache')");
	mutsu_buffer_destroy(dt.gpu, b);
	dt_works(&dt);
	dt_close(&dt);
}

static void read_only(void)
{
	struct mutsu_buffer *b;

	setup();
	b = dt_buffer(&dt, 0x4000, MUTSU_BUFFER_READ_ONLY, "weights");
	ut_ret(dt_run(&dt, dt_add(&dt, b->addr + 64, at(0), 4)), -EIO);
	check_text("memory is read-only: write of");
	check_text(" (byte 64 of 'weights')");
	ut_ok(dt_run(&dt, dt_add(&dt, at(0), b->addr + 64, 4)));
	mutsu_buffer_destroy(dt.gpu, b);
	/* Code is read only, too. */
	ut_ret(dt_run(&dt, dt_add(&dt, dt.code->addr, at(0), 4)), -EIO);
	check_text("of 'code'");
	dt_close(&dt);
}

static void bad_stream(void)
{
	dt_open(&dt);
	ut_ret(dt_run(&dt, (struct dt_work){ NOTHING, NOTHING + 64 }), -EIO);
	check_text("submission 1");
	memset(dt.stream->map, 0xff, 64);
	ut_ret(dt_run(&dt, (struct dt_work){ dt.stream->addr, dt.stream->addr + 64 }), -EIO);
	check_text("of 'streams'");
	dt_works(&dt);
	dt_close(&dt);
}

/* Later work does not hide it. */
static void error_is_kept(void)
{
	struct dt_work work;
	u64 bad;

	setup();
	work = dt_add(&dt, at(0), at(4), 4);
	ut_ok(dt_run(&dt, work));
	bad = dt_submit(&dt, dt_add(&dt, NOTHING, at(0), 4));
	ut_ret(dt_end_of(&dt, bad), -EIO);
	for (u32 n = 1; n < MUTSU_GPU_STATUS; n++) {
		ut_ok(dt_run(&dt, work));
		ut_ok(mutsu_gpu_wait(dt.gpu, bad, 0));
		ut_ret(mutsu_gpu_status(dt.gpu, bad), -EIO);
	}
	ut_ok(mutsu_gpu_status(dt.gpu, 1 + bad));
	ut_ok(dt_run(&dt, work));
	ut_ret(mutsu_gpu_status(dt.gpu, bad), -ESTALE);
	dt_close(&dt);
}

static void timeout(void)
{
	struct dt_work forever;

	dt_open(&dt);
	if (!mutsu_gpu_info(dt.gpu)->software || !ut_set_param("timeout_ms", "300"))
		ut_skip("the time limit cannot be changed");
	forever = dt_program(&dt, "@loop\n@until 0, 1, ieq\n", NULL, 64);
	ut_ret(dt_run(&dt, forever), -ETIMEDOUT);
	check_text("out of time");
	dt_works(&dt);
	ut_ret(dt_run(&dt, forever), -ETIMEDOUT);
	dt_works(&dt);
	dt_close(&dt);
}

struct innocent {
	int running[2];
};

static void be_innocent(void *ctx)
{
	struct innocent *innocent = ctx;
	u64 seqno;

	dt_open(&dt);
	seqno = dt_submit(&dt, dt_spin(&dt));
	dt_spin_runs(&dt);
	ut_eq(write(innocent->running[1], "", 1), 1);
	ut_ret(dt_end_of(&dt, seqno), -ECANCELED);
	check_text("nothing faulted in this address space");
	dt_works(&dt);
	dt_close(&dt);
}

/* Who runs at the same time loses its work, and is told that it was not its fault. */
static void somebody_elses(void)
{
	struct innocent innocent;
	char c;
	int pid;

	setup();
	ut_assert(!pipe(innocent.running));
	pid = ut_fork(be_innocent, &innocent);
	ut_eq(read(innocent.running[0], &c, 1), 1);
	ut_ret(dt_run(&dt, dt_add(&dt, NOTHING, at(0), 4)), -EIO);
	ut_join(pid);
	dt_works(&dt);
	dt_close(&dt);
}

static void again_and_again(void)
{
	struct dt_work bad;

	setup();
	bad = dt_add(&dt, NOTHING, at(0), 4);
	for (u32 n = 0; n < ut_cycles(100); n++) {
		ut_ret(dt_run(&dt, bad), -EIO);
		if (n % 10 == 0)
			dt_works(&dt);
	}
	dt_close(&dt);
}

/* A destroyed buffer's addresses are nothing. */
static void destroyed(void)
{
	struct mutsu_buffer *b;
	struct dt_work work;

	setup();
	b = dt_buffer(&dt, 0x10000, 0, "scratch");
	work = dt_add(&dt, b->addr, at(0), 4);
	ut_ok(dt_run(&dt, work));
	mutsu_buffer_destroy(dt.gpu, b);
	ut_ret(dt_run(&dt, work), -EIO);
	dt_works(&dt);
	dt_close(&dt);
}

static void soft_faults(void)
{
	if (!ut_set_param("soft_faults", "Y"))
		ut_skip("the module's parameters cannot be changed");
	dt_open(&dt);
	ut_assert(mutsu_gpu_info(dt.gpu)->soft_faults);
	ut_ok(dt_run(&dt, dt_add(&dt, NOTHING, at(0), 4)));
	dt_close(&dt);
}

static const struct ut_test tests[] = {
	UT(no_fault),
	UT(unmapped),
	UT(null_pointer),
	UT(behind_a_buffer),
	UT(read_only),
	UT(bad_stream),
	UT(error_is_kept),
	UT(timeout),
	UT(somebody_elses),
	UT(again_and_again),
	UT(destroyed),
	UT(soft_faults),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
