// SPDX-License-Identifier: MIT
/* agx-trace print: submissions for people; print_json.c has them for programs. */
#include "print.h"

#include <getopt.h>

#include "tools/agx/disasm.h"

#define TEXT_MAX 512
#define VALUES_PER_LINE 8u

/* --- mappings --------------------------------------------------------------------- */

static void print_mappings(const struct loaded *image)
{
	const struct agx_image_submit *submit = &image->submit;
	u64 bytes = 0;

	if (!submit->n_mappings) {
		for (size_t i = 0; i < image->space.n; i++)
			printf("  %12llx  %10llx bytes\n",
			       (unsigned long long)image->space.range[i].address,
			       (unsigned long long)image->space.range[i].size);
		return;
	}
	for (size_t i = 0; i < submit->n_mappings; i++)
		bytes += submit->mapping[i].size;
	printf("mappings: %zu, %llu KiB\n", submit->n_mappings, (unsigned long long)(bytes >> 10));
	for (size_t i = 0; i < submit->n_mappings; i++) {
		const struct agx_image_mapping *m = &submit->mapping[i];

		printf("  %12llx  %10llx bytes  %c%c  buffer %u+%llx%s\n",
		       (unsigned long long)m->address, (unsigned long long)m->size,
		       m->flags & 2 ? 'r' : '-', m->flags & 4 ? 'w' : '-', m->object,
		       (unsigned long long)m->offset, m->flags & 8 ? "  one page repeated" : "");
	}
}

/* --- launches ----------------------------------------------------------------------- */

static void print_grid(const struct launch *launch, const struct agx_cdm *cdm)
{
	const u32 *g = launch->global, *l = launch->local;

	if (launch->unsized) {
		printf("      grid: at 0x%llx, where nothing is mapped\n",
		       (unsigned long long)cdm->address);
		return;
	}
	printf("      grid: %u x %u x %u %s of %u x %u x %u%s\n", g[0], g[1], g[2],
	       launch->in_groups ? "threadgroups" : "threads, threadgroups", l[0], l[1], l[2],
	       cdm->mode == AGX_CDM_DIRECT ? "" : ", as memory has it before the submission");
}

static void print_words(const struct launch *launch)
{
	char text[TEXT_MAX];

	for (u32 i = 0; i < launch->n_words; i++) {
		agx_usc_print(text, sizeof(text), &launch->word[i]);
		printf("      usc: %s\n", text);
	}
}

/* Words in hexadecimal, eight to a line that says the first one's number. */
static void print_uniforms(const struct launch *launch)
{
	u32 n = 0;

	for (u32 i = 0; i < AGX_UNIFORM_HALVES / 2; i++) {
		bool low = launch->loaded[2 * i], high = launch->loaded[2 * i + 1];

		if (!low && !high) {
			if (n)
				putchar('\n');
			n = 0;
			continue;
		}
		if (n == VALUES_PER_LINE) {
			putchar('\n');
			n = 0;
		}
		if (!n++)
			printf("      u%-3u:", i);
		/* Half of a word may be nobody's. */
		fputs(" ", stdout);
		printf(high ? "%04x" : "....", launch->uniform[2 * i + 1]);
		printf(low ? "%04x" : "....", launch->uniform[2 * i]);
	}
	if (n)
		putchar('\n');
}

static void print_program(const struct model *model, const char *what, u32 index)
{
	const struct program *program = &model->program[index];

	if (index == NO_INDEX)
		return;
	if (!program->size)
		printf("      %s: %u at 0x%llx: %s\n", what, index,
		       (unsigned long long)program->address,
		       program->bytes ? "no program" : "nothing is mapped");
	else
		printf("      %s: %u at 0x%llx, %u bytes, %u register halves, checksum %016llx\n",
		       what, index, (unsigned long long)program->address, program->size,
		       program->regs, (unsigned long long)program->sum);
}

static void print_launch(const struct model *model, const struct packet *packet)
{
	const struct launch *launch = packet->launch;

	print_grid(launch, &packet->cdm);
	print_words(launch);
	print_uniforms(launch);
	print_program(model, "preamble", launch->preamble);
	print_program(model, "program", launch->main);
	if (launch->error[0])
		printf("      error: %s\n", launch->error);
}

static void print_command(const struct model *model, u32 index)
{
	const struct command *command = &model->command[index];
	char text[TEXT_MAX];

	printf("command %u: stream at 0x%llx, %u packets, %u launches\n", index,
	       (unsigned long long)command->stream, command->n, command->n_launches);
	for (u32 i = 0; i < command->n; i++) {
		agx_cdm_print(text, sizeof(text), &command->packet[i].cdm);
		printf("  %10llx: %s\n", (unsigned long long)command->packet[i].address, text);
		if (command->packet[i].launch)
			print_launch(model, &command->packet[i]);
	}
	if (command->error[0])
		printf("  error: %s\n", command->error);
}

