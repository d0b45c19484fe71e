// SPDX-License-Identifier: MIT
/*
 * Counters become estimates here.  Instructions are counted by class, so each class has one
 * cost, the middle of what was published for its instructions (philipturner/metal-benchmarks;
 * tools/agx/cost.c has them one by one): cycles of a scheduler for 32 lanes.  A core has four
 * schedulers and 128 lanes, so that a chip's rate of multiply-adds says how many such cycles
 * it has in a second.  Latencies and caches are not in it.
 */
#include "bench_profile.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

#define MAX_OPS 64
/* Lanes of an instruction, times operations of a multiply-add. */
#define FLOPS_PER_CYCLE 64.0

/* Integers: most are additions and logic at full rate, shifts and conversions take 4 to 8. */
#define CYCLES_INT 1.5
#define CYCLES_MATRIX 17.0
/* Reductions; shuffles take less. */
#define CYCLES_SIMD 14.5
#define CYCLES_OTHER 1.0

struct estimate {
	double cycles;
	double issue_s, dram_s;		/* of what is executed; of what has to be moved */
	double bound_s;			/* what nobody can beat: DRAM, or multiply-adds */
	double of_bound;		/* of the rate that the bound allows, 0 to 1 */
};

static struct estimate estimate(const struct mutsu_profile_op *op, const struct plan_chip *chip)
{
	struct estimate e = {
		.cycles = CYCLES_INT * (double)op->n_int + CYCLES_MATRIX * (double)op->n_matrix +
			  CYCLES_SIMD * (double)op->n_simd +
			  CYCLES_OTHER * (double)(op->n_float + op->n_half + op->n_flow +
						  op->n_memory + op->n_local),
		.dram_s = (double)op->need_bytes / (chip->bandwidth * 1e9),
	};
	const double mac_s = 2 * (double)op->macs / (chip->flops * 1e12);
	double time;

	e.issue_s = e.cycles * FLOPS_PER_CYCLE / (chip->flops * 1e12);
	e.bound_s = mac_s > e.dram_s ? mac_s : e.dram_s;
	time = e.issue_s > e.bound_s ? e.issue_s : e.bound_s;
	e.of_bound = time > 0 ? e.bound_s / time : 0;
	return e;
}

static void add(struct mutsu_profile_op *sum, const struct mutsu_profile_op *op)
{
	sum->n_ops += op->n_ops;
	sum->n_launches += op->n_launches;
	sum->n_insns += op->n_insns;
	sum->n_int += op->n_int;
	sum->n_float += op->n_float;
	sum->n_half += op->n_half;
	sum->n_matrix += op->n_matrix;
	sum->n_simd += op->n_simd;
	sum->n_flow += op->n_flow;
	sum->n_memory += op->n_memory;
	sum->n_local += op->n_local;
	sum->read_bytes += op->read_bytes;
	sum->write_bytes += op->write_bytes;
	sum->need_bytes += op->need_bytes;
	sum->macs += op->macs;
}

static double ratio(const struct mutsu_profile_op *op)
{
	return op->need_bytes ? (double)(op->read_bytes + op->write_bytes) /
				(double)op->need_bytes : 0;
}

static double thousands(uint64_t n)
{
	return (double)n * 1e-3;
}

static void print_row(const struct mutsu_profile_op *op, const struct plan_chip *chip)
{
	const struct estimate e = estimate(op, chip);
	char name[32];

	snprintf(name, sizeof(name), "%s%s%s", op->name, *op->type ? " " : "", op->type);
	printf("| %-14s | %8u | %9.1f | %8.1f | %8.1f | %6.1f | %6.1f | %6.1f | %7.1f | %7.1f | "
	       "%6.1f | %9.1f | %8.1f | %8.1f | %5.2f | %9.1f | %8.1f | %7.1f | %5.0f %% |\n",
	       name, op->n_launches, thousands(op->n_insns), thousands(op->n_int),
	       thousands(op->n_float), thousands(op->n_half), thousands(op->n_matrix),
	       thousands(op->n_simd), thousands(op->n_flow), thousands(op->n_memory),
	       thousands(op->n_local), (double)op->read_bytes / 1024,
	       (double)op->write_bytes / 1024, (double)op->need_bytes / 1024, ratio(op),
	       e.cycles * 1e-3, e.issue_s * 1e6, e.bound_s * 1e6, 100 * e.of_bound);
}

static void print_table(const struct mutsu_profile_op *ops, int n,
			const struct mutsu_profile_op *sum, const struct plan_chip *chip)
{
	puts("| op             | launches |    insns  |      int |    float |   half | matrix |"
	     "   simd |    flow |  memory |  local |      read |  written |   needed | ratio |"
	     "    cycles |    issue |   bound | reached |\n"
	     "|                |          | thousands |          |          |        |        |"
	     "        |         |         |        |       KiB |      KiB |      KiB |       |"
	     " thousands |       us |      us |         |\n"
	     "|----------------|---------:|----------:|---------:|---------:|-------:|-------:|"
	     "-------:|--------:|--------:|-------:|----------:|---------:|---------:|------:|"
	     "----------:|---------:|--------:|--------:|");
	for (int i = 0; i < n; i++)
		print_row(&ops[i], chip);
	print_row(sum, chip);
}

