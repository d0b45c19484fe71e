// SPDX-License-Identifier: MIT
/* agx-trace replay: executes an image and says what it changed. */
#include "replay.h"

#include <getopt.h>
#include <jansson.h>

#include "tools/agx/dump.h"
#include "tools/agx/workers.h"
#include "touched.h"

#define MAX_STEPS 100000000000u

struct change {
	u64 address, size;	/* of the mapping */
	u64 count;		/* bytes that are others now */
	u64 first;		/* address of the first */
	u64 sum;		/* of pages that are not zero afterwards, and where they are */
};

/* --- in this process ---------------------------------------------------------------- */

static int run_command(struct agx_workers *workers, struct loaded *image, size_t index,
		       struct replayed *result)
{
	const struct agx_image_submit *submit = &image->submit;
	const struct agx_image_command *command = &submit->command[index];
	const struct agx_run_events events = { NULL, NULL, NULL, NULL };
	struct agx_stream stream;
	struct agx_fault fault = { 0 };
	int ret;

	agx_stream_start(&stream, &image->space.memory, submit->usc_base, command->stream,
			 command->end, submit->g14x);
	stream.soft_faults = submit->soft_faults;
	stream.max_steps = MAX_STEPS;
	ret = agx_workers_run(workers, &stream, &events, &fault);
	if (ret == -EFAULT) {
		char text[256];

		agx_fault_print(text, sizeof(text), &fault);
		snprintf(result->message, sizeof(result->message), "command %zu: %s%s%s", index,
			 text, stream.message[0] ? ": " : "", stream.message);
		result->fault = true;
		return 0;
	}
	return ret ? fail("%s: %s", image->file, strerror(-ret)) : 0;
}

int replay_emu(struct replayed *result, const struct loaded *image,
	       const struct replay_opts *opts)
{
	u32 threads = opts->threads ? opts->threads : agx_host_cpus();
	struct agx_workers *workers = NULL;
	int status = loaded_open(&result->own, image->file);

	result->after = &result->own.space;
	if (!status && agx_workers_create(&workers, threads))
		status = fail("cannot start %u threads", threads);
	for (size_t i = 0; i < image->submit.n_commands && !status && !result->fault; i++)
		status = run_command(workers, &result->own, i, result);
	agx_workers_destroy(workers);
	return status;
}

/* --- what changed --------------------------------------------------------------------- */

static void compare_page(struct change *change, u64 address, const u8 *before, const u8 *after)
{
	static const u8 zero[AGX_SPACE_PAGE];
	u64 offset = address - change->address;

	/* Pages of zeros count for nothing: most have never been made. */
	if (memcmp(after, zero, AGX_SPACE_PAGE))
		change->sum = checksum(change->sum ^ offset, after, AGX_SPACE_PAGE);
	if (!memcmp(before, after, AGX_SPACE_PAGE))
		return;
	for (u32 i = 0; i < AGX_SPACE_PAGE; i++) {
		if (before[i] != after[i] && !change->count++)
			change->first = address + i;
	}
}

/* All of a mapping; one page of one that is the same page again and again. */
static void compare_range(struct change *change, const struct agx_range *before,
			  const struct replayed *result, const struct touched *touched)
{
	u64 size = before->page ? AGX_PAGE_SIZE : before->size;

	*change = (struct change){
		.address = before->address, .size = before->size, .sum = CHECKSUM_START,
	};
	for (u64 at = 0; at < size; at += TOUCHED_PIECE) {
		u64 n = size - at < TOUCHED_PIECE ? size - at : TOUCHED_PIECE;
		const u8 *old = before->host + at;
		const u8 *now = agx_space_at(result->after, before->address + at, n);

		/* What a device has written is nowhere in this process until it is read. */
		if (!now || (!result->device && !touched_is(touched, old, n) &&
			     !touched_is(touched, now, n)))
			continue;
		for (u64 i = 0; i < n; i += AGX_SPACE_PAGE)
			compare_page(change, before->address + at + i, old + i, now + i);
	}
}

static void print_changes(const struct loaded *image, const struct replayed *result,
			  const struct touched *touched)
{
	u32 n = 0;

	for (size_t i = 0; i < image->space.n; i++) {
		struct change c;

		compare_range(&c, &image->space.range[i], result, touched);
		if (!c.count)
			continue;
		n++;
		printf("%12llx  %10llx bytes: %llu changed, first at %llx; checksum %016llx\n",
		       (unsigned long long)c.address, (unsigned long long)c.size,
		       (unsigned long long)c.count, (unsigned long long)c.first,
		       (unsigned long long)c.sum);
	}
	if (!n)
		puts("nothing changed");
}

