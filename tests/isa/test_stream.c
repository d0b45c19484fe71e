// SPDX-License-Identifier: MIT
/*
 * Walking a control stream: links and returns, where it ends, and everything that a
 * launch points to and that may not be there.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"

#define NOWHERE 0x5000000000ull

static struct machine m;

static void setup(void)
{
	machine_init(&m);
}

static void teardown(void)
{
	machine_fini(&m);
}

static void run(u32 launches)
{
	ck_assert_msg(!machine_run(&m, 1, 1000), "%s", m.walk.message);
	ck_assert_uint_eq(m.n_run, launches);
}

/* The stream fails at address with a message that has this in it. */
static void fails(u64 address, const char *what)
{
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, AGX_FAULT_STREAM);
	ck_assert_msg(strstr(m.walk.message, what), "%s: nothing of %s", m.walk.message, what);
	ck_assert_msg(m.fault.address == address, "%s: fault at %llx", m.walk.message,
		      (unsigned long long)m.fault.address);
}

/* Notes n in data, behind the ones before. */
static void note(u32 n)
{
	char code[200];

	snprintf(code, sizeof(code),
		 "ldimm r1, 1; ldimm r2, 0; atomic r3, r1, du0, r2, add, coherent1, a; wait a\n"
		 "ldimm r4, %u; iadd r3, r3, 1; store r4, du0, r3, i32, x, a; stop", n);
	machine_launch(&m, &(struct machine_launch){ .code = code });
}

static void noted(const char *digits)
{
	size_t n = strlen(digits);

	ck_assert_uint_eq(m.data[0], n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(m.data[1 + i], digits[i] - '0');
}

static u64 packet(enum agx_cdm_type type)
{
	return machine_packet(&m, &(struct agx_cdm){ .type = type });
}

static u64 link_to(u64 address, bool with_return)
{
	return machine_packet(&m, &(struct agx_cdm){
		.type = AGX_CDM_LINK, .address = address, .with_return = with_return,
	});
}

/* Room for a link that is put there later. */
static u32 hole(void)
{
	return (u32)(machine_skip(&m, 8) - 8 - MACHINE_STREAM);
}

static void fill(u32 offset, u64 address, bool with_return)
{
	u32 used = m.stream_used;

	m.stream_used = offset;
	link_to(address, with_return);
	m.stream_used = used;
}

START_TEST(links)
{
	u32 there, back;

	note(1);
	there = hole();
	note(9);
	packet(AGX_CDM_TERMINATE);
	fill(there, machine_skip(&m, 400), false);
	note(2);
	back = hole();
	note(9);
	fill(back, machine_skip(&m, 4000), false);
	note(3);
	packet(AGX_CDM_TERMINATE);
	note(9);
	run(3);
	noted("123");
	ck_assert_uint_eq(m.walk.n_links, 2);
}
END_TEST

/* Called twice; comes back by a return, or by a barrier that returns. */
START_TEST(returns)
{
	u32 first, second;
	u64 called;

	note(1);
	first = hole();
	note(3);
	second = hole();
	note(4);
	packet(AGX_CDM_TERMINATE);
	called = machine_skip(&m, 64);
	fill(first, called, true);
	fill(second, called, true);
	note(2);
	if (_i)
		machine_packet(&m, &(struct agx_cdm){
			.type = AGX_CDM_BARRIER,
			.flags = AGX_CDM_BARRIER_ALL | AGX_CDM_BARRIER_RETURNS,
		});
	else
		packet(AGX_CDM_RETURN);
	run(5);
	noted("12324");
}
END_TEST

/* Linked streams may end where they are, and the first may go on elsewhere. */
START_TEST(called_streams_terminate)
{
	u32 first, second;

	first = hole();
	note(9);
	fill(first, machine_skip(&m, 64), true);
	note(1);
	second = hole();
	fill(second, machine_skip(&m, 64), false);
	note(2);
	packet(AGX_CDM_TERMINATE);
	run(2);
	noted("12");
}
END_TEST

START_TEST(bad_returns)
{
	u32 first;

	if (_i == 0) {
		fails(packet(AGX_CDM_RETURN), "no link with return");
	} else {
		u64 inner;

		first = hole();
		fill(first, machine_skip(&m, 64), true);
		inner = link_to(MACHINE_STREAM, true);
		fails(inner, "inside of another");
	}
}
END_TEST

START_TEST(loops_end)
{
	if (_i == 0) {
		fails(link_to(MACHINE_STREAM, false), "more than 4096 links");
	} else if (_i == 1) {
		note(1);
		fails(link_to(MACHINE_STREAM, false), "more than 4096 links");
		ck_assert_uint_eq(m.data[0], 4097);
	} else {
		/* All zeroes are launches of nothing. */
		m.stream_used = MACHINE_SIZE;
		ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	}
}
END_TEST

static void run_to(u64 end, int want)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	int ret;

	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, end, false);
	while ((ret = agx_stream_next(&m.walk, &dispatch)) > 0) {
		while (agx_core_run(core, &dispatch, 1000) == AGX_CORE_MORE)
			;
		ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	}
	ck_assert_msg(ret == want, "%llx: %s", (unsigned long long)end, m.walk.message);
	agx_core_destroy(core);
}

