// SPDX-License-Identifier: MIT
#include "results.h"

#include "tools/agx/dump.h"

struct result {
	char *name;
	const u8 *host;
	u64 size;			/* bytes to write */
	const char *file;		/* -o */
	const struct agx_dump_type *type;	/* --dump */
	u64 count;			/* elements to print */
};

/* Cuts text at the first of the characters; what follows, or NULL. */
static char *cut(char *text, const char *at)
{
	text += strcspn(text, at);
	if (!*text)
		return NULL;
	*text = '\0';
	return text + 1;
}

/* NAME[:SIZE]=FILE */
static int read_output(struct result *result, const char *spec, results_find_fn find, void *ctx)
{
	const char *file = strchr(spec, '=');
	char *size;
	u64 all;

	if (!file || file == spec || !file[1])
		return misuse("-o %s: not NAME=FILE", spec);
	result->file = file + 1;
	result->name = strndup(spec, (size_t)(file - spec));
	if (!result->name)
		return fail("out of memory");
	size = cut(result->name, ":");
	result->host = find(ctx, result->name, &all);
	if (!result->host)
		return EXIT_MISUSED;
	result->size = all;
	if (size && (!read_size(size, &result->size) || result->size > all))
		return misuse("-o %s: '%s' is not a size up to %llu", spec, size,
			      (unsigned long long)all);
	return 0;
}

/* NAME:TYPE[:COUNT] */
static int read_dump(struct result *result, const char *spec, results_find_fn find, void *ctx)
{
	char *type, *count;
	u64 all;

	result->name = strdup(spec);
	if (!result->name)
		return fail("out of memory");
	type = cut(result->name, ":");
	if (!type)
		return misuse("--dump %s: not NAME:TYPE[:COUNT]", spec);
	count = cut(type, ":");
	result->type = agx_dump_type(type);
	if (!result->type)
		return misuse("--dump %s: no type %s; i8 to i64, u8 to u64, x8 to x64, f16, f32",
			      spec, type);
	result->host = find(ctx, result->name, &all);
	if (!result->host)
		return EXIT_MISUSED;
	result->count = all / result->type->size;
	if (count && (!read_size(count, &all) || all > result->count))
		return misuse("--dump %s: '%s' is not a number up to %llu", spec, count,
			      (unsigned long long)result->count);
	if (count)
		result->count = all;
	return 0;
}

int results_read(struct results *results, const struct opts *opts, results_find_fn find,
		 void *ctx)
{
	int status = 0;

	results->item = calloc(opts->outputs.n + opts->dumps.n + 1, sizeof(*results->item));
	if (!results->item)
		return fail("out of memory");
	for (size_t i = 0; i < opts->outputs.n && !status; i++)
		status = read_output(&results->item[results->n++], opts->outputs.item[i], find,
				     ctx);
	for (size_t i = 0; i < opts->dumps.n && !status; i++)
		status = read_dump(&results->item[results->n++], opts->dumps.item[i], find, ctx);
	return status;
}

int results_write(const struct results *results)
{
	for (size_t i = 0; i < results->n; i++) {
		const struct result *result = &results->item[i];

		if (result->type)
			agx_dump(result->name, result->type, result->host, result->count);
		else if (!write_file(result->file, result->host, result->size))
			return EXIT_FAILED;
	}
	return 0;
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->n; i++)
		free(results->item[i].name);
	free(results->item);
}
