// SPDX-License-Identifier: MIT
/*
 * Soft faults: what instructions cannot read is 0, what they cannot write is lost, and
 * everything around it is as if it had not happened.  And what map() is asked.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/suite.h"

#define NOWHERE 0x5000000000ull
#define WRITE_ONLY 0x6000000000ull

static struct machine m;
static u32 *hidden;	/* at WRITE_ONLY, a page */

static void setup(void)
{
	machine_init(&m);
	hidden = aligned_alloc(4096, 4096);
	memset(hidden, 0x55, 4096);
	ck_assert(!agx_space_map(&m.space, WRITE_ONLY, 4096, AGX_MEM_WRITE, hidden));
	m.soft_faults = true;
}

static void teardown(void)
{
	machine_fini(&m);
	free(hidden);
}

/* 32 lanes run the code, with addresses in u4:u5, u6:u7 and u8:u9. */
static void launch(const char *code, u64 a, u64 b, u64 c)
{
	const u64 address[] = { a, b, c };
	char text[2000];
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(address); i++)
		n += (u32)snprintf(text + n, sizeof(text) - n,
				   "ldimm r%u, 0x%x; ldimm r%u, 0x%x\n", 40 + 2 * i,
				   (u32)address[i], 41 + 2 * i, (u32)(address[i] >> 32));
	snprintf(text + n, sizeof(text) - n, "mov r2, thread_index_in_threadgroup\n%s\nstop", code);
	machine_launch(&m, &(struct machine_launch){
		.code = text, .global = { 32, 1, 1 }, .regs = 128,
	});
	machine_terminate(&m);
}

static void run(void)
{
	char text[256];
	int ret = machine_run(&m, 1, 1000);

	agx_fault_print(text, sizeof(text), &m.fault);
	ck_assert_msg(!ret, "%s: %s", text, m.walk.message);
}

/* All lanes at once, apart, and some of them where memory is. */
START_TEST(loads_are_zero)
{
	const u64 table = machine_table(&m, &(u32[]){ 7 }, 4);

	memset(m.data, 0xff, 4096);
	launch("load r10, dr40, r2, i32, x, a; wait a\n"
	       "store r10, du0, r2, i32, x, a; wait a\n"
	       "ldimm r6, 1000; imul r3, r2, r6\n"
	       "load r11, dr40, r3, i32, x, a; wait a\n"
	       "iadd r4, r2, 32; store r11, du0, r4, i32, x, a; wait a\n"
	       /* Lane 0 finds 7. */
	       "and r5, r2, 31; shl r5, r5, 20; iadd dr20, dr42, r5\n"
	       "load r12, dr20, 0, i32, x, a; wait a\n"
	       "iadd r4, r2, 64; store r12, du0, r4, i32, x, a; wait a", NOWHERE, table, 0);
	run();
	for (u32 l = 0; l < 96; l++)
		ck_assert_uint_eq(m.data[l], l == 64 ? 7 : 0);
}
END_TEST

/* What was stored there is not found there. */
START_TEST(stores_vanish)
{
	const u32 seven[32] = { 7, 7, 7 };
	const u64 table = machine_table(&m, seven, sizeof(seven));

	memset(m.data, 0xff, 4096);
	launch("ldimm r10, 0x1234\n"
	       "store r10, dr40, r2, i32, x, a; wait a\n"
	       "load r11, dr40, r2, i32, x, a; wait a\n"
	       "store r11, du0, r2, i32, x, a; wait a\n"
	       "store r10, dr42, r2, i32, x, a; wait a\n"
	       "load r12, dr42, r2, i32, x, a; wait a\n"
	       "iadd r4, r2, 32; store r12, du0, r4, i32, x, a; wait a\n"
	       "store r10, dr44, r2, i32, x, a; wait a\n"
	       "load r13, dr44, r2, i32, x, a; wait a\n"
	       "iadd r4, r2, 64; store r13, du0, r4, i32, x, a; wait a",
	       NOWHERE, table, WRITE_ONLY);
	run();
	for (u32 l = 0; l < 32; l++) {
		ck_assert_uint_eq(m.data[l], 0);
		ck_assert_uint_eq(m.data[32 + l], seven[l]);
		ck_assert_uint_eq(m.data[64 + l], 0);
		/* This one could be written. */
		ck_assert_uint_eq(hidden[l], 0x1234);
	}
}
END_TEST

START_TEST(atomics_vanish)
{
	const u64 table = machine_table(&m, &(u32[]){ 7 }, 4);

	memset(m.data, 0xff, 4096);
	launch("ldimm r10, 5; ldimm r3, 0; ldimm r30, 3; ldimm r31, 3\n"
	       "atomic r11, r10, dr40, r3, add, coherent1, a; wait a\n"
	       "store r11, du0, r2, i32, x, a; wait a\n"
	       "atomic r12, r10, dr42, r3, xchg, coherent1, a; wait a\n"
	       "iadd r4, r2, 32; store r12, du0, r4, i32, x, a; wait a\n"
	       "atomic r13, r10, dr44, r3, add, coherent1, a; wait a\n"
	       "iadd r4, r2, 64; store r13, du0, r4, i32, x, a; wait a",
	       NOWHERE, table, WRITE_ONLY);
	run();
	for (u32 l = 0; l < 96; l++)
		ck_assert_uint_eq(m.data[l], 0);
	ck_assert_uint_eq(hidden[0], 0x55555555);
	ck_assert_uint_eq(*(u32 *)(void *)m.table, 7);
}
END_TEST

