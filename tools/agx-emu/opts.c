// SPDX-License-Identifier: MIT
/* Parses the command line; what options mean together is checked at the end. */
#include "opts.h"

#include <getopt.h>

#include "memory.h"

#define USC_BASE 0x1100000000
#define MAX_STEPS 100000000000
#define TRACE_LIMIT 10000

/* Long options without a letter. */
enum {
	OPT_KERNEL = 256, OPT_RAW, OPT_REGS, OPT_SHARED, OPT_CDM, OPT_MEMORY, OPT_MAPS, OPT_STREAM,
	OPT_USC_BASE, OPT_G14X, OPT_CORPUS, OPT_DUMP, OPT_TRACE, OPT_TRACE_GROUP, OPT_TRACE_SIMD,
	OPT_TRACE_LIMIT, OPT_STATS, OPT_RACE, OPT_JSON, OPT_MAX_STEPS, OPT_SOFT_FAULTS,
	OPT_VERSION,
};

static const struct option longs[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "regs", required_argument, NULL, OPT_REGS },
	{ "shared", required_argument, NULL, OPT_SHARED },
	{ "define", required_argument, NULL, 'D' },
	{ "buffer", required_argument, NULL, 'b' },
	{ "uniform", required_argument, NULL, 'u' },
	{ "grid", required_argument, NULL, 'g' },
	{ "local", required_argument, NULL, 'l' },
	{ "cdm", required_argument, NULL, OPT_CDM },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "maps", required_argument, NULL, OPT_MAPS },
	{ "stream", required_argument, NULL, OPT_STREAM },
	{ "usc-base", required_argument, NULL, OPT_USC_BASE },
	{ "g14x", no_argument, NULL, OPT_G14X },
	{ "corpus", no_argument, NULL, OPT_CORPUS },
	{ "output", required_argument, NULL, 'o' },
	{ "dump", required_argument, NULL, OPT_DUMP },
	{ "trace", optional_argument, NULL, OPT_TRACE },
	{ "trace-group", required_argument, NULL, OPT_TRACE_GROUP },
	{ "trace-simd", required_argument, NULL, OPT_TRACE_SIMD },
	{ "trace-limit", required_argument, NULL, OPT_TRACE_LIMIT },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "race", no_argument, NULL, OPT_RACE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "threads", required_argument, NULL, 't' },
	{ "max-steps", required_argument, NULL, OPT_MAX_STEPS },
	{ "soft-faults", no_argument, NULL, OPT_SOFT_FAULTS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"usage: agx-emu [options] KERNEL\n"
"       agx-emu [options] IMAGE\n"
"       agx-emu [options] --corpus DIR...\n"
"\n"
"Executes AGX2 compute dispatches in software.  KERNEL is assembly text (.agx), a\n"
"container that agx-as wrote, or code bytes (--raw).\n"
"\n"
"A kernel:\n"
"  -b, --buffer SPEC       a buffer, in the order of the kernel's buffer parameters:\n"
"                            FILE, NAME=FILE, NAME:SIZE[:INIT] or :SIZE[:INIT]\n"
"                            INIT: zero iota iotaf iotah rand hex:DIGITS; SIZE may\n"
"                            end in K, M or G\n"
"  -u, --uniform NAME=VALUE[,VALUE...]\n"
"                          a scalar parameter; --raw: a uniform register, u4=3.5\n"
"  -g, --grid X[,Y[,Z]]    threads of the launch (not threadgroups)\n"
"  -l, --local X[,Y[,Z]]   threads per threadgroup, if the kernel leaves it open\n"
"      --kernel NAME       which one, if there are several\n"
"  -D, --define NAME=VALUE for the assembler\n"
"      --raw               KERNEL is code bytes; buffer addresses go to u0, u2, ...\n"
"      --regs N            --raw: register halves allocated (256)\n"
"      --shared BYTES      --raw: threadgroup memory (0)\n"
"\n"
"An image of GPU memory before a submission; may be compressed (xz):\n"
"      --memory IMAGE      another way to say so\n"
"      --stream ADDRESS    the control stream in it, where the image does not say it\n"
"      --cdm FILE          the control stream, bytes or hexadecimal text\n"
"      --maps FILE         which mappings are of the same memory, likewise\n"
"      --usc-base ADDRESS  of code and USC words (the image's, or 0x1100000000)\n"
"      --g14x              launches are of M2 Pro, Max, Ultra\n"
"\n"
"Results:\n"
"  -o, --output NAME=FILE  write a buffer, or ADDRESS:SIZE=FILE of an image\n"
"      --dump NAME:TYPE[:COUNT]\n"
"                          print it, or ADDRESS:TYPE:COUNT; TYPE: i8 to i64, u8 to\n"
"                          u64, x8 to x64 (hexadecimal), f16, f32\n"
"      --trace[=LANES]     every instruction with registers of lanes 0,4-7,... (0)\n"
"      --trace-group X,Y,Z, --trace-simd N\n"
"                          only this threadgroup, this SIMD-group of each\n"
"      --trace-limit N     instructions (10000; 0: all)\n"
"      --stats             instructions, bytes, divergence, estimated cycles\n"
"      --race              report accesses that no barrier orders\n"
"      --json              results as one JSON document\n"
"  -t, --threads N         of the host (all processors)\n"
"      --max-steps N       instructions of a launch until it is taken for endless\n"
"                          (100000000000; 0: no limit)\n"
"      --soft-faults       loads of unmapped memory are 0 and stores vanish\n"
"  -h, --help, --version\n"
"\n"
"Exit status: 0 done (or all PASS), 1 fault, race or FAIL, 2 wrong command line.\n"
"\n"
"  agx-emu saxpy.agx -b x.bin -b y:4096:iotaf -u a=2.5 -g 1024 --dump y:f32:8\n"
"  agx-emu capture.img --stats\n"
"  agx-emu --corpus ../shared/corpus/*/\n";

static bool add(struct strings *strings, const char *item)
{
	const char **more = realloc(strings->item, (strings->n + 1) * sizeof(*more));

	if (!more)
		return false;
	strings->item = more;
	strings->item[strings->n++] = item;
	return true;
}

/* "0,4-7": a set of lanes. */
static bool read_lanes(const char *text, u32 *lanes)
{
	unsigned long first, last;
	char *end;

	*lanes = 0;
	do {
		if (*text < '0' || *text > '9')
			return false;
		first = last = strtoul(text, &end, 10);
		if (*end == '-') {
			text = end + 1;
			if (*text < '0' || *text > '9')
				return false;
			last = strtoul(text, &end, 10);
		}
		if (first > last || last > 31)
			return false;
		*lanes |= (u32)((2ull << last) - (1ull << first));
		text = end + 1;
	} while (*end == ',');
	return !*end;
}

static const char *name_of(int c)
{
	for (const struct option *o = longs; o->name; o++) {
		if (o->val == c)
			return o->name;
	}
	return "?";
}

static int wrong(int c, const char *text, const char *wanted)
{
	return misuse("--%s %s: %s", name_of(c), text, wanted);
}

static int store_number(int c, const char *text, u64 max, u32 *small, u64 *large)
{
	u64 value;

	if (!read_size(text, &value))
		return wrong(c, text, "not a number");
	if (value > max)
		return misuse("--%s %s: more than %llu", name_of(c), text,
			      (unsigned long long)max);
	if (small)
		*small = (u32)value;
	if (large)
		*large = value;
	return 0;
}

static int store_triple(int c, const char *text, u32 value[3], bool *has)
{
	*has = true;
	if (!read_triple(text, value, c == OPT_TRACE_GROUP ? 0 : 1))
		return wrong(c, text, "not X, X,Y or X,Y,Z");
	return 0;
}

static int store_string(struct opts *opts, int c, const char *text)
{
	struct strings *strings = c == 'b' ? &opts->buffers : c == 'u' ? &opts->uniforms :
				  c == 'D' ? &opts->defines : c == 'o' ? &opts->outputs :
				  &opts->dumps;

	return add(strings, text) ? 0 : fail("out of memory");
}

static int store_image(struct opts *opts, int c, const char *text)
{
	switch (c) {
	case OPT_MEMORY:
		opts->memory = text;
		return 0;
	case OPT_MAPS:
		opts->maps = text;
		return 0;
	case OPT_CDM:
		opts->cdm = text;
		return 0;
	case OPT_STREAM:
		opts->has_stream = true;
		return store_number(c, text, UINT64_MAX, NULL, &opts->stream);
	default:
		opts->has_usc_base = true;
		return store_number(c, text, UINT64_MAX, NULL, &opts->usc_base);
	}
}

static int store_trace(struct opts *opts, int c, const char *text)
{
	switch (c) {
	case OPT_TRACE:
		opts->trace = true;
		if (text && !read_lanes(text, &opts->trace_lanes))
			return wrong(c, text, "not a set of lanes such as 0,4-7");
		return 0;
	case OPT_TRACE_GROUP:
		return store_triple(c, text, opts->trace_group, &opts->has_trace_group);
	case OPT_TRACE_SIMD:
		opts->has_trace_simd = true;
		return store_number(c, text, 31, &opts->trace_simd, NULL);
	default:
		return store_number(c, text, UINT64_MAX, NULL, &opts->trace_limit);
	}
}

static int store_flag(struct opts *opts, int c)
{
	switch (c) {
	case OPT_RAW:
		opts->raw = true;
		break;
	case OPT_G14X:
		opts->g14x = true;
		break;
	case OPT_SOFT_FAULTS:
		opts->soft_faults = true;
		break;
	case OPT_CORPUS:
		opts->mode = MODE_CORPUS;
		break;
	case OPT_STATS:
		opts->stats = true;
		break;
	case OPT_RACE:
		opts->race = true;
		break;
	default:
		opts->json = true;
	}
	return 0;
}

static int store(struct opts *opts, int c, const char *text)
{
	switch (c) {
	case 'b': case 'u': case 'D': case 'o': case OPT_DUMP:
		return store_string(opts, c, text);
	case 'g':
		return store_triple(c, text, opts->grid, &opts->has_grid);
	case 'l':
		return store_triple(c, text, opts->local, &opts->has_local);
	case OPT_KERNEL:
		opts->kernel = text;
		return 0;
	case OPT_REGS:
		return store_number(c, text, 256, &opts->regs, NULL);
	case OPT_SHARED:
		return store_number(c, text, 65536, &opts->shared, NULL);
	case OPT_MEMORY: case OPT_MAPS: case OPT_CDM: case OPT_STREAM: case OPT_USC_BASE:
		return store_image(opts, c, text);
	case OPT_TRACE: case OPT_TRACE_GROUP: case OPT_TRACE_SIMD: case OPT_TRACE_LIMIT:
		return store_trace(opts, c, text);
	case 't':
		return store_number(c, text, 4096, &opts->threads, NULL);
	case OPT_MAX_STEPS:
		return store_number(c, text, UINT64_MAX, NULL, &opts->max_steps);
	default:
		return store_flag(opts, c);
	}
}

/* What only one of the modes can use, in another. */
static int foreign(const struct opts *opts)
{
	bool kernel = opts->buffers.n || opts->uniforms.n || opts->defines.n || opts->has_grid ||
		      opts->has_local || opts->kernel || opts->raw || opts->regs != 256 ||
		      opts->shared;
	bool image = opts->maps || opts->cdm || opts->has_stream;

	if (opts->mode != MODE_KERNEL && kernel)
		return misuse("-b, -u, -g, -l, -D, --kernel, --raw are for kernels, not for images");
	if (opts->mode != MODE_MEMORY && image)
		return misuse("--stream, --cdm, --maps go with an image");
	if (opts->mode == MODE_CORPUS && (opts->outputs.n || opts->dumps.n || opts->json))
		return misuse("--corpus prints PASS or FAIL; -o, --dump, --json do not");
	return 0;
}

static int check(struct opts *opts)
{
	if (opts->mode == MODE_CORPUS && opts->memory)
		return misuse("--corpus and --memory: one of them");
	if (!opts->memory && opts->mode == MODE_KERNEL && opts->n_files == 1 &&
	    memory_is_image(opts->file[0])) {
		opts->memory = opts->file[0];
		opts->n_files = 0;
	}
	if (opts->memory)
		opts->mode = MODE_MEMORY;
	if (opts->json && (opts->trace || opts->dumps.n))
		return misuse("--json is a document of its own: without --trace and --dump");
	if (foreign(opts))
		return EXIT_MISUSED;
	switch (opts->mode) {
	case MODE_CORPUS:
		return opts->n_files ? 0 : misuse("--corpus: which folders?");
	case MODE_MEMORY:
		if (opts->n_files)
			return misuse("%s: --memory runs a stream, no kernel", opts->file[0]);
		if (opts->has_stream && opts->cdm)
			return misuse("--stream and --cdm: one of them");
		return 0;
	default:
		if (!opts->n_files)
			return misuse("which kernel?");
		if (opts->n_files > 1)
			return misuse("%s: one kernel at a time (buffers go after -b)",
				      opts->file[1]);
		if (!opts->has_grid)
			return misuse("how many threads?  -g X,Y,Z");
		return 0;
	}
}

bool opts_parse(struct opts *opts, int argc, char **argv, int *status)
{
	int c;

	*opts = (struct opts){
		.regs = 256, .usc_base = USC_BASE, .trace_lanes = 1,
		.trace_limit = TRACE_LIMIT, .max_steps = MAX_STEPS,
	};
	*status = 0;
	opterr = 0;
	while (!*status && (c = getopt_long(argc, argv, ":b:u:g:l:D:o:t:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return false;
		}
		if (c == OPT_VERSION) {
			puts("agx-emu " MUTSU_VERSION);
			return false;
		}
		if (c == ':')
			*status = misuse("%s needs a value", argv[optind - 1]);
		else if (c == '?')
			*status = misuse("%s: no such option", argv[optind - 1]);
		else
			*status = store(opts, c, optarg);
	}
	opts->file = argv + optind;
	opts->n_files = argc - optind;
	if (!*status)
		*status = check(opts);
	return !*status;
}

void opts_free(struct opts *opts)
{
	free(opts->buffers.item);
	free(opts->uniforms.item);
	free(opts->defines.item);
	free(opts->outputs.item);
	free(opts->dumps.item);
}
