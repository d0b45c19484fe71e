// SPDX-License-Identifier: MIT
/*
 * mutsu plan: whether a model fits a machine, and how fast it can be at most
 *
 * A generated token reads each weight it uses once, and keys and values of all
 * positions before it, so bandwidth over bytes bounds its rate.  A prompt reads
 * weights once for many tokens; multiply-adds bound it.  Whatever else costs time
 * only makes both smaller.
 */
#include "mutsu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "engine.h"
#include "output.h"
#include "plan_chip.h"
#include "plan_model.h"

/* As runtime's defaults, for the work memory; no chip has more performance cores. */
#define N_BATCH		128
#define N_THREADS	24
#define DEFAULT_CTX	4096

struct plan {
	const char *spec, *chip, *kv_type;
	int64_t n_ctx;
	float mem_gib, reserve_gib;
	bool json;

	struct plan_model model;
	unsigned int kv_element;	/* bytes */
	uint64_t kv, work, reserve;	/* bytes */
};

/* What one chip can do. */
struct bound {
	uint32_t fits_from;	/* GiB, 0: none it is sold with */
	double first, last;	/* tokens/s of generation at the start and at the context's end */
	double prompt;		/* tokens/s; 0: not known */
};

static const char *const kv_types[] = { "f16", "f32", NULL };

static bool parse(struct plan *plan, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "plan",
		.synopsis = "[MODEL] [--chip CHIP] [--mem GIB] [-c N] [OPTIONS]",
		.summary = "Says which Macs a model fits, and bounds how fast it can be there",
		.more = plan_model_help(),
	};
	const struct arg table[] = {
		{ 0, "chip", "CHIP", "one of m1, m1pro, m1max, m1ultra, m2..., m3...; not all",
		  ARG_CHOICE, .to = &plan->chip, .choices = plan_chip_ids },
		{ 0, "mem", "GIB", "memory of the machine (whatever the chip is sold with)",
		  ARG_FLOAT, .to = &plan->mem_gib, .min = 0.5, .max = 65536 },
		{ 0, "reserve", "GIB", "of it, what firmware and the system take (3)", ARG_FLOAT,
		  .to = &plan->reserve_gib, .min = 0, .max = 1024 },
		{ 'c', "ctx-size", "N", "tokens of context (0: as trained, 4096 at most)",
		  ARG_INT, .to = &plan->n_ctx, .min = 0, .max = INT32_MAX },
		{ 0, "kv-type", "TYPE", "type of the KV cache: f16, f32 (f16)", ARG_CHOICE,
		  .to = &plan->kv_type, .choices = kv_types },
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &plan->json },
	};

	engine_model_arg(&plan->spec, &args);
	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	return args_parse(&args, argc, argv, &plan->spec, status);
}

static int read_model(struct plan *plan)
{
	struct plan_model *m = &plan->model;
	int ret;

	if (plan->spec && plan_model_is_named(plan->spec))
		ret = plan_model_named(m, plan->spec);
	else if (plan->spec && !strpbrk(plan->spec, "./") && access(plan->spec, F_OK))
		ret = output_fail("%s: no such file, and not one of the models that mutsu plan "
				  "knows by name (see mutsu plan --help)", plan->spec);
	else
		ret = plan_model_file(m, plan->spec);
	if (ret)
		return ret;
	if (!plan->n_ctx)
		plan->n_ctx = m->n_ctx_train < DEFAULT_CTX ? m->n_ctx_train : DEFAULT_CTX;
	plan->kv_element = plan->kv_type && !strcmp(plan->kv_type, "f32") ? 4 : 2;
	plan->kv = plan_model_kv(m, (uint64_t)plan->n_ctx, plan->kv_element);
	plan->work = plan_model_work(m, (uint64_t)plan->n_ctx, N_BATCH, N_THREADS);
	plan->reserve = (uint64_t)((double)plan->reserve_gib * 0x1p30);
	return EXIT_DONE;
}

static uint64_t needed(const struct plan *plan)
{
	return plan->model.weights + plan->kv + plan->work;
}

static bool fits_mem(const struct plan *plan)
{
	return (double)needed(plan) + (double)plan->reserve <= (double)plan->mem_gib * 0x1p30;
}

static struct bound find_bound(const struct plan *plan, const struct plan_chip *chip)
{
	const struct plan_model *m = &plan->model;
	double kv = (double)plan_model_kv_read(m, (uint64_t)plan->n_ctx, plan->kv_element);
	double rate = chip->bandwidth * 1e9;

	return (struct bound){
		.fits_from = plan_chip_fits(chip, needed(plan), plan->reserve),
		.first = rate / (double)m->read,
		.last = rate / ((double)m->read + kv),
		.prompt = m->macs ? chip->flops * 1e12 / 2 / (double)m->macs : 0,
	};
}

/*
 * Text
 */

static void print_model(const struct plan *plan)
{
	const struct plan_model *m = &plan->model;
	char a[16], b[16], c[16];

	fputs("model: ", stdout);
	output_safe(stdout, m->name, strlen(m->name), 0);
	printf(", %.1f G parameters, weights %s\n", (double)m->n_params * 1e-9,
	       output_bytes(a, sizeof(a), m->weights));
	printf("context: %" PRId64 " tokens, KV cache %s (%s)\n", plan->n_ctx,
	       output_bytes(a, sizeof(a), plan->kv), plan->kv_element == 4 ? "f32" : "f16");
	printf("memory: %s with about %s of work memory, beside %s for the system\n",
	       output_bytes(a, sizeof(a), needed(plan)), output_bytes(b, sizeof(b), plan->work),
	       output_bytes(c, sizeof(c), plan->reserve));
	printf("a token reads: %s of weights%s and, in the end, %s of KV cache\n",
	       output_bytes(a, sizeof(a), m->read),
	       m->n_expert > m->n_expert_used ? " (of the experts that it uses)" : "",
	       output_bytes(b, sizeof(b),
			    plan_model_kv_read(m, (uint64_t)plan->n_ctx, plan->kv_element)));
}