static int json_changes(const struct loaded *image, const struct replayed *result,
			const struct touched *touched)
{
	json_t *all = json_object(), *list = json_array();
	char sum[20];
	int ret;

	for (size_t i = 0; i < image->space.n; i++) {
		struct change c;

		compare_range(&c, &image->space.range[i], result, touched);
		if (!c.count)
			continue;
		snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)c.sum);
		json_array_append_new(list, json_pack(
			"{s:I,s:I,s:I,s:I,s:s}", "address", (json_int_t)c.address, "size",
			(json_int_t)c.size, "changed", (json_int_t)c.count, "first",
			(json_int_t)c.first, "checksum", sum));
	}
	json_object_set_new(all, "result", json_string(result->fault ? "fault" : "done"));
	if (result->fault)
		json_object_set_new(all, "fault", json_string(result->message));
	json_object_set_new(all, "mappings", list);
	ret = json_dumpf(all, stdout, JSON_INDENT(1));
	json_decref(all);
	putchar('\n');
	return ret ? fail("out of memory") : 0;
}

/* --- dumps ------------------------------------------------------------------------------ */

struct dump {
	const char *text;
	char where[32];
	u64 address, count;
	const struct agx_dump_type *type;
};

/* ADDRESS:TYPE:N */
static int read_dump(struct dump *dump, const char *text)
{
	char type[8], count[24];

	dump->text = text;
	if (sscanf(text, "%31[^:]:%7[^:]:%23s", dump->where, type, count) != 3 ||
	    !read_number(dump->where, &dump->address) || !read_number(count, &dump->count) ||
	    !dump->count)
		return misuse("--dump %s: not ADDRESS:TYPE:N", text);
	dump->type = agx_dump_type(type);
	return dump->type ? 0 : misuse("--dump %s: no type %s; i8 to i64, u8 to u64, x8 to x64, "
				       "f16, f32", text, type);
}

static int check_dump(const struct dump *dump, const struct loaded *image)
{
	u64 avail, size = dump->count * dump->type->size;

	if (size / dump->type->size == dump->count &&
	    agx_space_bytes(&image->space, dump->address, &avail) && size <= avail)
		return 0;
	return misuse("--dump %s: not all of it is in one mapping", dump->text);
}

static void print_dump(const struct dump *dump, const struct agx_space *after)
{
	u64 size = dump->count * dump->type->size;
	const u8 *data = agx_space_at(after, dump->address, size);

	if (data)
		agx_dump(dump->where, dump->type, data, dump->count);
}

/* --- the command line --------------------------------------------------------------------- */

#define DUMPS_MAX 64

struct command_line {
	struct replay_opts opts;
	struct dump dump[DUMPS_MAX];
	u32 n_dumps;
	bool json;
};

enum { OPT_DEVICE = 256, OPT_DUMP, OPT_TIMEOUT, OPT_JSON };

static const struct option longs[] = {
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "dump", required_argument, NULL, OPT_DUMP },
	{ "threads", required_argument, NULL, 't' },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

static int store(struct command_line *line, int c)
{
	u64 number;

	switch (c) {
	case OPT_DEVICE:
		line->opts.device = optarg;
		return 0;
	case OPT_JSON:
		line->json = true;
		return 0;
	case OPT_DUMP:
		if (line->n_dumps == DUMPS_MAX)
			return misuse("--dump %s: %u are all there may be", optarg, DUMPS_MAX);
		return read_dump(&line->dump[line->n_dumps++], optarg);
	case 't':
		if (!read_number(optarg, &number) || number > 4096)
			return misuse("--threads %s: not a number up to 4096", optarg);
		line->opts.threads = (u32)number;
		return 0;
	default:
		if (!read_number(optarg, &number) || !number || number > 1000000)
			return misuse("--timeout %s: not a number of seconds", optarg);
		line->opts.timeout = number;
		return 0;
	}
}

static int show(const struct command_line *line, const struct loaded *image,
		const struct replayed *result)
{
	struct touched touched;
	int status = 0;

	if (result->fault)
		fail("%s", result->message);
	touched_open(&touched);
	if (line->json)
		status = json_changes(image, result, &touched);
	else
		print_changes(image, result, &touched);
	touched_close(&touched);
	for (u32 i = 0; i < line->n_dumps; i++)
		print_dump(&line->dump[i], result->after);
	return result->fault ? EXIT_FAILED : status;
}

static int replay(const struct command_line *line, const struct loaded *image)
{
	struct replayed result = { .fault = false };
	int status = 0;

	for (u32 i = 0; i < line->n_dumps && !status; i++)
		status = check_dump(&line->dump[i], image);
	if (!status)
		status = (!strcmp(line->opts.device, "emu") ? replay_emu : replay_device)(
			&result, image, &line->opts);
	if (!status)
		status = show(line, image, &result);
	device_close(result.device);
	loaded_free(&result.own);
	return status;
}

int trace_replay(int argc, char **argv)
{
	struct command_line line = { .opts = { .device = "emu", .timeout = 30 } };
	struct loaded image;
	int c, status = 0;

	opterr = 0;
	while (!status && (c = getopt_long(argc, argv, ":t:", longs, NULL)) != -1)
		status = c == '?' || c == ':' ? bad_option(c, argv) : store(&line, c);
	if (status)
		return status;
	if (optind + 1 != argc)
		return optind == argc ? misuse("which image?") : misuse("one image at a time");
	if (line.json && line.n_dumps)
		return misuse("--json is a document of its own: without --dump");
	status = loaded_open_submission(&image, argv[optind]);
	if (!status)
		status = replay(&line, &image);
	loaded_free(&image);
	return status;
}
