// SPDX-License-Identifier: MIT
/* Race detection, told of accesses as the executor tells it. */
#include "tests/lib/suite.h"

#include <stdlib.h>

#include "tools/agx/race.h"

enum { PLAIN, BARRIER, COHERENT = 8, N_INSNS = 16 };

static const struct agx_insn insns[N_INSNS] = {
	[BARRIER] = { .op = AGX_OP_BARRIER }, [COHERENT] = { .coherency = 3 },
};
static const u32 offsets[N_INSNS] = { 0, 10, 20, 30, 40, 50, 60, 70, 80 };

struct fixture {
	struct agx_dispatch dispatch;
	struct agx_race *race;
	struct agx_observer observer;
	struct agx_simd *simd;
	struct agx_group group;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){ .dispatch.groups = { 4, 3, 2 } };
	f->dispatch.main = (struct agx_program){
		.address = 0x1100000000,
		.n_insns = N_INSNS,
		.insn = (struct agx_insn *)insns,
		.offset = (u32 *)offsets,
	};
	f->race = agx_race_create();
	f->observer = agx_race_observer(f->race);
	f->simd = aligned_alloc(64, sizeof(*f->simd));
	f->simd->program = &f->dispatch.main;
	f->simd->group = &f->group;
	agx_race_launch(f->race, &f->dispatch);
}

static void teardown(struct fixture *f)
{
	ck_assert(!agx_race_incomplete(f->race));
	agx_race_destroy(f->race);
	free(f->simd);
}

/* Threadgroup x, 0, 0; instruction number says which one it was. */
static void touch(struct fixture *f, u32 group, u32 simd, u32 insn, u32 space, u64 address,
		  u32 size, u32 kind)
{
	f->group.id[0] = group;
	f->simd->index = simd;
	f->observer.insn(f->observer.ctx, f->simd, insn);
	f->observer.access(f->observer.ctx, f->simd, 3, space, address, size, kind);
	if (f->observer.done)
		f->observer.done(f->observer.ctx, f->simd, insn);
}

static void barrier(struct fixture *f, u32 group, u32 n_simds)
{
	f->group.id[0] = group;
	for (f->simd->index = 0; f->simd->index < n_simds; f->simd->index++) {
		f->observer.insn(f->observer.ctx, f->simd, BARRIER);
		f->observer.done(f->observer.ctx, f->simd, BARRIER);
	}
}

#define DEVICE AGX_SPACE_DEVICE
#define LOCAL AGX_SPACE_LOCAL
#define READ AGX_ACCESS_READ
#define WRITE AGX_ACCESS_WRITE
#define ATOMIC AGX_ACCESS_ATOMIC

/* Two accesses: by whom, how, with a barrier between or not, and whether they race. */
static const struct {
	u32 group[2], simd[2], kind[2], space;
	u64 address[2];
	bool barrier;
	size_t races;
} pairs[] = {
	/* one threadgroup */
	{ { 0, 0 }, { 0, 1 }, { WRITE, READ }, LOCAL, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { READ, WRITE }, LOCAL, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, WRITE }, LOCAL, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { READ, READ }, LOCAL, { 0, 0 }, false, 0 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, READ }, LOCAL, { 0, 0 }, true, 0 },
	{ { 0, 0 }, { 0, 0 }, { WRITE, READ }, LOCAL, { 0, 0 }, false, 0 },
	{ { 0, 0 }, { 0, 1 }, { ATOMIC, ATOMIC }, LOCAL, { 0, 0 }, false, 0 },
	{ { 0, 0 }, { 0, 1 }, { ATOMIC, READ }, LOCAL, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, ATOMIC }, LOCAL, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, READ }, DEVICE, { 0, 0 }, false, 1 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, READ }, DEVICE, { 0, 0 }, true, 0 },
	/* bytes, not words */
	{ { 0, 0 }, { 0, 1 }, { WRITE, WRITE }, LOCAL, { 0, 4 }, false, 0 },
	{ { 0, 0 }, { 0, 1 }, { WRITE, WRITE }, LOCAL, { 61, 64 }, false, 1 },
	/* threadgroups */
	{ { 0, 1 }, { 0, 0 }, { WRITE, READ }, LOCAL, { 0, 0 }, false, 0 },
	{ { 0, 1 }, { 0, 0 }, { WRITE, READ }, DEVICE, { 0, 0 }, false, 1 },
	{ { 0, 1 }, { 0, 0 }, { WRITE, READ }, DEVICE, { 0, 0 }, true, 1 },
	{ { 0, 1 }, { 0, 0 }, { READ, READ }, DEVICE, { 0, 0 }, false, 0 },
	{ { 0, 1 }, { 0, 0 }, { ATOMIC, ATOMIC }, DEVICE, { 0, 0 }, false, 0 },
};

START_TEST(two_accesses)
{
	struct fixture f;

	setup(&f);
	touch(&f, pairs[_i].group[0], pairs[_i].simd[0], 2, pairs[_i].space,
	      pairs[_i].address[0], 4, pairs[_i].kind[0]);
	if (pairs[_i].barrier)
		barrier(&f, pairs[_i].group[0], 2);
	touch(&f, pairs[_i].group[1], pairs[_i].simd[1], 3, pairs[_i].space,
	      pairs[_i].address[1], 4, pairs[_i].kind[1]);
	ck_assert_uint_eq(agx_race_count(f.race), pairs[_i].races);
	if (pairs[_i].races) {
		const struct agx_race_report *r = agx_race_get(f.race, 0);

		ck_assert_uint_eq(r->first.offset, offsets[2]);
		ck_assert_uint_eq(r->second.offset, offsets[3]);
		ck_assert_uint_eq(r->first.group, pairs[_i].group[0]);
		ck_assert_uint_eq(r->second.simd, pairs[_i].simd[1]);
		ck_assert_uint_eq(r->first.lane, 3);
		ck_assert_uint_eq(r->space, pairs[_i].space);
		ck_assert_int_eq(r->first.write, pairs[_i].kind[0] != READ);
	}
	teardown(&f);
}
END_TEST

