// SPDX-License-Identifier: MIT
/*
 * A kernel's record as the directives that make agx-as write it again.  Names of what
 * the record does not name are ours, and differ from those of its parameters.
 */
#include "dis.h"

#define CONSTANTS_PER_LINE 8u

static bool is_param(const struct agx_kernel *kernel, const char *name)
{
	for (u32 i = 0; i < kernel->n_params; i++) {
		if (!strcmp(kernel->params[i].name, name))
			return true;
	}
	return false;
}

/* A name of ours for what begins at half number start of the uniforms. */
static const char *our_name(char *name, size_t size, const struct agx_kernel *kernel,
			    const char *stem, u32 start)
{
	int n = snprintf(name, size, "%s%u", stem, start);

	while (is_param(kernel, name) && (size_t)n + 1 < size) {
		name[n++] = '_';
		name[n] = '\0';
	}
	return name;
}

/* Where the uniforms end that have been declared so far. */
static void print_param(const struct agx_param *param, u32 *end)
{
	u32 halves = agx_param_halves(param->type);

	printf("\t.uniform %s, %s", param->name, agx_param_type_name(param->type));
	if (param->count != 1)
		printf("[%u]", param->count);
	if (halves == 1)
		printf(", u%u%c\n", param->start / 2, "lh"[param->start % 2]);
	else
		printf(", u%u\n", param->start / 2);
	if (param->start + halves * param->count > *end)
		*end = param->start + halves * param->count;
}

/* Uniforms up to half number to, which the preamble computes or nobody uses. */
static void print_computed(const struct agx_kernel *kernel, u32 from, u32 to)
{
	char name[AGX_KERNEL_NAME_MAX];

	if (from < to)
		printf("\t.computed %s, u16[%u], u%u%c\n",
		       our_name(name, sizeof(name), kernel, "computed", from), to - from, from / 2,
		       "lh"[from % 2]);
}

static void print_constants(const struct agx_kernel *kernel)
{
	const struct agx_constants *constants = &kernel->constants;
	char name[AGX_KERNEL_NAME_MAX];

	for (u32 i = 0; i < constants->halves; i++) {
		if (i % CONSTANTS_PER_LINE == 0)
			printf("%s\t.const %s, u16 ", i ? "\n" : "",
			       our_name(name, sizeof(name), kernel, "constants",
					constants->start + i));
		printf("%s0x%04x", i % CONSTANTS_PER_LINE ? ", " : "",
		       constants->data[2 * i] | constants->data[2 * i + 1] << 8);
	}
	putchar('\n');
}

void dis_kernel_header(const struct agx_kernel *kernel)
{
	u32 end = 0;

	printf("\t.kernel %s\n", kernel->name);
	if (kernel->threadgroup[0])
		printf("\t.threadgroup %u, %u, %u\n", kernel->threadgroup[0],
		       kernel->threadgroup[1], kernel->threadgroup[2]);
	printf("\t.registers %u\n", kernel->n_regs / 2);
	if (kernel->shared)
		printf("\t.shared %u\n", kernel->shared);
	if (kernel->stack)
		printf("\t.stack %u\n", kernel->stack);
	for (u32 i = 0; i < kernel->n_params; i++)
		print_param(&kernel->params[i], &end);
	if (kernel->constants.halves) {
		print_computed(kernel, end, kernel->constants.start);
		print_constants(kernel);
	} else {
		print_computed(kernel, end, kernel->n_uniforms);
	}
}
