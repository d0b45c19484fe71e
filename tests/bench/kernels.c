// SPDX-License-Identifier: MIT
/*
 * How fast the matrix products are, on one core: for each type and instruction
 * set the time of a row and the rate of weights with one token, which is what
 * generation does, and multiplications with 32, which is what a prompt does.
 * Medians of several runs, over a matrix that caches do not hold.
 */
#include <err.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <time.h>

#include "tests/kern/kt_matmul.h"
#include "tests/lib/suite.h"

#define RUNS	9
#define TOKENS	32
#define COLS	4096

struct options {
	const char *type, *isa;		/* NULL: all */
	size_t rows;
	bool json, ref;
};

struct result {
	const char *type, *isa;
	double ns_per_row, gb_per_s, gmac_per_s;
};

static noreturn void usage(int status)
{
	fputs("usage: bench-kernels [--json] [--ref] [-t TYPE] [-i ISA] [-r ROWS]\n"
	      "\n"
	      "  -t TYPE  Q4_K, F16...: only this type of weights\n"
	      "  -i ISA   neon, dotprod or i8mm: only this instruction set\n"
	      "  -r ROWS  rows of 4096 columns, default 4096\n"
	      "  --ref    the reference too\n"
	      "  --json   an array of objects\n", status ? stderr : stdout);
	exit(status);
}

/* Of this thread's own time: what others do with the machine does not count. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median seconds of one call. */
static double measure(mutsu_matmul_fn *fn, const struct mutsu_matmul *a)
{
	double seconds[RUNS];

	fn(a);		/* page tables, branch predictors */
	for (int i = 0; i < RUNS; i++) {
		double start = now();

		fn(a);
		seconds[i] = now() - start;
	}
	qsort(seconds, RUNS, sizeof(seconds[0]), ascending);
	return seconds[RUNS / 2];
}

static void *allocate(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) & ~(size_t)63);

	if (!p)
		err(1, "%zu bytes", size);
	return p;
}

/* Ordinary values: what they are does not change the time, subnormals might. */
static void fill(const struct kt_type *type, char *w, size_t elements)
{
	const struct mutsu_type_info *info = mutsu_type_info(type->type);
	size_t size = mutsu_type_row_size(type->type, elements);

	if (type->type == MUTSU_F32 || type->type == MUTSU_F16 || type->type == MUTSU_BF16) {
		static const uint8_t one[3][4] = {
			{ 0, 0, 0x80, 0x3f }, { 0, 0x3c, 0, 0x3c }, { 0x80, 0x3f, 0x80, 0x3f },
		};
		int i = type->type == MUTSU_F32 ? 0 : type->type == MUTSU_F16 ? 1 : 2;

		for (size_t j = 0; j < size; j++)
			w[j] = (char)one[i][j % 4];
		return;
	}

	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t bytes = kt_random();

		memcpy(w + i, &bytes, sizeof(bytes));
	}
	for (size_t i = 0; i < elements / info->block_len; i++) {
		kt_put_half(w + i * info->block_size, type->d, 0x2000);
		kt_put_half(w + i * info->block_size, type->m, 0x2000);
	}
}

static void fill_activations(enum mutsu_act act, char *x, size_t stride)
{
	struct mutsu_kernels kernels;
	float row[COLS];

	mutsu_kernels_init(&kernels, 0);
	for (int t = 0; t < TOKENS; t++) {
		for (int i = 0; i < COLS; i++)
			row[i] = kt_uniform(-1, 1);
		kernels.activation[act](x + (size_t)t * stride, row, COLS);
	}
}

static struct result bench(const struct kt_type *type, mutsu_matmul_fn *fn, const char *isa,
			   struct mutsu_matmul *a)
{
	double bytes = (double)(a->rows * a->w_stride), one, many;

	a->n = 1;
	one = measure(fn, a);
	a->n = TOKENS;
	many = measure(fn, a);
	return (struct result){
		.type = mutsu_type_info(type->type)->name,
		.isa = isa,
		.ns_per_row = one * 1e9 / (double)a->rows,
		.gb_per_s = bytes / one * 1e-9,
		.gmac_per_s = (double)(a->rows * COLS * TOKENS) / many * 1e-9,
	};
}

static void report(json_t *array, struct result r)
{
	if (array)
		json_array_append_new(array, json_pack("{s:s, s:s, s:f, s:f, s:f}",
						       "type", r.type, "isa", r.isa,
						       "ns_per_row", r.ns_per_row,
						       "gb_per_s", r.gb_per_s,
						       "gmac_per_s", r.gmac_per_s));
	else
		printf("%-8s %-8s %12.1f %12.2f %12.2f\n", r.type, r.isa, r.ns_per_row,
		       r.gb_per_s, r.gmac_per_s);
	fflush(stdout);
}

static void bench_type(const struct kt_type *type, const struct options *opts, json_t *array)
{
	const struct mutsu_type_info *info = mutsu_type_info(type->type);
	unsigned int isa = mutsu_isa_detect();
	struct mutsu_matmul a = {
		.ldy = opts->rows, .rows = opts->rows, .cols = COLS,
		.w_stride = mutsu_type_row_size(type->type, COLS),
		.x_stride = mutsu_act_row_size(info->act, COLS),
	};
	char *w = allocate(a.rows * a.w_stride), *x = allocate(TOKENS * a.x_stride);

	fill(type, w, a.rows * COLS);
	fill_activations(info->act, x, a.x_stride);
	a.w = w;
	a.x = x;
	a.y = allocate(TOKENS * a.ldy * sizeof(*a.y));
	if (opts->ref)
		report(array, bench(type, type->ref, "ref", &a));
	for (int i = 0; i < KT_N_ISAS; i++) {
		if (!(isa & kt_isas[i].isa) || !kt_matmul(type, i))
			continue;
		if (!opts->isa || !strcmp(opts->isa, kt_isas[i].name))
			report(array, bench(type, kt_matmul(type, i), kt_isas[i].name, &a));
	}
	free(a.y);
	free(x);
	free(w);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "ref", no_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	struct options opts = { .rows = 4096 };
	json_t *array;
	int c;

	while ((c = getopt_long(argc, argv, "hi:r:t:", longs, NULL)) != -1) {
		switch (c) {
		case 'i':
			opts.isa = optarg;
			break;
		case 'j':
			opts.json = true;
			break;
		case 'R':
			opts.ref = true;
			break;
		case 'r':
			opts.rows = strtoul(optarg, NULL, 10);
			break;
		case 't':
			opts.type = optarg;
			break;
		default:
			usage(c == 'h' ? 0 : 2);
		}
	}
	if (optind != argc || !opts.rows || opts.rows > 1 << 20)
		usage(2);

	array = opts.json ? json_array() : NULL;
	if (!array)
		printf("%-8s %-8s %12s %12s %12s\n%-8s %-8s %12s %12s %12s\n",
		       "", "", "ns per row", "GB/s", "GMAC/s",
		       "type", "isa", "n = 1", "n = 1", "n = 32");
	for (int i = 0; i < KT_N_TYPES; i++)
		if (!opts.type || !strcmp(opts.type, mutsu_type_info(kt_types[i].type)->name))
			bench_type(&kt_types[i], &opts, array);
	if (array) {
		json_dumpf(array, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(array);
	}
	if (fflush(stdout))
		err(1, "stdout");
	return 0;
}