/* Of many readers, one that races with the writer is remembered. */
START_TEST(many_readers)
{
	for (u32 writer = 0; writer < 5; writer++) {
		struct fixture f;

		setup(&f);
		for (u32 simd = 0; simd < 5; simd++) {
			touch(&f, 0, simd, 2, LOCAL, 8, 4, READ);
			touch(&f, 0, simd, 2, LOCAL, 8, 4, READ);
		}
		touch(&f, 0, writer, 3, LOCAL, 8, 4, WRITE);
		ck_assert_uint_eq(agx_race_count(f.race), 1);
		ck_assert_uint_ge(agx_race_get(f.race, 0)->bytes, 4);
		teardown(&f);
	}
}
END_TEST

/* A reader of an earlier threadgroup is not forgotten over later ones. */
START_TEST(reader_of_another_group)
{
	struct fixture f;

	setup(&f);
	touch(&f, 0, 0, 2, DEVICE, 0x100, 1, READ);
	touch(&f, 1, 0, 3, DEVICE, 0x100, 1, READ);
	touch(&f, 1, 0, 4, DEVICE, 0x100, 1, WRITE);
	ck_assert_uint_eq(agx_race_count(f.race), 1);
	ck_assert_uint_eq(agx_race_get(f.race, 0)->first.offset, offsets[2]);
	ck_assert_uint_eq(agx_race_get(f.race, 0)->first.group, 0);
	teardown(&f);
}
END_TEST

/* Threadgroups that say they know what they do, and one that does not. */
START_TEST(coherent)
{
	struct fixture f;

	setup(&f);
	touch(&f, 0, 0, COHERENT, DEVICE, 0x100, 4, WRITE);
	touch(&f, 1, 0, COHERENT, DEVICE, 0x100, 4, READ);
	touch(&f, 1, 0, COHERENT, DEVICE, 0x100, 4, WRITE);
	ck_assert_uint_eq(agx_race_count(f.race), 0);
	touch(&f, 2, 0, 2, DEVICE, 0x100, 4, READ);
	ck_assert_uint_eq(agx_race_count(f.race), 1);
	/* Within a threadgroup there are barriers. */
	touch(&f, 2, 0, COHERENT, DEVICE, 0x200, 4, WRITE);
	touch(&f, 2, 1, COHERENT, DEVICE, 0x200, 4, READ);
	ck_assert_uint_eq(agx_race_count(f.race), 2);
	teardown(&f);
}
END_TEST

/* Initialising, barrier, atomics, barrier, reading: the usual histogram. */
START_TEST(histogram)
{
	struct fixture f;

	setup(&f);
	for (u32 group = 0; group < 3; group++) {
		for (u32 simd = 0; simd < 4; simd++)
			touch(&f, group, simd, 2, LOCAL, 4 * simd, 4, WRITE);
		barrier(&f, group, 4);
		for (u32 i = 0; i < 64; i++)
			touch(&f, group, i % 4, 3, LOCAL, 4 * kt_below(4), 4, ATOMIC);
		barrier(&f, group, 4);
		for (u32 simd = 0; simd < 4; simd++)
			touch(&f, group, simd, 4, LOCAL, 4 * (3 - simd), 4, READ);
	}
	ck_assert_uint_eq(agx_race_count(f.race), 0);
	teardown(&f);
}
END_TEST

/* Launches are ordered, and what a preamble reads between them is no race. */
START_TEST(launches)
{
	struct fixture f;

	setup(&f);
	touch(&f, 0, 0, 2, DEVICE, 0x100, 4, WRITE);
	agx_race_launch(f.race, NULL);
	touch(&f, 1, 0, 3, DEVICE, 0x100, 4, READ);
	agx_race_launch(f.race, &f.dispatch);
	touch(&f, 1, 1, 3, DEVICE, 0x100, 4, READ);
	ck_assert_uint_eq(agx_race_count(f.race), 0);
	teardown(&f);
}
END_TEST

/* Every byte of a megabyte: the table grows, and each pair is reported once. */
START_TEST(many_bytes)
{
	struct fixture f;

	setup(&f);
	for (u32 i = 0; i < 1 << 18; i++)
		touch(&f, 0, 0, 2, DEVICE, 0x2000000000 + 4ull * i, 4, WRITE);
	ck_assert_uint_eq(agx_race_count(f.race), 0);
	for (u32 i = 0; i < 1 << 18; i++)
		touch(&f, 1, 0, 3 + i % 2, DEVICE, 0x2000000000 + 4ull * i, 4, READ);
	ck_assert_uint_eq(agx_race_count(f.race), 2);
	ck_assert_uint_eq(agx_race_get(f.race, 0)->bytes, 1 << 19);
	teardown(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("race");
	TCase *tcase = tcase_create("race");

	tcase_add_loop_test(tcase, two_accesses, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tcase, many_readers);
	tcase_add_test(tcase, reader_of_another_group);
	tcase_add_test(tcase, coherent);
	tcase_add_test(tcase, histogram);
	tcase_add_test(tcase, launches);
	tcase_add_test(tcase, many_bytes);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
