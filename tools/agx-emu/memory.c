// SPDX-License-Identifier: MIT
#include "memory.h"

#include "results.h"

#define STREAM_FROM_FILE 0x1500000000u

bool memory_is_image(const char *path)
{
	FILE *file = fopen(path, "rb");
	u8 head[8];
	size_t n;

	if (!file)
		return false;
	n = fread(head, 1, sizeof(head), file);
	fclose(file);
	return agx_is_image(head, n);
}

int memory_load(struct agx_space *space, const char *image, const char *maps,
		struct agx_image_submit *submit)
{
	size_t size, maps_size;
	char *text = NULL, *data;
	struct agx_error err;
	int ret;

	data = read_file(image, &size);
	if (!data)
		return EXIT_FAILED;
	if (maps)
		text = read_file(maps, &maps_size);
	if (maps && !text) {
		free(data);
		return EXIT_FAILED;
	}
	ret = agx_image_load(space, (const u8 *)data, size, text, submit, &err);
	free(text);
	free(data);
	return ret ? fail("%s: %s", image, err.text) : 0;
}

static bool is_hex(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!data[i] || !strchr("0123456789abcdefABCDEF \t\r\n", data[i]))
			return false;
	}
	return true;
}

/* Text of hexadecimal digits becomes bytes, in place. */
static size_t unhex(char *data, size_t size)
{
	size_t digits = 0;
	unsigned int byte;

	for (size_t i = 0; i < size; i++) {
		if (!strchr(" \t\r\n", data[i]))
			data[digits++] = data[i];
	}
	for (size_t i = 0; i + 1 < digits; i += 2) {
		char pair[3] = { data[i], data[i + 1] };

		sscanf(pair, "%2x", &byte);
		data[i / 2] = (char)byte;
	}
	return digits / 2;
}

/* A stream that is not in the image: it is put where nothing is. */
static int place_stream(struct agx_space *space, const char *path, u64 *address)
{
	size_t size;
	char *data = read_file(path, &size);
	u64 pages;
	int ret;

	if (!data)
		return EXIT_FAILED;
	if (is_hex(data, size))
		size = unhex(data, size);
	pages = (size + AGX_SPACE_PAGE) / AGX_SPACE_PAGE * AGX_SPACE_PAGE;
	*address = STREAM_FROM_FILE;
	while (agx_space_find(space, *address) || agx_space_find(space, *address + pages - 1))
		*address += AGX_PAGE_SIZE;
	ret = agx_space_map(space, *address, pages, AGX_MEM_READ, NULL);
	if (!ret)
		memcpy(agx_space_at(space, *address, size), data, size);
	free(data);
	return ret ? fail("%s: %s", path, strerror(-ret)) : 0;
}

static const u8 *find_address(void *ctx, const char *name, u64 *size)
{
	const u8 *bytes;
	u64 address;

	if (!read_u64(name, &address)) {
		misuse("%s is no address", name);
		return NULL;
	}
	bytes = agx_space_bytes(ctx, address, size);
	if (!bytes)
		misuse("nothing is mapped at %s", name);
	return bytes;
}

/* What the image says, unless the command line does. */
static int choose(struct job *job, struct agx_image_command *one, const struct opts *opts,
		  const struct agx_image_submit *submit)
{
	job->usc_base = submit->known && !opts->has_usc_base ? submit->usc_base : opts->usc_base;
	job->g14x = opts->g14x || submit->g14x;
	job->soft_faults = opts->soft_faults || submit->soft_faults;
	if (opts->has_stream || opts->cdm) {
		one->stream = opts->stream;
		job->command = one;
		job->n_commands = 1;
		return opts->cdm ? place_stream(job->space, opts->cdm, &one->stream) : 0;
	}
	if (!submit->known)
		return misuse("%s does not say what to run: --stream ADDRESS or --cdm FILE",
			      opts->memory);
	job->command = submit->command;
	job->n_commands = submit->n_commands;
	return 0;
}

static int run_in(struct agx_space *space, const struct opts *opts)
{
	struct agx_image_submit submit = { 0 };
	struct job job = { .space = space };
	struct agx_image_command one = { 0 };
	struct results results = { 0 };
	struct outcome outcome;
	int status = memory_load(space, opts->memory, opts->maps, &submit);

	if (!status)
		status = choose(&job, &one, opts, &submit);
	if (!status)
		status = results_read(&results, opts, find_address, space);
	if (!status)
		status = run(opts, &job, &outcome);
	if (!status) {
		status = report(opts, &job, &outcome);
		outcome_free(&outcome);
		if (results_write(&results))
			status = EXIT_FAILED;
	}
	results_free(&results);
	agx_image_submit_free(&submit);
	return status;
}

int run_memory(const struct opts *opts)
{
	struct agx_space space;
	int status;

	agx_space_init(&space);
	status = run_in(&space, opts);
	agx_space_destroy(&space);
	return status;
}