/* The end that a submit says: anything from the exact one on, 0, or too small. */
START_TEST(ends)
{
	u64 end;

	note(1);
	packet(AGX_CDM_TERMINATE);
	end = MACHINE_STREAM + m.stream_used;
	run_to(end, 0);
	run_to(0, 0);
	run_to(end + 4, 0);
	run_to(end + 0x10000, 0);
	run_to(~0ull, 0);
	for (u64 early = end - 4; early > MACHINE_STREAM; early -= 4)
		run_to(early, -EFAULT);
	ck_assert(strstr(m.walk.message, "cut") != NULL);
	run_to(end - 8, -EFAULT);
	ck_assert(strstr(m.walk.message, "does not terminate") != NULL);
}
END_TEST

START_TEST(stream_is_not_there)
{
	u64 at = link_to(NOWHERE, false);

	if (_i == 0) {
		fails(NOWHERE, "packet at 0x5000000000: nothing to read is mapped");
	} else if (_i == 1) {
		m.stream_used = 0;
		link_to(MACHINE_STREAM + 2, false);
		fails(MACHINE_STREAM + 2, "not a multiple of 4");
	} else if (_i == 2) {
		/* A link whose second word is behind the end of memory. */
		m.stream_used = 0;
		link_to(MACHINE_STREAM + MACHINE_SIZE - 4, false);
		memcpy(m.stream + MACHINE_SIZE - 4, m.stream, 4);
		fails(MACHINE_STREAM + MACHINE_SIZE, "nothing to read is mapped");
	} else {
		m.stream[3] |= 1;
		fails(at, "bit 24");
	}
}
END_TEST

/* --- what a launch points to --------------------------------------------------- */

static const struct agx_cdm good = {
	.type = AGX_CDM_LAUNCH, .uniforms = 64, .preshader_regs = 16,
	.global = { 1, 1, 1 }, .local = { 1, 1, 1 },
};

static u64 launch_of(const struct agx_usc *usc)
{
	struct agx_cdm cdm = good;

	cdm.usc = machine_usc(&m, usc);
	return machine_packet(&m, &cdm);
}

START_TEST(words_are_not_there)
{
	struct agx_cdm cdm = good;
	u64 at;

	/* The first 64 bytes are no words; then memory ends. */
	m.usc_used = 64;
	at = machine_packet(&m, &cdm);
	fails(at, "USC words at 0x1100000000, byte 0: no USC word starts with 0x00");

	m.stream_used = 0;
	cdm.usc = 0x7000000;
	machine_packet(&m, &cdm);
	fails(MACHINE_USC + 0x7000000, "USC words");

	/* Words and words, to the end of memory or of patience. */
	m.stream_used = 0;
	cdm.usc = MACHINE_SIZE - 64;
	machine_packet(&m, &cdm);
	for (u32 i = 0; i < MACHINE_SIZE; i += 8)
		memcpy(m.usc + i, "\xdd\0\x10\0\0\0\0\0", 8);
	fails(MACHINE_USC + MACHINE_SIZE, "USC words");
	m.stream_used = 0;
	cdm.usc = 0;
	at = machine_packet(&m, &cdm);
	fails(at, "no end");
}
END_TEST

