// SPDX-License-Identifier: MIT
/* The command line of agx-as. */
#include "agx-as.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const formats[] = {
	[FORMAT_RAW] = "raw", [FORMAT_HEX] = "hex", [FORMAT_C] = "c", [FORMAT_KERNEL] = "kernel",
};

static int usage(FILE *f, int status)
{
	fputs("usage: agx-as [OPTIONS] FILE\n", f);
	if (status)
		return status;
	fputs("\n"
	      "Assembles FILE (-: standard input) for the GPUs of M1 and M2.\n"
	      "  -o, --output OUT     where to (-, the default: standard output)\n"
	      "  -f, --format FORMAT  raw    the code's bytes (default)\n"
	      "                       hex    bytes and text, one instruction per line\n"
	      "                       c      C source that defines struct agx_kernel\n"
	      "                       kernel a container of all kernels\n"
	      "  -k, --kernel NAME    this kernel only\n"
	      "  -p, --preamble       raw: the preamble's bytes instead of the code's\n"
	      "  -l, --listing OUT    also: offset, bytes and source line of each instruction\n"
	      "  -d, --deps OUT       also: a rule for make that names all files read\n"
	      "  -D, --define NAME[=VALUE]\n"
	      "                       as if the source began with .equ NAME, VALUE (1)\n"
	      "  -I, --include DIR    look for included files there, too\n"
	      "  -W, --warn error     warnings are errors\n"
	      "      --no-check       do not look for hazards\n"
	      "  -j, --json           messages as one JSON object per line\n"
	      "  -h, --help           this\n"
	      "  -V, --version        which version this is\n"
	      "The language is described in agx-as(1).\n", f);
	return status;
}

enum { NO_CHECK = 256 };

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' }, { "format", required_argument, NULL, 'f' },
	{ "kernel", required_argument, NULL, 'k' }, { "preamble", no_argument, NULL, 'p' },
	{ "listing", required_argument, NULL, 'l' }, { "deps", required_argument, NULL, 'd' },
	{ "define", required_argument, NULL, 'D' }, { "include", required_argument, NULL, 'I' },
	{ "warn", required_argument, NULL, 'W' }, { "no-check", no_argument, NULL, NO_CHECK },
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
};

static int set_format(struct args *args, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!strcmp(name, formats[i])) {
			args->format = (enum format)i;
			return -1;
		}
	}
	fprintf(stderr, "agx-as: --format %s: expected raw, hex, c or kernel\n", name);
	return EXIT_MISUSED;
}

static int set_option(struct args *args, int c)
{
	switch (c) {
	case 'o':
		args->out = optarg;
		return -1;
	case 'f':
		return set_format(args, optarg);
	case 'k':
		args->kernel = optarg;
		return -1;
	case 'p':
		args->preamble = true;
		return -1;
	case 'l':
		args->listing = optarg;
		return -1;
	case 'd':
		args->deps = optarg;
		return -1;
	case 'D':
		args->define[args->opts.n_defines++] = optarg;
		return -1;
	case 'I':
		args->include[args->n_include++] = optarg;
		return -1;
	case 'W':
		args->opts.werror = true;
		if (!strcmp(optarg, "error"))
			return -1;
		fprintf(stderr, "agx-as: --warn %s: expected error\n", optarg);
		return EXIT_MISUSED;
	case NO_CHECK:
		args->opts.no_checks = true;
		return -1;
	case 'j':
		args->json = true;
		return -1;
	case 'h':
		return usage(stdout, EXIT_DONE);
	case 'V':
		puts("agx-as " MUTSU_VERSION);
		return EXIT_DONE;
	default:
		return usage(stderr, EXIT_MISUSED);
	}
}

static int check(const struct args *args)
{
	const char *what = NULL;

	if (args->preamble && args->format != FORMAT_RAW)
		what = "--preamble goes with --format raw";
	else if (args->deps && !strcmp(args->out, "-"))
		what = "--deps needs --output, which the rule is for";
	else if (args->format != FORMAT_HEX && args->format != FORMAT_C &&
		 !strcmp(args->out, "-") && isatty(STDOUT_FILENO))
		what = "standard output is a terminal; -o OUT writes to a file, --format hex shows text";
	if (!what)
		return -1;
	fprintf(stderr, "agx-as: %s\n", what);
	return usage(stderr, EXIT_MISUSED);
}

int args_parse(struct args *args, int argc, char **argv)
{
	int c, status = -1;

	memset(args, 0, sizeof(*args));
	args->out = "-";
	args->define = calloc((size_t)argc + 1, sizeof(*args->define));
	args->include = calloc((size_t)argc + 1, sizeof(*args->include));
	if (!args->define || !args->include)
		return fail("out of memory");
	args->opts.defines = args->define;
	while (status < 0) {
		c = getopt_long(argc, argv, "o:f:k:pl:d:D:I:W:jhV", options, NULL);
		if (c == -1)
			break;
		status = set_option(args, c);
	}
	if (status >= 0)
		return status;
	if (argc - optind != 1) {
		fputs(argc == optind ? "agx-as: which file?\n" : "agx-as: one file at a time\n",
		      stderr);
		return usage(stderr, EXIT_MISUSED);
	}
	args->in = argv[optind];
	return check(args);
}

void args_free(struct args *args)
{
	free(args->define);
	free(args->include);
}
