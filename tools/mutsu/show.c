// SPDX-License-Identifier: MIT
/* mutsu show: what is in a model file, whether or not it can be run. */
#include "mutsu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "output.h"

/* Bytes of a value printed; chat templates are longer. */
#define VALUE_SIZE 256
#define VALUE_SIZE_JSON 65536

struct show {
	const char *path;
	bool json, meta, tensors;
	struct mutsu_model *model;
};

/* Tensors of one type, summed up. */
struct total {
	const char *type;
	uint64_t n_tensors, n_elements, size;
};

static bool parse(struct show *show, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "show",
		.synopsis = "[MODEL] [--meta | --tensors] [--json]",
		.summary = "Prints metadata and tensors of a model",
		.more = "Without MODEL, of the one that is built in.",
	};
	const struct arg table[] = {
		{ 0, "meta", NULL, "metadata only", ARG_SET, .to = &show->meta },
		{ 0, "tensors", NULL, "tensors only", ARG_SET, .to = &show->tensors },
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &show->json },
	};

	engine_model_arg(&show->path, &args);
	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	if (!args_parse(&args, argc, argv, &show->path, status))
		return false;
	if (!show->meta && !show->tensors)
		show->meta = show->tensors = true;
	return true;
}

static uint64_t n_elements(const struct mutsu_tensor_info *tensor)
{
	uint64_t n = 1;

	for (uint32_t i = 0; i < tensor->n_dims; i++)
		n *= tensor->ne[i];
	return n;
}

static int by_size(const void *a, const void *b)
{
	const struct total *x = a, *y = b;

	return (x->size < y->size) - (x->size > y->size);
}

/* Totals per type, largest first, malloc'ed. */
static struct total *sum_up(const struct show *show, size_t *n)
{
	size_t n_tensors = mutsu_model_n_tensors(show->model);
	/* No more types than tensors. */
	struct total *totals = calloc(n_tensors + 1, sizeof(*totals));

	*n = 0;
	if (!totals)
		return NULL;
	for (size_t i = 0; i < n_tensors; i++) {
		struct mutsu_tensor_info tensor;
		size_t t;

		mutsu_model_tensor(show->model, i, &tensor);
		for (t = 0; t < *n && strcmp(totals[t].type, tensor.type); t++)
			;
		if (t == *n)
			totals[(*n)++].type = tensor.type;
		totals[t].n_tensors++;
		totals[t].n_elements += n_elements(&tensor);
		totals[t].size += tensor.size;
	}
	qsort(totals, *n, sizeof(*totals), by_size);
	return totals;
}

static void print_meta(const struct show *show)
{
	size_t n = mutsu_model_n_meta(show->model);

	printf("metadata: %zu\n", n);
	for (size_t i = 0; i < n; i++) {
		char value[VALUE_SIZE];
		const char *key, *type;

		mutsu_model_meta(show->model, i, &key, &type, value, sizeof(value));
		printf("  %-8s ", type);
		output_safe(stdout, key, strlen(key), 0);
		fputs(" = ", stdout);
		output_safe(stdout, value, strlen(value), 0);
		puts(strlen(value) == sizeof(value) - 1 ? "..." : "");
	}
}

static int print_tensors(const struct show *show)
{
	size_t n = mutsu_model_n_tensors(show->model), n_totals;
	struct total *totals;
	char size[16];

	printf("tensors: %zu\n", n);
	for (size_t i = 0; i < n; i++) {
		struct mutsu_tensor_info tensor;
		char shape[96] = "";

		mutsu_model_tensor(show->model, i, &tensor);
		for (uint32_t d = 0; d < tensor.n_dims; d++)
			snprintf(shape + strlen(shape), sizeof(shape) - strlen(shape),
				 "%s%" PRIu64, d ? " x " : "", tensor.ne[d]);
		printf("  %-8s %-20s %10s  ", tensor.type, shape,
		       output_bytes(size, sizeof(size), tensor.size));
		output_safe(stdout, tensor.name, strlen(tensor.name), 0);
		putchar('\n');
	}

	totals = sum_up(show, &n_totals);
	if (!totals)
		return output_fail("no memory to sum up");
	puts("types:");
	for (size_t i = 0; i < n_totals; i++)
		printf("  %-8s %" PRIu64 " tensors, %" PRIu64 " elements, %s\n", totals[i].type,
		       totals[i].n_tensors, totals[i].n_elements,
		       output_bytes(size, sizeof(size), totals[i].size));
	free(totals);
	return EXIT_DONE;
}