START_TEST(words_are_bad)
{
	struct agx_cdm cdm = good;
	u64 at;

	memcpy(m.usc, "\x0d\x0c\0\0\0\0\x8d\x02\x40\x01\x88\0", 12);
	at = machine_packet(&m, &cdm);
	fails(at, "byte 6: registers: bit 22");
	m.usc[8] = 0x02;
	fails(at, "byte 6: registers: bit 17");
	m.usc[8] = 0;
	m.usc[11] = 1;
	fails(at, "byte 10: no preshader: bit 8");
}
END_TEST

START_TEST(uniforms_are_not_there)
{
	struct agx_usc usc = {
		.n_uniforms = 1, .uniform = { { 0, 64, NOWHERE } }, .regs = 8,
	};
	u64 at;

	usc.shader = machine_code(&m, "stop");
	launch_of(&usc);
	fails(NOWHERE, "uniforms at 0x5000000000");
	/* Up to the border and over it. */
	m.stream_used = 0;
	usc.uniform[0].address = MACHINE_TABLE + MACHINE_SIZE - 128;
	launch_of(&usc);
	packet(AGX_CDM_TERMINATE);
	run(1);
	m.stream_used = 0;
	usc.uniform[0].address += 4;
	launch_of(&usc);
	fails(MACHINE_TABLE + MACHINE_SIZE, "uniforms");
	/* More than the launch has. */
	m.stream_used = 0;
	usc.uniform[0] = (struct agx_usc_uniform){ 1, 64, MACHINE_TABLE };
	at = launch_of(&usc);
	fails(at, "uniform halves 1 to 64 are loaded, but only 64");
}
END_TEST

START_TEST(code_is_not_there)
{
	struct agx_usc usc = { .shader = 0x7000000, .regs = 8 };

	launch_of(&usc);
	fails(MACHINE_USC + 0x7000000, "code at");
	usc.shader = machine_code(&m, "stop");
	usc.has_preamble = true;
	usc.preamble = 0x7000080;
	m.stream_used = 0;
	launch_of(&usc);
	fails(MACHINE_USC + 0x7000080, "code at");
}
END_TEST

/* Writable memory that may not be read is no memory for this. */
START_TEST(sizes_are_not_there)
{
	struct agx_cdm cdm = good;

	cdm.mode = AGX_CDM_INDIRECT_GLOBAL;
	cdm.address = NOWHERE;
	machine_packet(&m, &cdm);
	fails(NOWHERE, "sizes of an indirect launch");
	ck_assert(!agx_space_map(&m.space, NOWHERE, 0x4000, AGX_MEM_WRITE, NULL));
	fails(NOWHERE, "sizes of an indirect launch");
	cdm.address = NOWHERE;
	cdm.mode = AGX_CDM_INDIRECT_LOCAL;
	m.stream_used = 0;
	machine_packet(&m, &cdm);
	fails(NOWHERE, "sizes of an indirect launch");
}
END_TEST

/* --- code in pieces ------------------------------------------------------------ */

/* The same code, in pages that the host has in another order. */
static u8 *pages[4];

static void *map_pages(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	u64 offset = address - MACHINE_USC;

	if (offset >= sizeof(pages) / sizeof(pages[0]) * 4096)
		return m.space.memory.map(ctx, address, avail, prot);
	*avail = 4096 - offset % 4096;
	*prot = AGX_MEM_READ;
	return pages[offset / 4096] + offset % 4096;
}

