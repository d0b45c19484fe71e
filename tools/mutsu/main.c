// SPDX-License-Identifier: MIT
/* mutsu: finds the command and lets it do the work. */
#include "mutsu.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "output.h"
#include "runtime/include/mutsu/mutsu.h"

struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "run", "generate text", mutsu_run_command },
	{ "info", "what this computer is, and what Mutsu will use of it", mutsu_info_command },
	{ "doctor", "what is wrong with the GPU, and what a bug report needs",
	  mutsu_doctor_command },
	{ "show", "metadata and tensors of a model", mutsu_show_command },
	{ "tokenize", "text to tokens", mutsu_tokenize_command },
	{ "perplexity", "how well a model predicts a text", mutsu_perplexity_command },
	{ "bench", "how fast prompts are evaluated and tokens generated", mutsu_bench_command },
	{ "plan", "which Macs a model fits, and how fast it can be there", mutsu_plan_command },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int usage(FILE *to, int status)
{
	fputs("usage: mutsu COMMAND [ARGUMENTS]\n\n"
	      "Runs transformer models (GGUF files) on Apple Silicon machines under Linux.\n"
	      "Commands:\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-12s%s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "mutsu help COMMAND, or mutsu COMMAND --help, lists its arguments.\n"
	      "mutsu run, without a model, tells a story with the one that is built in.\n"
	      "mutsu --version says which version this is.  More is in mutsu(1).\n", to);
	return status;
}

static const struct command *find(const char *name)
{
	const char *near;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	near = args_nearest(name, &commands[0].name, N_COMMANDS, sizeof(commands[0]));
	fprintf(stderr, "mutsu: %s: no such command", name);
	if (near)
		fprintf(stderr, "; did you mean mutsu %s?", near);
	fputs("\nusage: mutsu COMMAND [ARGUMENTS] (see mutsu --help)\n", stderr);
	return NULL;
}

static int help(int argc, char **argv)
{
	char option[] = "--help", *args[] = { NULL, option, NULL };
	const struct command *command;

	if (argc < 2)
		return usage(stdout, EXIT_DONE);
	if (argc > 2) {
		fputs("mutsu help: one command at a time\nusage: mutsu help COMMAND\n", stderr);
		return EXIT_MISUSED;
	}
	command = find(argv[1]);
	if (!command)
		return EXIT_MISUSED;
	args[0] = argv[1];
	return command->run(2, args);
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return usage(stderr, EXIT_MISUSED);
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return usage(stdout, EXIT_DONE);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("mutsu %s\n", mutsu_version());
		return EXIT_DONE;
	}
	command = find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : EXIT_MISUSED;
}

int main(int argc, char **argv)
{
	if (!output_init())
		return EXIT_FAILED;
	return output_finish(dispatch(argc, argv));
}