static json_t *op_json(const struct mutsu_profile_op *op, const struct plan_chip *chip)
{
	const struct estimate e = estimate(op, chip);

	return json_pack("{ss ss sI sI sI s{sI sI sI sI sI sI sI sI} sI sI sI sI sf sf sf sf sf}",
			 "op", op->name, "type", op->type,
			 "ops", (json_int_t)op->n_ops,
			 "launches", (json_int_t)op->n_launches,
			 "instructions", (json_int_t)op->n_insns,
			 "classes",
				 "int", (json_int_t)op->n_int,
				 "float", (json_int_t)op->n_float,
				 "half", (json_int_t)op->n_half,
				 "matrix", (json_int_t)op->n_matrix,
				 "simd", (json_int_t)op->n_simd,
				 "flow", (json_int_t)op->n_flow,
				 "memory", (json_int_t)op->n_memory,
				 "local", (json_int_t)op->n_local,
			 "read_bytes", (json_int_t)op->read_bytes,
			 "write_bytes", (json_int_t)op->write_bytes,
			 "need_bytes", (json_int_t)op->need_bytes,
			 "macs", (json_int_t)op->macs,
			 "issue_cycles", e.cycles,
			 "issue_s", e.issue_s,
			 "dram_s", e.dram_s,
			 "bound_s", e.bound_s,
			 "of_bound", e.of_bound);
}

static json_t *part_json(const struct mutsu_profile_op *ops, int n,
			 const struct mutsu_profile_op *sum, const struct plan_chip *chip,
			 uint32_t n_tokens, uint32_t pos)
{
	json_t *array = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(array, op_json(&ops[i], chip));
	return json_pack("{sI sI so so}", "n_tokens", (json_int_t)n_tokens,
			 "position", (json_int_t)pos, "ops", array,
			 "all", op_json(sum, chip));
}

/* One batch of tokens at a position; what follows in the session is forgotten. */
static int profile(const struct engine *engine, const struct plan_chip *chip,
		   const int32_t *tokens, uint32_t pos, uint32_t n_tokens, json_t *parts)
{
	struct mutsu_profile_op ops[MAX_OPS], sum = { .name = "all", .type = "" };
	struct mutsu_error err = { "" };
	int n;

	mutsu_session_rewind(engine->session, pos);
	n = mutsu_session_profile(engine->session, tokens + pos, n_tokens, ops, MAX_OPS, &err);
	if (n < 0)
		return output_fail("%s", *err.text ? err.text : strerror(-n));
	if (n > MAX_OPS)
		return output_fail("%d kinds of ops are more than there is room for", n);
	for (int i = 0; i < n; i++)
		add(&sum, &ops[i]);
	if (parts)
		return json_array_append_new(parts, part_json(ops, n, &sum, chip, n_tokens, pos)) ?
		       output_fail("no memory for a report") : EXIT_DONE;
	printf("%u token%s at position %u\n\n", n_tokens, n_tokens == 1 ? "" : "s", pos);
	print_table(ops, n, &sum, chip);
	putchar('\n');
	return output_flush() ? EXIT_DONE : EXIT_FAILED;
}

int bench_profile(const struct engine *engine, const struct plan_chip *chip,
		  const int32_t *tokens, uint32_t depth, bool token, uint32_t n_prompt, bool json)
{
	static const char kind[] = "counted in software; cycles and times are estimates from "
				   "published costs and rates, not measurements";
	json_t *parts = json ? json_array() : NULL;
	struct mutsu_error err = { "" };
	int ret = EXIT_DONE;

	if (n_prompt > engine->info.n_batch)
		n_prompt = engine->info.n_batch;
	if (depth) {
		ret = mutsu_session_eval(engine->session, tokens, depth, &err);
		if (ret)
			ret = output_fail("%s", *err.text ? err.text : strerror(-ret));
	}
	if (!ret && !json)
		printf("%s: %.0f GB/s, %.1f TFLOPS;\n%s\n\n", chip->name, chip->bandwidth,
		       chip->flops, kind);
	if (!ret && token)
		ret = profile(engine, chip, tokens, depth, 1, parts);
	if (!ret && n_prompt)
		ret = profile(engine, chip, tokens, depth, n_prompt, parts);
	if (ret || !json) {
		json_decref(parts);
		return ret;
	}
	return output_json(json_pack("{so ss ss so}", "model",
				     output_json_model(engine->model, engine->path),
				     "chip", chip->id, "kind", kind, "profiles", parts));
}
