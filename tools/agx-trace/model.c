// SPDX-License-Identifier: MIT
#include "model.h"

#include "compute/isa/agx_dispatch.h"

/* More is what a damaged image says. */
#define PACKETS_MAX (1u << 16)	/* of a command */
#define WORDS_MAX 256u		/* of a launch */
#define PROGRAMS_MAX 4096u

__printf(2, 3) static void complain(char error[160], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, 160, format, args);
	va_end(args);
}

/* --- programs --------------------------------------------------------------------- */

/* How much of it control can reach: what the executor would decode. */
static u32 size_of(const u8 *bytes, u64 avail, u64 address)
{
	size_t size = avail < AGX_PROGRAM_MAX ? (size_t)avail : AGX_PROGRAM_MAX;
	struct agx_program program = { 0 };
	struct agx_error err;
	u32 n = 0;

	if (!agx_program_init(&program, bytes, size, address, AGX_HALVES, &err)) {
		n = program.size;
		agx_program_destroy(&program);
	}
	return n;
}

static bool add_program(struct model *model, u64 address, bool preamble, u32 regs, u32 *index)
{
	struct program *program;
	u64 avail;

	for (*index = 0; *index < model->n_programs; ++*index) {
		program = &model->program[*index];
		if (program->address == address && program->preamble == preamble &&
		    program->regs == regs)
			return true;
	}
	if (model->n_programs == PROGRAMS_MAX) {
		*index = NO_INDEX;
		return true;
	}
	program = realloc(model->program, (model->n_programs + 1) * sizeof(*program));
	if (!program)
		return false;
	model->program = program;
	program += model->n_programs++;
	*program = (struct program){ .address = address, .preamble = preamble, .regs = regs };
	program->bytes = agx_space_bytes(&model->image->space, address, &avail);
	if (program->bytes)
		program->size = size_of(program->bytes, avail, address);
	if (program->size > avail)
		program->size = (u32)avail;
	program->sum = checksum(CHECKSUM_START, program->bytes, program->size);
	return true;
}

/* --- launches ---------------------------------------------------------------------- */

static bool read_words(const struct model *model, struct launch *launch, u64 start)
{
	struct agx_usc_word *word;
	int ret = 0;

	while (!ret) {
		struct agx_error err = { .text = "" };
		u8 bytes[AGX_USC_WORD_MAX];
		u64 address = start + launch->usc.size;
		size_t n = loaded_read(model->image, address, bytes, sizeof(bytes));

		if (launch->n_words == WORDS_MAX) {
			complain(launch->error, "more than %u USC words", WORDS_MAX);
			return true;
		}
		word = realloc(launch->word, (launch->n_words + 1) * sizeof(*word));
		if (!word)
			return false;
		launch->word = word;
		word += launch->n_words;
		ret = agx_usc_next(word, bytes, n, &err);
		if (ret > 0) {
			launch->n_words++;
			ret = agx_usc_add(&launch->usc, word, &err);
		}
		if (ret < 0)
			complain(launch->error, "USC words at 0x%llx: %s",
				 (unsigned long long)address,
				 ret == -ENODATA ? "not mapped" : err.text);
	}
	return true;
}

static void read_uniforms(const struct model *model, struct launch *launch)
{
	for (u32 i = 0; i < launch->usc.n_uniforms; i++) {
		const struct agx_usc_uniform *u = &launch->usc.uniform[i];
		u16 half[64];
		size_t n = loaded_read(model->image, u->address, half, sizeof(half));

		n = n / 2 < u->count ? n / 2 : u->count;
		if (n < u->count && !launch->error[0])
			complain(launch->error, "uniforms at 0x%llx: not mapped",
				 (unsigned long long)u->address);
		for (u32 k = 0; k < n && u->start + k < AGX_UNIFORM_HALVES; k++) {
			launch->uniform[u->start + k] = half[k];
			launch->loaded[u->start + k] = true;
		}
	}
}

static void read_sizes(const struct model *model, struct launch *launch,
		       const struct agx_cdm *cdm)
{
	bool local = cdm->mode == AGX_CDM_INDIRECT_LOCAL;
	u32 size[6], wanted = local ? 24 : 12;

	memcpy(launch->global, cdm->global, sizeof(launch->global));
	memcpy(launch->local, cdm->local, sizeof(launch->local));
	launch->in_groups = cdm->mode == AGX_CDM_INDIRECT_GLOBAL;
	if (cdm->mode == AGX_CDM_DIRECT)
		return;
	launch->unsized = loaded_read(model->image, cdm->address, size, wanted) < wanted;
	if (launch->unsized)
		return;
	memcpy(launch->global, size, 12);
	if (local)
		memcpy(launch->local, size + 3, 12);
}

static bool read_programs(struct model *model, struct launch *launch, const struct agx_cdm *cdm)
{
	u64 base = model->image->submit.usc_base;

	if ((launch->usc.seen >> AGX_USC_SHADER & 1) &&
	    !add_program(model, base + launch->usc.shader, false, launch->usc.regs, &launch->main))
		return false;
	return !launch->usc.has_preamble ||
	       add_program(model, base + launch->usc.preamble, true, cdm->preshader_regs,
			   &launch->preamble);
}

