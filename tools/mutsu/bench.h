/* SPDX-License-Identifier: MIT */
/* What mutsu bench measured, and how it is printed. */
#ifndef TOOLS_MUTSU_BENCH_H
#define TOOLS_MUTSU_BENCH_H

#include <jansson.h>
#include <stdint.h>

#include "engine.h"

/* One line of the table: n_prompt tokens at once, or n_gen tokens one by one. */
struct bench_test {
	uint32_t n_prompt, n_gen;	/* one of them is 0 */
	uint32_t depth;			/* tokens in the KV cache before */
	char time[24];			/* when it began: "2026-11-30T23:47:39Z" */
	const uint64_t *ns;		/* of each repetition */
	uint32_t n;
};

struct bench_report {
	const char *format;	/* "md", "json", "csv" */
	char cpu[64];		/* "Apple M2" */
	uint64_t model_size;	/* bytes of all tensors */
	uint32_t n_rows;	/* so far */
	json_t *array;		/* what JSON will print */
};

void bench_report_begin(struct bench_report *report, const struct engine *engine,
			const char *format);
/* Exit status; prints the row, unless the format wants all of them first. */
int bench_report_add(struct bench_report *report, const struct engine *engine,
		     const struct bench_test *test);
/* Prints what is left to print, and releases it. */
int bench_report_end(struct bench_report *report);

#endif