/* --- programs ---------------------------------------------------------------------- */

static int list_program(const struct model *model, u32 index)
{
	const struct program *program = &model->program[index];
	const struct agx_disasm_opts how = { .keep_going = true };
	const struct agx_listing_opts list = { .hex = true, .keep_going = true };
	struct agx_disasm text = {
		.address = program->address, .bytes = program->bytes, .size = program->size,
	};
	int ret;

	if (!program->size)
		return 0;
	printf("%s %u at 0x%llx:\n", program->preamble ? "preamble" : "program", index,
	       (unsigned long long)program->address);
	ret = agx_disassemble(&text, &how);
	if (!ret)
		ret = agx_list(&text, &list);
	agx_disasm_free(&text);
	return ret ? fail("out of memory") : 0;
}

static int list_programs(const struct model *model)
{
	int status = 0;

	for (u32 i = 0; i < model->n_programs && !status; i++)
		status = list_program(model, i);
	return status;
}

/* --- images ------------------------------------------------------------------------- */

const char *chip_name(u32 chip_id)
{
	static const struct {
		u32 id;
		const char *name;
	} chips[] = {
		{ 0x8103, "M1" }, { 0x6000, "M1 Pro" }, { 0x6001, "M1 Max" },
		{ 0x6002, "M1 Ultra" }, { 0x8112, "M2" }, { 0x6020, "M2 Pro" },
		{ 0x6021, "M2 Max" }, { 0x6022, "M2 Ultra" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(chips); i++) {
		if (chips[i].id == chip_id)
			return chips[i].name;
	}
	return "unknown chip";
}

static void print_head(const struct loaded *image)
{
	const struct agx_image_submit *submit = &image->submit;
	u32 variant = submit->variant;

	printf("%s\n", image->file);
	if (!submit->known) {
		printf("memory alone: the image does not say what was submitted\n");
		return;
	}
	printf("chip: %x (%s), G%u%c, %u clusters%s\n", submit->chip_id,
	       chip_name(submit->chip_id), submit->generation,
	       variant > ' ' && variant < 0x7f ? (int)variant : '?', submit->clusters,
	       submit->soft_faults ? ", soft faults" : "");
	printf("submission: %llu of its queue, %zu compute commands, %u others; USC base 0x%llx\n",
	       (unsigned long long)submit->seqno, submit->n_commands, submit->n_others,
	       (unsigned long long)submit->usc_base);
}

static bool has_errors(const struct model *model)
{
	for (u32 i = 0; i < model->n_commands; i++) {
		const struct command *command = &model->command[i];

		if (command->error[0])
			return true;
		for (u32 k = 0; k < command->n; k++) {
			if (command->packet[k].launch && command->packet[k].launch->error[0])
				return true;
		}
	}
	return false;
}

static int print_image(const struct loaded *image, const struct model *model, bool disassemble)
{
	print_head(image);
	print_mappings(image);
	for (u32 i = 0; i < model->n_commands; i++)
		print_command(model, i);
	return disassemble ? list_programs(model) : 0;
}

static int do_image(const char *file, const struct print_opts *opts)
{
	struct loaded image;
	struct model model = { .image = NULL };
	int status = loaded_open(&image, file);

	if (!status)
		status = model_init(&model, &image);
	if (!status && opts->json)
		status = print_json(opts->json, &image, &model, opts->disassemble);
	else if (!status)
		status = print_image(&image, &model, opts->disassemble);
	if (!status && has_errors(&model))
		status = EXIT_FAILED;
	model_free(&model);
	loaded_free(&image);
	return status;
}

static int do_images(char **file, int n, const struct print_opts *opts)
{
	int status = EXIT_DONE;

	for (int i = 0; i < n; i++) {
		if (i && !opts->json)
			putchar('\n');
		if (do_image(file[i], opts))
			status = EXIT_FAILED;
	}
	if (opts->json) {
		json_dumpf(opts->json, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(opts->json);
	}
	return status;
}

int trace_print(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "disassemble", no_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct print_opts opts = { 0 };
	bool json = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":d", longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(c, argv);
		opts.disassemble |= c == 'd';
		json |= c == 'j';
	}
	if (optind == argc)
		return misuse("which image?");
	opts.json = json ? json_array() : NULL;
	return do_images(argv + optind, argc - optind, &opts);
}
