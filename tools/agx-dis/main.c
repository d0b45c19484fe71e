// SPDX-License-Identifier: MIT
/* agx-dis: machine code of AGX2 as text. */
#include "dis.h"

#include <getopt.h>

#include "tools/agx/reference.h"

static int usage(FILE *to, int status)
{
	fputs("usage: agx-dis [OPTIONS] FILE\n\n"
	      "Prints AGX2 machine code (of the GPUs of M1 and M2) as text that agx-as reads.\n"
	      "FILE is a kernel of agx-as, bare machine code, or either of them as\n"
	      "hexadecimal digits; - is standard input.\n\n"
	      "  -x, --hex            offset and bytes of each instruction, as a comment\n"
	      "  -o, --offsets        offset of each instruction, as a comment\n"
	      "  -r, --raw            lines as Mesa prints them\n"
	      "  -s, --stats          statistics instead of text\n"
	      "  -c, --check          hazards instead of text; exit status 1 if there are any\n"
	      "  -j, --json           statistics, or with --check hazards, as JSON\n"
	      "      --regs N         with --check: register halves that are allocated\n"
	      "      --uniforms N     with --check: uniform halves that are there\n"
	      "      --preamble       bare code is one, and may write uniforms\n"
	      "  -a, --address BASE   added to offsets that are printed\n"
	      "  -e, --entry OFFSET   only the program that begins there in FILE\n"
	      "  -k, --keep-going     print what is no instruction as data\n"
	      "  -K, --kernel NAME    only this one of FILE's kernels\n"
	      "      --cdm            FILE is a control stream\n"
	      "      --g14x           with --cdm: of an M2 Pro, Max or Ultra\n"
	      "      --usc            FILE is USC words\n"
	      "      --hex-input      FILE is hexadecimal digits, whatever it looks like\n"
	      "      --binary         FILE is binary, whatever it looks like\n"
	      "      --reference      the instruction set as reStructuredText; no FILE\n"
	      "  -h, --help           print this\n"
	      "  -V, --version        print the version\n", to);
	return status;
}

static int misuse(const char *what, const char *why)
{
	dis_error("%s: %s", what, why);
	fputs("usage: agx-dis [OPTIONS] FILE (see agx-dis --help)\n", stderr);
	return EXIT_MISUSED;
}