static const char *rate(char *text, size_t size, double value)
{
	if (value <= 0)
		return "-";
	snprintf(text, size, value < 99.95 ? "%.1f" : "%.0f", value);
	return text;
}

static void print_chip(const struct plan *plan, const struct plan_chip *chip)
{
	struct bound bound = find_bound(plan, chip);
	char fits[32], first[32], last[32], prompt[32];

	if (plan->mem_gib > 0)
		strcpy(fits, fits_mem(plan) ? "yes" : "no");
	else if (bound.fits_from)
		snprintf(fits, sizeof(fits), "%u GiB", bound.fits_from);
	else
		strcpy(fits, "no");
	printf("%-9s %-5s %6.0f  %9s  %10s  %10s  %10s\n", chip->name, chip->gpu ? "GPU" : "CPU",
	       chip->bandwidth, fits, rate(first, sizeof(first), bound.first),
	       rate(last, sizeof(last), bound.last), rate(prompt, sizeof(prompt), bound.prompt));
}

static int print_text(const struct plan *plan)
{
	bool cpu = false;

	print_model(plan);
	puts("\n                          tokens/s at most:");
	printf("%-9s %-5s %6s  %9s  %10s  at %7" PRId64 "  %10s\n", "chip", "uses", "GB/s",
	       plan->mem_gib > 0 ? "fits" : "fits from", "first", plan->n_ctx, "prompt");
	for (size_t i = 0; i < plan_n_chips; i++) {
		const struct plan_chip *chip = &plan_chips[i];

		if (plan->chip && strcmp(plan->chip, chip->id))
			continue;
		print_chip(plan, chip);
		cpu |= !chip->gpu;
	}
	puts("\nThese are upper bounds, computed from published bandwidths and arithmetic rates;\n"
	     "nothing was measured.  first: the first token of a text; prompt: a short one.");
	if (cpu)
		puts("Linux has no driver for the GPU of M3 chips; their CPU cannot use all of the\n"
		     "bandwidth of the larger ones.");
	return EXIT_DONE;
}

/*
 * JSON
 */

static json_t *json_model(const struct plan *plan)
{
	const struct plan_model *m = &plan->model;

	return json_pack("{so so sI sI sI sI sI sI}",
			 "name", output_json_text(m->name, strlen(m->name)),
			 "arch", output_json_text(m->arch, strlen(m->arch)),
			 "n_params", (json_int_t)m->n_params,
			 "n_ctx_train", (json_int_t)m->n_ctx_train,
			 "weight_bytes", (json_int_t)m->weights,
			 "read_bytes_per_token", (json_int_t)m->read,
			 "macs_per_prompt_token", (json_int_t)m->macs,
			 "kv_read_bytes_at_end",
			 (json_int_t)plan_model_kv_read(m, (uint64_t)plan->n_ctx,
							plan->kv_element));
}

static json_t *json_chip(const struct plan *plan, const struct plan_chip *chip)
{
	struct bound bound = find_bound(plan, chip);
	bool fits = plan->mem_gib > 0 ? fits_mem(plan) : bound.fits_from > 0;

	return json_pack("{ss ss ss ss sf sb so sf sf so}",
			 "chip", chip->id, "name", chip->name, "soc", chip->soc,
			 "device", chip->gpu ? "gpu" : "cpu",
			 "bandwidth_bytes_per_s", chip->bandwidth * 1e9,
			 "fits", fits,
			 "fits_from_gib", bound.fits_from ? json_integer(bound.fits_from) :
							    json_null(),
			 "generation_first_tokens_per_s", bound.first,
			 "generation_last_tokens_per_s", bound.last,
			 "prompt_tokens_per_s", bound.prompt > 0 ? json_real(bound.prompt) :
								   json_null());
}

static int print_json(const struct plan *plan)
{
	json_t *chips = json_array();

	for (size_t i = 0; i < plan_n_chips; i++) {
		if (!plan->chip || !strcmp(plan->chip, plan_chips[i].id))
			json_array_append_new(chips, json_chip(plan, &plan_chips[i]));
	}
	return output_json(json_pack("{so sI ss sI sI sI sI so ss so}",
		"model", json_model(plan),
		"n_ctx", (json_int_t)plan->n_ctx,
		"kv_type", plan->kv_element == 4 ? "f32" : "f16",
		"kv_bytes", (json_int_t)plan->kv,
		"work_bytes", (json_int_t)plan->work,
		"needed_bytes", (json_int_t)needed(plan),
		"reserve_bytes", (json_int_t)plan->reserve,
		"memory_bytes", plan->mem_gib > 0 ?
			json_integer((json_int_t)((double)plan->mem_gib * 0x1p30)) : json_null(),
		"kind", "upper bounds from published numbers, not measurements",
		"chips", chips));
}

int mutsu_plan_command(int argc, char **argv)
{
	struct plan plan = { .reserve_gib = 3 };
	int ret;

	if (!parse(&plan, argc, argv, &ret))
		return ret;
	ret = read_model(&plan);
	if (ret)
		return ret;
	return plan.json ? print_json(&plan) : print_text(&plan);
}