/* Memory of the threadgroup, and what the stream points to, must be there all the same. */
START_TEST(others_fault)
{
	launch("ldimm r10, 1; ldimm r3, 0x8000; lload r10, r3l, 0, i32, x", 0, 0, 0);
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, AGX_FAULT_LOCAL);
}
END_TEST

START_TEST(uniforms_fault)
{
	struct agx_usc usc = {
		.n_uniforms = 1, .uniform = { { .count = 4, .address = NOWHERE } }, .regs = 16,
	};

	usc.shader = machine_code(&m, "stop");
	machine_packet(&m, &(struct agx_cdm){
		.type = AGX_CDM_LAUNCH, .uniforms = 64, .textures = 8, .preshader_regs = 16,
		.usc = machine_usc(&m, &usc), .global = { 1, 1, 1 }, .local = { 1, 1, 1 },
	});
	machine_terminate(&m);
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, AGX_FAULT_STREAM);
}
END_TEST

/* Off, each of these is a fault that says what it was. */
START_TEST(hard_faults)
{
	static const struct {
		const char *code;
		enum agx_fault_kind kind;
		u64 address;
		bool write;
	} cases[] = {
		{ "load r10, dr40, 0, i32, x, a", AGX_FAULT_UNMAPPED, NOWHERE, false },
		{ "store r10, dr40, 0, i32, x, a", AGX_FAULT_UNMAPPED, NOWHERE, true },
		{ "load r10, dr44, 0, i32, x, a", AGX_FAULT_WRITE_ONLY, WRITE_ONLY, false },
		{ "store r10, dr42, 0, i32, x, a", AGX_FAULT_READ_ONLY, MACHINE_TABLE, true },
		{ "atomic r10, r11, dr42, 0, add, coherent1, a", AGX_FAULT_READ_ONLY,
		  MACHINE_TABLE, true },
		{ "atomic r10, r11, dr44, 0, add, coherent1, a", AGX_FAULT_WRITE_ONLY,
		  WRITE_ONLY, false },
	};

	m.soft_faults = false;
	launch(cases[_i].code, NOWHERE, MACHINE_TABLE, WRITE_ONLY);
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, cases[_i].kind);
	ck_assert_uint_eq(m.fault.address, cases[_i].address);
	ck_assert_int_eq(m.fault.write, cases[_i].write);
}
END_TEST

/* --- what map() is asked ------------------------------------------------------- */

static u32 n_asked;

static void *counting_map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	n_asked++;
	return m.space.memory.map(ctx, address, avail, prot);
}

/* Once for each buffer, however large it is, if they are few. */
START_TEST(large_buffers)
{
	struct agx_memory memory = { .map = counting_map, .ctx = m.space.memory.ctx };
	const u64 bases[] = { MACHINE_DATA, MACHINE_TABLE, MACHINE_USC, MACHINE_STREAM };
	struct agx_tlb tlb;
	u32 value;

	agx_tlb_init(&tlb, &memory);
	n_asked = 0;
	for (u64 at = 0; at < MACHINE_SIZE; at += 4)
		for (u32 i = 0; i < AGX_TLB_RUNS; i++)
			ck_assert(!agx_read(&tlb, bases[i] + at, &value, sizeof(value), NULL));
	ck_assert_uint_eq(n_asked, AGX_TLB_RUNS);

	/* Backwards it is each page, and the ends are where they were. */
	agx_tlb_init(&tlb, &memory);
	for (u64 at = MACHINE_SIZE; at; at -= 4096)
		ck_assert(!agx_read(&tlb, MACHINE_DATA + at - 4, &value, sizeof(value), NULL));
	ck_assert_int_eq(agx_read(&tlb, MACHINE_DATA + MACHINE_SIZE - 2, &value, sizeof(value),
				  NULL), -EFAULT);
	ck_assert_int_eq(agx_read(&tlb, MACHINE_DATA - 2, &value, sizeof(value), NULL), -EFAULT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("soft_faults");
	TCase *tc = tcase_create("soft_faults");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, loads_are_zero);
	tcase_add_test(tc, stores_vanish);
	tcase_add_test(tc, atomics_vanish);
	tcase_add_test(tc, others_fault);
	tcase_add_test(tc, uniforms_fault);
	tcase_add_loop_test(tc, hard_faults, 0, 6);
	tcase_add_test(tc, large_buffers);
	return suite_run(suite);
}
