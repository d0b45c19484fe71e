// SPDX-License-Identifier: MIT
/*
 * Any bytes as a container of kernels: refused with a sentence, or kernels that
 * are valid and become the same container's contents again.
 */
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void read_ends(const u8 *data, size_t size)
{
	if (size)
		sink = data[0] ^ data[size - 1];
}

static void use(const struct agx_kernel *k)
{
	expect(!agx_kernel_check(k, NULL));
	read_ends(k->code, k->code_size);
	read_ends(k->preamble, k->preamble_size);
	read_ends(k->constants.data, 2u * k->constants.halves);
	for (u32 i = 0; i < k->n_params; i++)
		expect(agx_param_type_name(k->params[i].type) && strlen(k->params[i].name));
}

static void same(const struct agx_kernel *a, const struct agx_kernel *b)
{
	expect(!strcmp(a->name, b->name) && a->code_size == b->code_size);
	expect(!memcmp(a->code, b->code, a->code_size));
	expect(a->preamble_size == b->preamble_size && a->n_params == b->n_params);
	expect(a->constants.start == b->constants.start &&
	       a->constants.halves == b->constants.halves);
	expect(a->n_regs == b->n_regs && a->preamble_regs == b->preamble_regs &&
	       a->n_uniforms == b->n_uniforms && a->shared == b->shared && a->stack == b->stack);
	expect(!memcmp(a->threadgroup, b->threadgroup, sizeof(a->threadgroup)));
	for (u32 i = 0; i < a->n_params; i++) {
		expect(!strcmp(a->params[i].name, b->params[i].name));
		expect(a->params[i].type == b->params[i].type);
		expect(a->params[i].start == b->params[i].start);
		expect(a->params[i].count == b->params[i].count);
	}
}

static void build_again(const struct agx_container *container)
{
	struct agx_container again;
	void *data;
	size_t size;

	expect(!agx_container_build(&data, &size, container->kernel, container->n_kernels, NULL));
	expect(!agx_container_parse(&again, data, size, NULL));
	expect(again.n_kernels == container->n_kernels);
	for (u32 i = 0; i < again.n_kernels; i++)
		same(&container->kernel[i], &again.kernel[i]);
	agx_container_destroy(&again);
	agx_free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agx_container container;
	struct agx_error err = { .text = "" };
	/* Ends where its allocation does. */
	u8 *copy = malloc(size ? size : 1);
	int ret;

	expect(copy != NULL);
	memcpy(copy, data, size);
	ret = agx_container_parse(&container, copy, size, &err);
	if (!ret) {
		for (u32 i = 0; i < container.n_kernels; i++)
			use(&container.kernel[i]);
		build_again(&container);
		agx_container_destroy(&container);
	} else {
		expect(ret == -EINVAL && err.text[0]);
	}
	free(copy);
	return 0;
}
