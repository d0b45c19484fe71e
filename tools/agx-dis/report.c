// SPDX-License-Identifier: MIT
/* What is not the program's text: statistics and hazards. */
#include "dis.h"

static const char *const hazard_name[] = {
	[AGX_HAZARD_WAIT] = "wait",
	[AGX_HAZARD_PENDING] = "pending",
	[AGX_HAZARD_BARRIER] = "barrier",
	[AGX_HAZARD_MATRIX] = "matrix",
	[AGX_HAZARD_DISCARD] = "discard",
	[AGX_HAZARD_UNDEFINED] = "undefined",
	[AGX_HAZARD_ALIGNMENT] = "alignment",
	[AGX_HAZARD_OVERLAP] = "overlap",
	[AGX_HAZARD_REGISTER] = "register",
	[AGX_HAZARD_FLOW] = "flow",
};

struct context {
	const struct dis_program *program;
	json_t *list;	/* NULL: text */
};

static void report_hazard(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	const struct context *context = ctx;
	const struct dis_program *program = context->program;
	u64 offset = program->text.address + program->text.offset[index];
	char text[AGX_TEXT_MAX];

	agx_print(text, sizeof(text), &program->text.insn[index]);
	if (context->list)
		json_array_append_new(context->list,
				      json_pack("{s:s, s:I, s:s, s:s}", "hazard",
						hazard_name[hazard], "offset", (json_int_t)offset,
						"instruction", text, "message", message));
	else
		printf("0x%llx: %s: %s\n\t%s\n", (unsigned long long)offset, hazard_name[hazard],
		       message, text);
}

static struct agx_check_opts check_opts(const struct dis_program *program)
{
	return (struct agx_check_opts){
		.n_regs = program->n_regs,
		.n_uniforms = program->n_uniforms,
		.preamble = program->preamble,
	};
}

bool dis_has_hazards(const struct dis_program *program)
{
	struct agx_check_opts opts = check_opts(program);

	return agx_check(&program->text.code, &opts) > 0;
}

static bool check(const struct dis_program *program, json_t *object, u32 *n_hazards)
{
	struct context context = {
		.program = program,
		.list = object ? json_array() : NULL,
	};
	struct agx_check_opts opts = check_opts(program);
	int n;

	opts.report = report_hazard;
	opts.ctx = &context;
	n = agx_check(&program->text.code, &opts);
	if (object)
		json_object_set_new(object, "hazards", context.list);
	if (n < 0) {
		dis_error("no memory");
		return false;
	}
	*n_hazards += (u32)n;
	return true;
}

static u64 peak_address(const struct dis_program *program, const struct agx_stat *stat)
{
	return program->text.address + program->text.offset[stat->live_peak_at];
}

static void print_stat(const struct dis_program *program, const struct agx_stat *stat)
{
	printf("instructions  %u\n", stat->n_insns);
	for (int class = 0; class < AGX_CLASS_COUNT; class++) {
		if (stat->n_class[class])
			printf("  %-12s%u\n", agx_class_name((enum agx_class)class),
			       stat->n_class[class]);
	}
	printf("code          %u bytes\n", stat->code_size);
	printf("loops         %u\n", stat->loops);
	printf("registers     %u halves\n", stat->regs);
	printf("live at peak  %u halves", stat->live_peak);
	if (stat->live_peak)
		printf(", at 0x%llx", (unsigned long long)peak_address(program, stat));
	printf("\nuniforms      %u halves\n", stat->uniforms);
	printf("occupancy     %u threads of a core, by registers\n", stat->max_threads);
	printf("issue         %.1f cycles, once through\n", stat->issue_cycles);
	printf("latency       %.1f cycles, if nothing overlaps\n", stat->latency_cycles);
}

static void json_stat(const struct dis_program *program, const struct agx_stat *stat,
		      json_t *object)
{
	json_t *classes = json_object();
	u64 peak = stat->live_peak ? peak_address(program, stat) : 0;

	for (int class = 0; class < AGX_CLASS_COUNT; class++)
		json_object_set_new(classes, agx_class_name((enum agx_class)class),
				    json_integer(stat->n_class[class]));
	json_object_set_new(object, "instructions", json_integer(stat->n_insns));
	json_object_set_new(object, "classes", classes);
	json_object_set_new(object, "code_size", json_integer(stat->code_size));
	json_object_set_new(object, "loops", json_integer(stat->loops));
	json_object_set_new(object, "registers", json_integer(stat->regs));
	json_object_set_new(object, "uniforms", json_integer(stat->uniforms));
	json_object_set_new(object, "live_peak", json_integer(stat->live_peak));
	json_object_set_new(object, "live_peak_at", json_integer((json_int_t)peak));
	json_object_set_new(object, "max_threads", json_integer(stat->max_threads));
	json_object_set_new(object, "issue_cycles", json_real(stat->issue_cycles));
	json_object_set_new(object, "latency_cycles", json_real(stat->latency_cycles));
}

static bool statistics(const struct dis_program *program, json_t *object)
{
	struct agx_stat stat;

	if (agx_stat(&program->text.code, &stat)) {
		dis_error("no memory");
		return false;
	}
	if (object)
		json_stat(program, &stat, object);
	else
		print_stat(program, &stat);
	return true;
}

bool dis_report(const struct dis_program *program, const struct dis_opts *opts, json_t *json,
		u32 *n_hazards)
{
	json_t *object = json ? json_object() : NULL;
	bool ok = true;

	if (object) {
		json_object_set_new(object, "kernel",
				    program->kernel ? json_string(program->kernel) : json_null());
		json_object_set_new(object, "preamble", json_boolean(program->preamble));
		json_array_append_new(json, object);
	}
	if (opts->stats || (opts->json && !opts->check))
		ok = statistics(program, object);
	return ok && (!opts->check || check(program, object, n_hazards));
}
