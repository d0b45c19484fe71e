// SPDX-License-Identifier: MIT
/*
 * A corpus folder has a dispatch of Mesa's and what its buffers held afterwards:
 *
 *	mem.bin.xz	GPU memory before it; maps.txt, whose memory is where
 *	s0-cmdbuf.bin	the submit's command buffer: where the control stream is
 *	expected.N	contents of binding N after it
 *	shader.comp	the source: of which type bindings are
 *	notes		says "tolerance" where floats may differ in their last bits
 *
 * Where binding N is: Mesa puts the address of its root table into u0; the table has
 * at 8 the address of descriptor set 0, whose 16 bytes for each binding begin with
 * the buffer's address.
 */
#include "memory.h"

#include <libgen.h>
#include <math.h>
#include <unistd.h>

#define MAX_BINDINGS 64
#define CMD_COMPUTE 1		/* drm_asahi_cmd_header.cmd_type */
#define ROOT_SET_0 8
#define DESCRIPTOR_SIZE 16
#define MAX_ULP_32 6		/* where the notes allow a tolerance */
#define MAX_ULP_16 1
/*
 * Likewise.  Sines of x up to 32 cannot be better than this, as x / 2 pi is rounded to
 * a float; logarithms near 1 are of that kind, too.
 */
#define MAX_ABSOLUTE 0x1p-18f

enum element { WORD, FLOAT32, FLOAT16 };

/* A folder, and what was found out about it. */
struct entry {
	const char *folder;
	bool tolerant;
	bool any_nan;		/* payloads of NaN may differ */
	char *shader;
	u32 n_compared;
	u32 max_ulp;
	float max_absolute;	/* of floats that differ by more ulps than the limit */
	char why[256];		/* of a failure */
};

__printf(2, 3) static int failed(struct entry *entry, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(entry->why, sizeof(entry->why), format, args);
	va_end(args);
	return EXIT_FAILED;
}

static void path_of(char path[PATH_MAX], const struct entry *entry, const char *file)
{
	snprintf(path, PATH_MAX, "%s/%s", entry->folder, file);
}

/* NULL, and nothing said, where there is none. */
static char *read_optional(const struct entry *entry, const char *file, size_t *size)
{
	char path[PATH_MAX];

	path_of(path, entry, file);
	return access(path, R_OK) ? NULL : read_file(path, size);
}

/* --- where things are ----------------------------------------------------------------- */

static u64 word64(const char *data)
{
	u64 value;

	memcpy(&value, data, sizeof(value));
	return value;
}

/*
 * The first compute command: a header of u16 type, u16 size and two barriers, then
 * u32 flags, u32 samplers, u64 start and u64 end of the control stream.
 */
static int find_stream(struct entry *entry, struct agx_image_command *command)
{
	size_t size, at = 0;
	char *data = read_optional(entry, "s0-cmdbuf.bin", &size);
	u16 head[2];

	if (!data)
		return failed(entry, "there is no s0-cmdbuf.bin");
	while (at + 32 <= size) {
		memcpy(head, data + at, sizeof(head));
		if (head[0] == CMD_COMPUTE) {
			command->stream = word64(data + at + 16);
			command->end = word64(data + at + 24);
			break;
		}
		at += 8u + head[1];
	}
	free(data);
	return command->stream ? 0 : failed(entry, "s0-cmdbuf.bin has no compute command");
}

/* The first launch of the stream. */
static bool find_launch(const struct job *job, struct agx_cdm *cdm)
{
	u64 address = job->command->stream;

	for (int i = 0; i < 16; i++) {
		u64 left;
		const u8 *words = agx_space_bytes(job->space, address, &left);

		if (!words || agx_cdm_parse(cdm, words, left, job->g14x, NULL) < 0)
			return false;
		if (cdm->type == AGX_CDM_LAUNCH)
			return true;
		address = cdm->type == AGX_CDM_LINK ? cdm->address : address + cdm->size;
	}
	return false;
}

/* Address of the descriptors of set 0; 0 where they are not found. */
static u64 find_descriptors(const struct job *job)
{
	struct agx_cdm cdm;
	struct agx_usc usc;
	const char *root;
	const u8 *words;
	u64 left;

	if (!find_launch(job, &cdm))
		return 0;
	words = agx_space_bytes(job->space, job->usc_base + cdm.usc, &left);
	if (!words || agx_usc_parse(&usc, words, left, NULL) < 0)
		return 0;
	for (u32 i = 0; i < usc.n_uniforms; i++) {
		if (usc.uniform[i].start)
			continue;
		root = agx_space_at(job->space, usc.uniform[i].address, 8);
		if (root)
			root = agx_space_at(job->space, word64(root) + ROOT_SET_0, 8);
		return root ? word64(root) : 0;
	}
	return 0;
}

