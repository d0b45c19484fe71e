// SPDX-License-Identifier: MIT
/* The assembler and containers where memory ends, after each number of allocations. */
#include "compute/isa/agx_kernel.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"
#include "tools/agx/assemble.h"

#if CAN_FAIL_MALLOC

static char source[65536];

/* All directives once, kernels enough for arrays to grow, lines enough for chunks. */
static void make_source(void)
{
	size_t n = 0;

	for (int i = 0; i < 20; i++)
		n += (size_t)sprintf(source + n, ".kernel k%d\n.uniform p, buffer\n.const c, f32 1\n"
				     ".reg v, r2\nmov v, c\n@loop\n@if v, 0, ieq\n@break\n@endif\n"
				     "1: jmp_none 1f\n1:\n@endloop\n.preamble\nstop\n.endpreamble\n"
				     ".end\n", i);
	sprintf(source + n, ".macro m x\nmov r\\x, 1\n.endm\n.kernel last\n"
		".rept 20, k\nl\\k: .if 1\nm (\\k+1)\n.endif\n.endr\n"
		".irp k, (1), (2)\nm \\k\n.endr\n.include \"x\"\n.end\n");
}

static int include(void *ctx, const char *from, const char *file, struct agx_source *s)
{
	(void)ctx;
	(void)from;
	s->path = strdup(file);
	s->text = strdup("mov r1, 2\n");
	s->size = 10;
	if (s->path && s->text)
		return 0;
	free(s->path);
	free(s->text);
	return -ENOMEM;
}

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	(void)place;
	if (severity == AGX_ERROR)
		ck_abort_msg("%s after %ld allocations", message, *(long *)ctx);
}

START_TEST(assemble)
{
	struct agx_unit *unit = NULL;
	long n = 0;

	make_source();
	for (; !unit; n++) {
		struct agx_asm_opts opts = { .report = report, .ctx = &n, .include = include };
		long before = fm_live;

		ck_assert_int_lt(n, 10000);
		errno = 0;
		fm_left = n;
		unit = agx_assemble("t.agx", source, strlen(source), &opts);
		fm_left = -1;
		if (!unit) {
			ck_assert_int_eq(errno, ENOMEM);
			ck_assert_msg(fm_live == before, "%ld kept after %ld", fm_live - before, n);
		}
	}
	ck_assert_int_gt(n, 20);
	ck_assert_uint_eq(unit->n_kernels, 21);
	agx_unit_free(unit);
}
END_TEST

START_TEST(container)
{
	struct agx_asm_opts opts = { .include = include };
	struct agx_container c;
	struct agx_unit *unit;
	int ret = -ENOMEM;
	size_t size;
	void *data;

	make_source();
	unit = agx_assemble("t.agx", source, strlen(source), &opts);
	ck_assert_ptr_nonnull(unit);
	for (long n = 0; ret; n++) {
		fm_left = n;
		ret = agx_container_build(&data, &size, unit->kernel, unit->n_kernels, NULL);
		fm_left = -1;
		ck_assert(!ret || ret == -ENOMEM);
	}
	ret = -ENOMEM;
	for (long n = 0; ret; n++) {
		long before = fm_live;

		fm_left = n;
		ret = agx_container_parse(&c, data, size, NULL);
		fm_left = -1;
		ck_assert(!ret || (ret == -ENOMEM && fm_live == before));
	}
	agx_container_destroy(&c);
	agx_free(data);
	agx_unit_free(unit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assemble_memory");
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, assemble);
	tcase_add_test(tc, container);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}

#else

int main(void)
{
	Suite *suite = suite_create("assemble_memory");

	suite_add_tcase(suite, tcase_create("memory"));
	suite_skip("memory", "malloc() cannot be replaced in this build");
	return suite_run(suite);
}

#endif