static struct launch *read_launch(struct model *model, const struct agx_cdm *cdm)
{
	struct launch *launch = calloc(1, sizeof(*launch));

	if (!launch)
		return NULL;
	launch->main = launch->preamble = NO_INDEX;
	read_sizes(model, launch, cdm);
	if (!read_words(model, launch, model->image->submit.usc_base + cdm->usc)) {
		free(launch->word);
		free(launch);
		return NULL;
	}
	read_uniforms(model, launch);
	if (!read_programs(model, launch, cdm)) {
		free(launch->word);
		free(launch);
		return NULL;
	}
	return launch;
}

/* --- control streams --------------------------------------------------------------- */

/* Where the walk through a stream is. */
struct cursor {
	u64 address, end, back;
	u32 n_links;
};

/* Where the packet leads: false at the end, or with an error. */
static bool follow(struct cursor *cursor, const struct agx_cdm *cdm, char error[160])
{
	bool returns = cdm->type == AGX_CDM_RETURN ||
		       (cdm->type == AGX_CDM_BARRIER && cdm->flags & AGX_CDM_BARRIER_RETURNS);

	if (cdm->type == AGX_CDM_TERMINATE)
		return false;
	if (cdm->type == AGX_CDM_LINK) {
		if (++cursor->n_links > AGX_LINKS_MAX)
			complain(error, "more than %u links", AGX_LINKS_MAX);
		else if (cdm->with_return && cursor->back)
			complain(error, "a link with return inside of another one");
		if (cdm->with_return)
			cursor->back = cursor->address + cdm->size;
		cursor->address = cdm->address;
		cursor->end = 0;
	} else if (returns) {
		if (!cursor->back)
			complain(error, "a return, and no link with return leads there");
		cursor->address = cursor->back;
		cursor->back = 0;
	} else {
		cursor->address += cdm->size;
	}
	return !error[0];
}

static bool read_packet(const struct model *model, struct cursor *cursor, struct agx_cdm *cdm,
			char error[160])
{
	struct agx_error err = { .text = "" };
	u8 bytes[AGX_CDM_MAX];
	size_t n;
	int ret;

	if (cursor->end && cursor->address >= cursor->end) {
		complain(error, "the stream ends at 0x%llx and does not terminate",
			 (unsigned long long)cursor->end);
		return false;
	}
	n = loaded_read(model->image, cursor->address, bytes, sizeof(bytes));
	if (cursor->end && n > cursor->end - cursor->address)
		n = (size_t)(cursor->end - cursor->address);
	ret = agx_cdm_parse(cdm, bytes, n, model->image->submit.g14x, &err);
	if (ret < 0)
		complain(error, "packet at 0x%llx: %s", (unsigned long long)cursor->address,
			 ret == -ENODATA ? "not mapped, or cut off" : err.text);
	return ret > 0;
}

static struct packet *add_packet(struct command *command)
{
	u32 room = command->room ? 2 * command->room : 64;
	struct packet *packet;

	if (command->n == command->room) {
		packet = realloc(command->packet, room * sizeof(*packet));
		if (!packet)
			return NULL;
		command->packet = packet;
		command->room = room;
	}
	return &command->packet[command->n];
}

static bool read_command(struct model *model, struct command *command)
{
	struct cursor cursor = { .address = command->stream, .end = command->end };
	struct packet *packet;
	bool more = true;

	while (more) {
		packet = add_packet(command);
		if (!packet)
			return false;
		*packet = (struct packet){ .address = cursor.address };
		if (!read_packet(model, &cursor, &packet->cdm, command->error))
			return true;
		if (packet->cdm.type == AGX_CDM_LAUNCH) {
			packet->launch = read_launch(model, &packet->cdm);
			if (!packet->launch)
				return false;
			command->n_launches++;
		}
		command->n++;
		more = follow(&cursor, &packet->cdm, command->error);
		if (more && command->n == PACKETS_MAX) {
			complain(command->error, "more than %u packets", PACKETS_MAX);
			more = false;
		}
	}
	return true;
}

/* --- all of it --------------------------------------------------------------------- */

int model_init(struct model *model, const struct loaded *image)
{
	const struct agx_image_submit *submit = &image->submit;

	*model = (struct model){ .image = image };
	model->command = calloc(submit->n_commands + 1, sizeof(*model->command));
	if (!model->command)
		return fail("out of memory");
	for (size_t i = 0; i < submit->n_commands; i++) {
		model->command[i].stream = submit->command[i].stream;
		model->command[i].end = submit->command[i].end;
		model->n_commands++;
		if (!read_command(model, &model->command[i]))
			return fail("out of memory");
	}
	return 0;
}

void model_free(struct model *model)
{
	for (u32 i = 0; i < model->n_commands; i++) {
		struct command *command = &model->command[i];

		for (u32 k = 0; k < command->n; k++) {
			if (command->packet[k].launch)
				free(command->packet[k].launch->word);
			free(command->packet[k].launch);
		}
		free(command->packet);
	}
	free(model->command);
	free(model->program);
}