static const u8 *find_binding(const struct job *job, u64 descriptors, u32 binding, u64 size)
{
	const char *at = agx_space_at(job->space, descriptors + binding * DESCRIPTOR_SIZE,
				      DESCRIPTOR_SIZE);

	return at ? agx_space_at(job->space, word64(at), size) : NULL;
}

/* --- comparing --------------------------------------------------------------------------- */

/* What the first member of "binding=N) ... {" is of. */
static enum element element_of(const struct entry *entry, u32 binding)
{
	char text[24];
	const char *at = entry->shader;
	size_t len = (size_t)snprintf(text, sizeof(text), "binding=%u", binding);

	while (at && (at = strstr(at, text)) && at[len] >= '0' && at[len] <= '9')
		at += len;
	at = at ? strchr(at, '{') : NULL;
	if (!at)
		return WORD;
	at += 1 + strspn(at + 1, " \t\n");
	if (!strncmp(at, "float16", 7) || !strncmp(at, "f16vec", 6))
		return FLOAT16;
	return !strncmp(at, "float", 5) || !strncmp(at, "vec", 3) ? FLOAT32 : WORD;
}

/* Floats in their order as integers: neighbours differ by 1, -0 is 0. */
static s64 ordered(u32 bits, enum element element)
{
	u32 sign = element == FLOAT16 ? 0x8000 : 0x80000000;

	return bits & sign ? -(s64)(bits & (sign - 1)) : bits;
}

static bool is_nan(u32 bits, enum element element)
{
	return element == FLOAT16 ? (bits & 0x7fff) > 0x7c00 : (bits & 0x7fffffff) > 0x7f800000;
}

/* Units in the last place between them; UINT32_MAX where they just differ. */
static u32 distance(const struct entry *entry, u32 got, u32 expected, enum element element)
{
	s64 d;

	if (got == expected)
		return 0;
	if (element == WORD)
		return UINT32_MAX;
	if (is_nan(got, element) || is_nan(expected, element))
		return (entry->tolerant || entry->any_nan) && is_nan(got, element) &&
				       is_nan(expected, element) ? 0 : UINT32_MAX;
	d = ordered(got, element) - ordered(expected, element);
	d = d < 0 ? -d : d;
	/* Of opposite zeroes the bits differ though the distance is none. */
	return d < UINT32_MAX ? (u32)d + !d : UINT32_MAX;
}

