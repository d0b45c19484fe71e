// SPDX-License-Identifier: MIT
#include "print.h"

#include "tools/agx/disasm.h"

static json_t *number(u64 value)
{
	return json_integer((json_int_t)value);
}

/* Bytes as hexadecimal digits. */
static json_t *digits(const u8 *bytes, size_t n)
{
	char *text = malloc(2 * n + 1);
	json_t *value;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	text[2 * n] = '\0';
	value = json_string(text);
	free(text);
	return value;
}

static json_t *checksum_text(u64 sum)
{
	char text[20];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)sum);
	return json_string(text);
}

static json_t *triple(const u32 value[3])
{
	return json_pack("[I,I,I]", (json_int_t)value[0], (json_int_t)value[1],
			 (json_int_t)value[2]);
}

static json_t *index_or_null(u32 index)
{
	return index == NO_INDEX ? json_null() : number(index);
}

static json_t *mappings(const struct agx_image_submit *submit)
{
	json_t *list = json_array();

	for (size_t i = 0; i < submit->n_mappings; i++) {
		const struct agx_image_mapping *m = &submit->mapping[i];

		json_array_append_new(list, json_pack(
			"{s:I,s:I,s:b,s:b,s:b,s:I,s:I}", "address", (json_int_t)m->address,
			"size", (json_int_t)m->size, "read", !!(m->flags & 2), "write",
			!!(m->flags & 4), "single_page", !!(m->flags & 8), "buffer",
			(json_int_t)m->object, "offset", (json_int_t)m->offset));
	}
	return list;
}

/* --- launches ---------------------------------------------------------------------- */

static json_t *usc_words(const struct launch *launch)
{
	json_t *list = json_array();
	char text[512];

	for (u32 i = 0; i < launch->n_words; i++) {
		agx_usc_print(text, sizeof(text), &launch->word[i]);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

/* Pieces that are loaded without a gap: the first half, and halves. */
static json_t *uniforms(const struct launch *launch)
{
	json_t *list = json_array(), *values = NULL;

	for (u32 i = 0; i < AGX_UNIFORM_HALVES; i++) {
		if (!launch->loaded[i]) {
			values = NULL;
			continue;
		}
		if (!values) {
			values = json_array();
			json_array_append_new(list, json_pack("{s:I,s:o}", "half", (json_int_t)i,
							      "values", values));
		}
		json_array_append_new(values, number(launch->uniform[i]));
	}
	return list;
}

static json_t *launch_object(const struct launch *launch, const struct agx_cdm *cdm)
{
	json_t *object = json_object();

	json_object_set_new(object, "indirect", json_boolean(cdm->mode != AGX_CDM_DIRECT));
	if (launch->unsized)
		json_object_set_new(object, "grid", json_null());
	else
		json_object_set_new(object, launch->in_groups ? "threadgroups" : "grid",
				    triple(launch->global));
	json_object_set_new(object, "local", triple(launch->local));
	json_object_set_new(object, "uniform_halves", number(cdm->uniforms));
	json_object_set_new(object, "shared_bytes", number(launch->usc.shared_size));
	json_object_set_new(object, "registers", number(launch->usc.regs));
	json_object_set_new(object, "spill", number(launch->usc.spill));
	json_object_set_new(object, "program", index_or_null(launch->main));
	json_object_set_new(object, "preamble", index_or_null(launch->preamble));
	json_object_set_new(object, "usc", usc_words(launch));
	json_object_set_new(object, "uniforms", uniforms(launch));
	if (launch->error[0])
		json_object_set_new(object, "error", json_string(launch->error));
	return object;
}

static json_t *command_object(const struct command *command)
{
	json_t *packets = json_array(), *object;
	char text[512];

	for (u32 i = 0; i < command->n; i++) {
		const struct packet *packet = &command->packet[i];

		agx_cdm_print(text, sizeof(text), &packet->cdm);
		object = json_pack("{s:I,s:s}", "address", (json_int_t)packet->address, "text",
				   text);
		if (packet->launch)
			json_object_set_new(object, "launch",
					    launch_object(packet->launch, &packet->cdm));
		json_array_append_new(packets, object);
	}
	object = json_pack("{s:I,s:I,s:o}", "stream", (json_int_t)command->stream, "end",
			   (json_int_t)command->end, "packets", packets);
	if (command->error[0])
		json_object_set_new(object, "error", json_string(command->error));
	return object;
}

/* --- programs ------------------------------------------------------------------------ */

static json_t *instructions(const struct program *program)
{
	const struct agx_disasm_opts how = { .keep_going = true };
	struct agx_disasm code = {
		.address = program->address, .bytes = program->bytes, .size = program->size,
	};
	json_t *list = json_array();
	char text[AGX_TEXT_MAX];

	if (agx_disassemble(&code, &how)) {
		json_decref(list);
		list = NULL;
	}
	for (u32 i = 0; list && i < code.code.n; i++) {
		agx_print(text, sizeof(text), &code.insn[i]);
		json_array_append_new(list, json_pack("{s:I,s:s}", "offset",
						      (json_int_t)code.offset[i], "text", text));
	}
	agx_disasm_free(&code);
	return list;
}

static json_t *programs(const struct model *model, bool disassemble)
{
	json_t *list = json_array();

	for (u32 i = 0; i < model->n_programs; i++) {
		const struct program *program = &model->program[i];
		json_t *object = json_pack("{s:I,s:b,s:I,s:I}", "address",
					   (json_int_t)program->address, "preamble",
					   program->preamble, "registers",
					   (json_int_t)program->regs, "size",
					   (json_int_t)program->size);

		json_object_set_new(object, "checksum", checksum_text(program->sum));
		json_object_set_new(object, "code", digits(program->bytes, program->size));
		if (disassemble)
			json_object_set_new(object, "instructions", instructions(program));
		json_array_append_new(list, object);
	}
	return list;
}

int print_json(json_t *array, const struct loaded *image, const struct model *model,
	       bool disassemble)
{
	const struct agx_image_submit *submit = &image->submit;
	json_t *commands = json_array(), *object;

	for (u32 i = 0; i < model->n_commands; i++)
		json_array_append_new(commands, command_object(&model->command[i]));
	object = json_pack("{s:s,s:b,s:I,s:s,s:I,s:I,s:I,s:b,s:I,s:I,s:I}", "file", image->file,
			   "submission", submit->known, "chip_id", (json_int_t)submit->chip_id,
			   "chip", chip_name(submit->chip_id), "generation",
			   (json_int_t)submit->generation, "variant",
			   (json_int_t)submit->variant, "clusters", (json_int_t)submit->clusters,
			   "soft_faults", submit->soft_faults, "usc_base",
			   (json_int_t)submit->usc_base, "seqno", (json_int_t)submit->seqno,
			   "other_commands", (json_int_t)submit->n_others);
	if (!object)
		return fail("%s: out of memory, or a name that is not UTF-8", image->file);
	json_object_set_new(object, "commands", commands);
	json_object_set_new(object, "programs", programs(model, disassemble));
	json_object_set_new(object, "mappings", mappings(submit));
	json_array_append_new(array, object);
	return 0;
}
