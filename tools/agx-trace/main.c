// SPDX-License-Identifier: MIT
/* agx-trace: submissions to the asahi driver, recorded, printed, replayed, compared. */
#include "trace.h"

static const char help[] =
"usage: agx-trace record [-o DIR] [--first N] [--count N] [--] PROGRAM [ARGS]\n"
"       agx-trace print [-d] [--json] IMAGE...\n"
"       agx-trace replay [--device WHERE] [--dump ADDRESS:TYPE:N] IMAGE\n"
"       agx-trace diff A B\n"
"\n"
"Compute submissions that programs make to an asahi DRM device, Apple's GPU or the\n"
"software one, with the memory that they find.\n"
"\n"
"record runs PROGRAM and writes an image of each submission:\n"
"  -o, --output DIR     where to: DIR/0000.agximage and so on (agx-trace.out)\n"
"      --first N        from this submission on, counted from 0\n"
"      --count N        so many\n"
"      --wait SECONDS   for what comes before a submission (10)\n"
"\n"
"print decodes images:\n"
"  -d, --disassemble    programs, too\n"
"      --json           as one JSON document\n"
"\n"
"replay executes an image and says which bytes changed:\n"
"      --device WHERE   emu: in this process (default); a render node: on it; soft: on\n"
"                       the software GPU's\n"
"      --dump ADDRESS:TYPE:N\n"
"                       then print N numbers; TYPE: i8 to i64, u8 to u64, x8 to x64\n"
"                       (hexadecimal), f16, f32\n"
"  -t, --threads N      emu: of the host (all processors)\n"
"      --timeout SECONDS\n"
"                       on a device (30)\n"
"      --json           results as one JSON document\n"
"\n"
"diff compares two images, or two folders of images one by one.\n"
"\n"
"  -h, --help, --version\n"
"\n"
"Exit status: 0 done, or the same; 1 it failed, or they differ; 2 wrong command line.\n"
"record's is the program's.\n";

static int run(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "record", trace_record }, { "print", trace_print },
		{ "replay", trace_replay }, { "diff", trace_diff },
	};

	if (argc < 2)
		return misuse("which command?  record, print, replay, diff");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("agx-trace " MUTSU_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	return misuse("%s: no such command; record, print, replay, diff", argv[1]);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) || ferror(stdout))
		status = fail("standard output: %s", strerror(errno));
	return status;
}