static float float_of(u32 bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* Whether they agree as far as they must; keeps account of what was tolerated. */
static bool near(struct entry *entry, u32 got, u32 expected, u32 ulp, enum element element)
{
	float d;

	if (!ulp)
		return true;
	if (!entry->tolerant || element == WORD || ulp == UINT32_MAX)
		return false;
	if (ulp <= (element == FLOAT16 ? MAX_ULP_16 : MAX_ULP_32)) {
		entry->max_ulp = ulp > entry->max_ulp ? ulp : entry->max_ulp;
		return true;
	}
	d = fabsf(float_of(got) - float_of(expected));
	if (element == FLOAT16 || !(d <= MAX_ABSOLUTE))
		return false;
	entry->max_absolute = fmaxf(entry->max_absolute, d);
	return true;
}

static u32 element_at(const u8 *data, size_t size, size_t at, size_t width)
{
	u32 bits = 0;

	memcpy(&bits, data + at, size - at < width ? size - at : width);
	return bits;
}

static int compare(struct entry *entry, u32 binding, const u8 *got, const u8 *expected,
		   size_t size)
{
	enum element element = element_of(entry, binding);
	size_t width = element == FLOAT16 ? 2 : 4, n_bad = 0;

	for (size_t at = 0; at < size; at += width) {
		u32 g = element_at(got, size, at, width), e = element_at(expected, size, at, width);
		u32 ulp = distance(entry, g, e, element);

		if (near(entry, g, e, ulp, element) || n_bad++)
			continue;
		failed(entry, "binding %u[%zu]: got 0x%0*x, expected 0x%0*x", binding, at / width,
		       (int)(2 * width), g, (int)(2 * width), e);
		if (ulp != UINT32_MAX)
			snprintf(entry->why + strlen(entry->why),
				 sizeof(entry->why) - strlen(entry->why), ", %u ulp", ulp);
	}
	if (!n_bad)
		return 0;
	snprintf(entry->why + strlen(entry->why), sizeof(entry->why) - strlen(entry->why),
		 " (%zu of %zu differ)", n_bad, (size + width - 1) / width);
	return EXIT_FAILED;
}

static int compare_all(struct entry *entry, const struct job *job)
{
	u64 descriptors = find_descriptors(job);
	char name[24];
	int status = 0;

	if (!descriptors)
		return failed(entry, "no descriptor table is found through u0");
	for (u32 i = 0; i < MAX_BINDINGS && !status; i++) {
		char *expected;
		const u8 *got;
		size_t size;

		snprintf(name, sizeof(name), "expected.%u", i);
		expected = read_optional(entry, name, &size);
		if (!expected)
			continue;
		got = find_binding(job, descriptors, i, size);
		if (got)
			status = compare(entry, i, got, (const u8 *)expected, size);
		else
			status = failed(entry, "binding %u has no buffer of %zu bytes", i, size);
		free(expected);
		entry->n_compared++;
	}
	if (!entry->n_compared)
		return failed(entry, "there is no expected.N to compare with");
	return status;
}

/* --- a folder ------------------------------------------------------------------------------ */

static void read_notes(struct entry *entry)
{
	size_t size;
	char *notes = read_optional(entry, "notes", &size);

	entry->shader = read_optional(entry, "shader.comp", &size);
	if (!notes)
		return;
	entry->tolerant = strcasestr(notes, "tolerance");
	entry->any_nan = strcasestr(notes, "NaN payloads may differ");
	free(notes);
}

static int load(struct entry *entry, struct agx_space *space)
{
	static const char *const images[] = { "mem.bin.xz", "mem.bin" };
	char image[PATH_MAX], maps[PATH_MAX];

	path_of(maps, entry, "maps.txt");
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		path_of(image, entry, images[i]);
		if (access(image, R_OK))
			continue;
		if (memory_load(space, image, access(maps, R_OK) ? NULL : maps, NULL))
			return failed(entry, "the memory image cannot be read");
		return 0;
	}
	return failed(entry, "there is no mem.bin.xz");
}

static int run_entry(struct entry *entry, const struct opts *opts)
{
	struct agx_space space;
	struct agx_image_command command = { 0 };
	struct job job = {
		.space = &space, .usc_base = opts->usc_base, .command = &command,
		.n_commands = 1, .g14x = opts->g14x, .soft_faults = opts->soft_faults,
	};
	struct outcome outcome;
	int status;

	agx_space_init(&space);
	read_notes(entry);
	status = load(entry, &space);
	if (!status)
		status = find_stream(entry, &command);
	if (!status)
		status = run(opts, &job, &outcome);
	if (!status) {
		if (outcome.ret) {
			agx_fault_print(entry->why, sizeof(entry->why), &outcome.fault);
			status = EXIT_FAILED;
		} else {
			status = compare_all(entry, &job);
		}
		if (outcome.race && agx_race_count(outcome.race) && !entry->why[0])
			failed(entry, "accesses race");
		if (opts->stats || opts->race || outcome.ret)
			status |= report(opts, &job, &outcome);
		outcome_free(&outcome);
	}
	free(entry->shader);
	agx_space_destroy(&space);
	return status ? EXIT_FAILED : 0;
}

int run_corpus(const struct opts *opts)
{
	int n_bad = 0;

	for (int i = 0; i < opts->n_files; i++) {
		struct entry entry = { .folder = opts->file[i] };
		char *copy = strdup(entry.folder), *name = copy ? basename(copy) : opts->file[i];
		int status = run_entry(&entry, opts);

		n_bad += !!status;
		printf("%s %s", status ? "FAIL" : "PASS", name);
		if (entry.why[0])
			printf(": %s", entry.why);
		else if (entry.max_absolute > 0)
			printf(" (up to %u ulp, or %.1e)", entry.max_ulp,
			       (double)entry.max_absolute);
		else if (entry.max_ulp)
			printf(" (up to %u ulp)", entry.max_ulp);
		putchar('\n');
		fflush(stdout);
		free(copy);
	}
	if (opts->n_files > 1)
		printf("%d of %d passed\n", opts->n_files - n_bad, opts->n_files);
	return n_bad ? EXIT_FAILED : EXIT_DONE;
}