START_TEST(code_in_pieces)
{
	static struct agx_dispatch dispatch;
	struct agx_memory memory = { .map = map_pages, .ctx = m.space.memory.ctx };
	struct agx_core *core = agx_core_create(0);
	char *code = calloc(1, 65536), *end = code;

	/* Longer than a page, and one instruction lies over each border. */
	end += sprintf(end, "ldimm r1, 0; ldimm r2, 0\n");
	for (int i = 0; i < 1300; i++)
		end += sprintf(end, "iadd r1, r1, %d\n", i % 7);
	sprintf(end, "store r1, du0, r2, i32, x, a; stop");
	machine_launch(&m, &(struct machine_launch){ .code = code });
	packet(AGX_CDM_TERMINATE);
	ck_assert_uint_gt(m.usc_used, 2 * 4096);
	for (int i = 0; i < 4; i++) {
		pages[i] = aligned_alloc(4096, 4096);
		memcpy(pages[i], m.usc + 4096 * i, 4096);
	}
	memset(m.usc, 0, MACHINE_SIZE);
	agx_stream_start(&m.walk, &memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	ck_assert_int_eq(agx_core_run(core, &dispatch, ~0ull), AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	ck_assert_uint_eq(m.data[0], 1300 / 7 * 21 + (0 + 1 + 2 + 3 + 4));
	for (int i = 0; i < 4; i++)
		free(pages[i]);
	agx_core_destroy(core);
	free(code);
}
END_TEST

/* --- memory --------------------------------------------------------------------- */

#if CAN_FAIL_MALLOC
START_TEST(no_memory)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = NULL;
	int ret = -ENOMEM;
	long before;

	machine_launch(&m, &(struct machine_launch){ .code = "stop", .preamble = "stop" });
	packet(AGX_CDM_TERMINATE);
	for (long n = 0; n < 100 && !core; n++) {
		fm_left = n;
		core = agx_core_create(0);
		fm_left = -1;
	}
	ck_assert_ptr_nonnull(core);
	before = fm_live;
	for (long n = 0; n < 100 && ret == -ENOMEM; n++) {
		agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
		fm_left = n;
		ret = agx_stream_next(&m.walk, &dispatch);
		fm_left = -1;
		ck_assert(ret == 1 || (ret == -ENOMEM && fm_live == before));
	}
	/* Running needs none. */
	fm_left = 0;
	ret = agx_core_run(core, &dispatch, ~0ull);
	fm_left = -1;
	ck_assert_int_eq(ret, AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	ck_assert_int_eq(fm_live, before);
	agx_core_destroy(core);
}
END_TEST

/* Nor does a stack, once there is room for it. */
START_TEST(reserved_stacks)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	int ret = -ENOMEM;

	machine_launch(&m, &(struct machine_launch){
		.code = "stack_adjust 16; mov r1, thread_index_in_threadgroup\n"
			"stack_store r1, 8, i32, x, a; wait a; stack_load r2, 8, i32, x, a; wait a\n"
			"store r2, du0, r1, i32, x, a; stop",
		.global = { 128, 1, 1 },
	});
	packet(AGX_CDM_TERMINATE);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	for (long n = 0; n < 100 && ret == -ENOMEM; n++) {
		fm_left = n;
		ret = agx_core_reserve(core, &dispatch);
	}
	fm_left = 0;
	ret = ret ? ret : (int)agx_core_run(core, &dispatch, ~0ull);
	fm_left = -1;
	ck_assert_int_eq(ret, AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	for (u32 i = 0; i < 128; i++)
		ck_assert_uint_eq(m.data[i], i);
	agx_core_destroy(core);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tc = tcase_create("stream");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, links);
	tcase_add_loop_test(tc, returns, 0, 2);
	tcase_add_test(tc, called_streams_terminate);
	tcase_add_loop_test(tc, bad_returns, 0, 2);
	tcase_add_loop_test(tc, loops_end, 0, 3);
	tcase_add_test(tc, ends);
	tcase_add_loop_test(tc, stream_is_not_there, 0, 4);
	tcase_add_test(tc, words_are_not_there);
	tcase_add_test(tc, words_are_bad);
	tcase_add_test(tc, uniforms_are_not_there);
	tcase_add_test(tc, code_is_not_there);
	tcase_add_test(tc, sizes_are_not_there);
	tcase_add_test(tc, code_in_pieces);
#if CAN_FAIL_MALLOC
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, reserved_stacks);
#else
	suite_skip("no_memory", "this build cannot make allocations fail");
#endif
	return suite_run(suite);
}