void dis_error(const char *format, ...)
{
	va_list list;

	/* Behind what was printed so far. */
	fflush(stdout);
	fputs("agx-dis: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	putc('\n', stderr);
}

enum { OPT_REGS = 256, OPT_UNIFORMS, OPT_PREAMBLE, OPT_CDM, OPT_G14X, OPT_USC, OPT_HEX_INPUT,
       OPT_BINARY, OPT_REFERENCE };

static const struct option options[] = {
	{ "hex", no_argument, NULL, 'x' },
	{ "offsets", no_argument, NULL, 'o' },
	{ "raw", no_argument, NULL, 'r' },
	{ "stats", no_argument, NULL, 's' },
	{ "check", no_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "regs", required_argument, NULL, OPT_REGS },
	{ "uniforms", required_argument, NULL, OPT_UNIFORMS },
	{ "preamble", no_argument, NULL, OPT_PREAMBLE },
	{ "address", required_argument, NULL, 'a' },
	{ "entry", required_argument, NULL, 'e' },
	{ "keep-going", no_argument, NULL, 'k' },
	{ "kernel", required_argument, NULL, 'K' },
	{ "cdm", no_argument, NULL, OPT_CDM },
	{ "g14x", no_argument, NULL, OPT_G14X },
	{ "usc", no_argument, NULL, OPT_USC },
	{ "hex-input", no_argument, NULL, OPT_HEX_INPUT },
	{ "binary", no_argument, NULL, OPT_BINARY },
	{ "reference", no_argument, NULL, OPT_REFERENCE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* A number in C's spelling, at most max. */
static bool number(const char *text, u64 max, u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-' && *value <= max;
}

static int bad_number(const char *option, const char *text, const char *range)
{
	char what[128];

	snprintf(what, sizeof(what), "%s %s", option, text);
	return misuse(what, range);
}

/* The switches; 0 where option is none of them. */
static int set_switch(struct dis_opts *opts, int option)
{
	switch (option) {
	case 'x':
		return opts->hex = true;
	case 'o':
		return opts->offsets = true;
	case 'r':
		return opts->raw = true;
	case 's':
		return opts->stats = true;
	case 'c':
		return opts->check = true;
	case 'j':
		return opts->json = true;
	case 'k':
		return opts->keep_going = true;
	case OPT_PREAMBLE:
		return opts->preamble = true;
	case OPT_G14X:
		return opts->g14x = true;
	case OPT_CDM:
		return opts->what = DIS_CDM;
	case OPT_USC:
		return opts->what = DIS_USC;
	case OPT_HEX_INPUT:
		return opts->input = DIS_HEX;
	case OPT_BINARY:
		return opts->input = DIS_BINARY;
	default:
		return 0;
	}
}

/* -1 to go on, or an exit status. */
static int set_option(struct dis_opts *opts, int option)
{
	u64 value;

	if (set_switch(opts, option))
		return -1;
	switch (option) {
	case OPT_REGS:
		if (!number(optarg, AGX_HALVES, &value) || !value)
			return bad_number("--regs", optarg, "not a number from 1 to 256");
		opts->n_regs = (u32)value;
		return -1;
	case OPT_UNIFORMS:
		if (!number(optarg, AGX_UNIFORM_HALVES, &value) || !value)
			return bad_number("--uniforms", optarg, "not a number from 1 to 512");
		opts->n_uniforms = (u32)value;
		return -1;
	case 'a':
		if (!number(optarg, UINT64_MAX, &opts->address))
			return bad_number("--address", optarg, "not an address");
		return -1;
	case 'e':
		if (!number(optarg, UINT32_MAX, &opts->entry))
			return bad_number("--entry", optarg, "not an offset");
		opts->has_entry = true;
		return -1;
	case OPT_REFERENCE:
		return agx_reference(stdout) || fflush(stdout) ? EXIT_FOUND : 0;
	case 'K':
		opts->kernel = optarg;
		return -1;
	case 'h':
		return usage(stdout, 0);
	case 'V':
		puts("agx-dis " MUTSU_VERSION);
		return 0;
	default:
		fputs("usage: agx-dis [OPTIONS] FILE (see agx-dis --help)\n", stderr);
		return EXIT_MISUSED;
	}
}

/* What is done with all programs of a file. */
struct work {
	const struct dis_opts *opts;
	json_t *json;	/* array, or NULL */
	u32 n_hazards;
	bool failed;
};

static void print_title(const struct dis_program *program, const char *mark)
{
	printf("%s%s%s (%zu bytes)\n", mark, program->kernel,
	       program->preamble ? ", preamble" : "", program->text.size);
}

static void say_bad(void *ctx, u64 address, int ret, const struct agx_error *err)
{
	const struct dis_program *program = ctx;
	unsigned long long at = address;

	if (ret == -ENODATA)
		dis_error("%s: 0x%llx: the code ends inside an instruction", program->file, at);
	else if (err->bit >= 0)
		dis_error("%s: 0x%llx, bit %d: %s", program->file, at, err->bit, err->text);
	else
		dis_error("%s: 0x%llx: %s", program->file, at, err->text);
}

/* All of it, or with --entry the program that begins there; false without memory. */
static bool decode(struct dis_program *program, const struct dis_opts *opts)
{
	const struct agx_disasm_opts how = {
		.one = opts->has_entry, .keep_going = opts->keep_going, .bad = say_bad,
		.ctx = program,
	};

	if (!agx_disassemble(&program->text, &how))
		return true;
	dis_error("no memory");
	return false;
}

static bool list(const struct dis_program *program, const struct dis_opts *opts)
{
	const struct agx_listing_opts how = {
		.hex = opts->hex, .offsets = opts->offsets, .keep_going = opts->keep_going,
	};

	if (!agx_list(&program->text, &how))
		return true;
	dis_error("no memory");
	return false;
}

static bool list_program(const struct dis_program *program, const struct dis_opts *opts)
{
	/* agx-as would refuse it. */
	bool hazards = dis_has_hazards(program), ok;

	if (hazards)
		puts("\t.nocheck");
	if (program->preamble)
		puts("\t.preamble");
	ok = list(program, opts);
	if (program->preamble)
		puts("\t.endpreamble");
	/* The kernel that it is the preamble of does nothing. */
	if (program->preamble && !program->kernel)
		puts("\tstop");
	if (hazards)
		puts("\t.check");
	return ok;
}

static void do_program(struct work *work, struct dis_program *program)
{
	const struct dis_opts *opts = work->opts;
	bool ok = decode(program, opts);

	if (ok && (opts->stats || opts->check || opts->json)) {
		if (program->kernel && !opts->json)
			print_title(program, "");
		ok = dis_report(program, opts, work->json, &work->n_hazards);
	} else if (ok && opts->raw) {
		if (program->kernel)
			print_title(program, "; ");
		agx_list_raw(&program->text);
	} else if (ok) {
		ok = list_program(program, opts);
	}
	work->failed |= !ok || program->text.n_bad;
	agx_disasm_free(&program->text);
}

static void do_bare(struct work *work, const char *file, const struct dis_bytes *bytes)
{
	const struct dis_opts *opts = work->opts;

	do_program(work, &(struct dis_program){
		.file = file,
		.preamble = opts->preamble,
		.n_regs = opts->n_regs,
		.n_uniforms = opts->n_uniforms,
		.text = {
			.address = opts->address + opts->entry,
			.bytes = bytes->data + opts->entry,
			.size = bytes->size - opts->entry,
		},
	});
}

static void do_kernel(struct work *work, const char *file, const struct agx_kernel *kernel)
{
	const struct dis_opts *opts = work->opts;
	bool text = !opts->raw && !opts->stats && !opts->check && !opts->json;
	struct dis_program program = {
		.file = file,
		.kernel = kernel->name,
		.n_uniforms = kernel->n_uniforms,
		.text.address = opts->address,
	};

	if (text)
		dis_kernel_header(kernel);
	if (kernel->preamble) {
		struct dis_program preamble = program;

		preamble.preamble = true;
		preamble.n_regs = kernel->preamble_regs;
		preamble.text.bytes = kernel->preamble;
		preamble.text.size = kernel->preamble_size;
		do_program(work, &preamble);
	}
	program.n_regs = kernel->n_regs;
	program.text.bytes = kernel->code;
	program.text.size = kernel->code_size;
	do_program(work, &program);
	if (text)
		puts("\t.end");
}

static void do_container(struct work *work, const char *file, const struct dis_bytes *bytes)
{
	struct agx_container container;
	struct agx_error err;
	int ret = agx_container_parse(&container, bytes->data, bytes->size, &err);
	bool found = false;

	if (ret) {
		dis_error("%s: %s", file, ret == -ENOMEM ? "no memory" : err.text);
		work->failed = true;
		return;
	}
	for (u32 i = 0; i < container.n_kernels; i++) {
		const struct agx_kernel *kernel = &container.kernel[i];

		if (work->opts->kernel && strcmp(work->opts->kernel, kernel->name))
			continue;
		found = true;
		do_kernel(work, file, kernel);
	}
	if (!found) {
		dis_error("%s: no kernel %s in it", file,
			  work->opts->kernel ? work->opts->kernel : "");
		work->failed = true;
	}
	agx_container_destroy(&container);
}

static bool is_container(const struct dis_bytes *bytes)
{
	return bytes->size >= 4 && !memcmp(bytes->data, "AGXK", 4);
}

static void do_file(struct work *work, const char *file, const struct dis_bytes *bytes)
{
	const struct dis_opts *opts = work->opts;

	if (opts->entry >= bytes->size) {
		dis_error("%s: it has %zu bytes, nothing at 0x%llx", file, bytes->size,
			  (unsigned long long)opts->entry);
		work->failed = true;
	} else if (opts->what == DIS_CDM) {
		work->failed |= !dis_cdm(bytes, opts);
	} else if (opts->what == DIS_USC) {
		work->failed |= !dis_usc(bytes, opts);
	} else if (is_container(bytes)) {
		do_container(work, file, bytes);
	} else {
		do_bare(work, file, bytes);
	}
}

static int disassemble(const char *file, const struct dis_opts *opts)
{
	struct work work = { .opts = opts };
	struct dis_bytes bytes;

	if (!dis_read(&bytes, file, opts->input))
		return EXIT_FOUND;
	if (opts->json)
		work.json = json_array();
	do_file(&work, file, &bytes);
	if (opts->json) {
		json_t *top = json_pack("{s:o}", "programs", work.json);

		json_dumpf(top, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(top);
	}
	free(bytes.data);
	return work.failed || work.n_hazards ? EXIT_FOUND : 0;
}

int main(int argc, char **argv)
{
	struct dis_opts opts = { 0 };
	int option, status;

	while ((option = getopt_long(argc, argv, "xorscja:e:kK:hV", options, NULL)) != -1) {
		status = set_option(&opts, option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return misuse("no FILE", "which one? - is standard input");
	if (optind + 1 < argc)
		return misuse(argv[optind + 1], "one FILE at a time");
	status = disassemble(argv[optind], &opts);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "agx-dis: standard output: %s\n", strerror(errno));
		return EXIT_FOUND;
	}
	return status;
}