static int print_text(const struct show *show)
{
	struct mutsu_model_info info;
	char size[16];

	mutsu_model_info(show->model, &info);
	fputs("model: ", stdout);
	output_safe(stdout, info.name, strlen(info.name), 0);
	fputs("\n  ", stdout);
	output_safe(stdout, info.arch, strlen(info.arch), 0);
	printf(", %u tokens, %s\n", info.n_vocab,
	       output_bytes(size, sizeof(size), info.file_size));
	/* Files with a vocabulary only have none. */
	if (info.n_params)
		printf("  %.2f million parameters, most of them %s\n",
		       (double)info.n_params * 1e-6, info.type);
	if (info.n_layer)
		printf("  %u layers of %u, %u heads (%u of keys and values), context %u\n",
		       info.n_layer, info.n_embd, info.n_head, info.n_head_kv, info.n_ctx_train);
	if (info.n_expert)
		printf("  %u experts, %u used\n", info.n_expert, info.n_expert_used);
	if (show->meta)
		print_meta(show);
	return show->tensors ? print_tensors(show) : EXIT_DONE;
}

static json_t *json_meta(const struct show *show)
{
	char *value = malloc(VALUE_SIZE_JSON);
	json_t *list;

	if (!value)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < mutsu_model_n_meta(show->model); i++) {
		const char *key, *type;

		mutsu_model_meta(show->model, i, &key, &type, value, VALUE_SIZE_JSON);
		json_array_append_new(list, json_pack("{so ss so}",
			"key", output_json_text(key, strlen(key)), "type", type,
			"value", output_json_text(value, strlen(value))));
	}
	free(value);
	return list;
}

static json_t *json_tensors(const struct show *show)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mutsu_model_n_tensors(show->model); i++) {
		struct mutsu_tensor_info tensor;
		json_t *shape = json_array();

		mutsu_model_tensor(show->model, i, &tensor);
		for (uint32_t d = 0; d < tensor.n_dims; d++)
			json_array_append_new(shape, json_integer((json_int_t)tensor.ne[d]));
		json_array_append_new(list, json_pack("{so ss so sI}",
			"name", output_json_text(tensor.name, strlen(tensor.name)),
			"type", tensor.type, "shape", shape,
			"bytes", (json_int_t)tensor.size));
	}
	return list;
}

static json_t *json_types(const struct show *show)
{
	struct total *totals;
	json_t *object;
	size_t n;

	totals = sum_up(show, &n);
	if (!totals)
		return NULL;
	object = json_object();
	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, totals[i].type, json_pack("{sI sI sI}",
			"tensors", (json_int_t)totals[i].n_tensors,
			"elements", (json_int_t)totals[i].n_elements,
			"bytes", (json_int_t)totals[i].size));
	free(totals);
	return object;
}

static int print_json(const struct show *show)
{
	json_t *object = json_pack("{so}", "model", output_json_model(show->model, show->path));
	bool failed = false;

	/* These fail where a value is NULL. */
	if (show->meta)
		failed |= json_object_set_new(object, "meta", json_meta(show));
	if (show->tensors) {
		failed |= json_object_set_new(object, "tensors", json_tensors(show));
		failed |= json_object_set_new(object, "types", json_types(show));
	}
	if (failed) {
		json_decref(object);
		object = NULL;
	}
	return output_json(object);
}

int mutsu_show_command(int argc, char **argv)
{
	struct show show = { 0 };
	int ret;

	if (!parse(&show, argc, argv, &ret))
		return ret;
	ret = engine_open_model(&show.model, show.path, true, false);
	if (!ret)
		ret = show.json ? print_json(&show) : print_text(&show);
	mutsu_model_close(show.model);
	return ret;
}
