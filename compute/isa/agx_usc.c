// SPDX-License-Identifier: MIT
/*
 * USC words: strings of bytes, the first of which says what the word is.
 */
#include "agx_cdm.h"

#include "agx_packet.h"
#include "agx_table.h"

#define WORD struct agx_usc_word
#define TAG AGX_NUMBER(WORD, tag, 0, 8, 0)

static const struct agx_packet_field uniform_fields[] = {
	TAG,
	AGX_NUMBER(WORD, start, 8, 8, 0),
	AGX_GROUPS(WORD, count, 20, 6, 1),
	AGX_NUMBER(WORD, address, 26, 38, 2),
};

/* Of textures and samplers. */
static const struct agx_packet_field states_fields[] = {
	TAG,
	AGX_NUMBER(WORD, start, 8, 8, 0),
	AGX_NUMBER(WORD, count, 20, 7, 0),
	AGX_NUMBER(WORD, address, 27, 36, 3),
};

static const struct agx_packet_field shared_fields[] = {
	TAG,
	AGX_NUMBER(WORD, uses_shared, 8, 1, 0),
	AGX_NUMBER(WORD, layout, 10, 6, 0),
	AGX_NUMBER(WORD, samples, 16, 2, 0),
	AGX_NUMBER(WORD, stride, 20, 4, 3),
	AGX_GROUPS(WORD, bytes, 24, 8, 256),
};

static const struct agx_packet_field shader_fields[] = {
	TAG,
	AGX_NUMBER(WORD, varyings, 8, 1, 0),
	AGX_NUMBER(WORD, unk1, 9, 1, 0),
	AGX_NUMBER(WORD, unk2, 10, 6, 0),
	AGX_NUMBER(WORD, address, 16, 32, 0),
};

static const struct agx_packet_field registers_fields[] = {
	TAG,
	AGX_GROUPS(WORD, regs, 8, 5, 8),
	AGX_NUMBER(WORD, unk1, 13, 1, 0),
	AGX_NUMBER(WORD, spill, 18, 4, 0),
	AGX_NUMBER(WORD, unk4, 24, 8, 0),
};

static const struct agx_packet_field fragment_fields[] = {
	TAG,
	AGX_NUMBER(WORD, properties, 8, 24, 0),
};

static const struct agx_packet_field no_preshader_fields[] = {
	TAG,
};

static const struct agx_packet_field preshader_fields[] = {
	TAG,
	AGX_EXACT(8, 24, 0xc08000),
	AGX_NUMBER(WORD, address, 32, 32, 0),
};

#define HIGH 256u	/* the half that uniform words of the other tag start to count at */

static const struct usc_form {
	u8 tag;
	enum agx_usc_type type;
	u32 high;	/* HIGH, or 0 */
	struct agx_packet_part part;
} forms[] = {
	{ 0x1d, AGX_USC_UNIFORM, 0, AGX_PART("uniform", 8, uniform_fields) },
	{ 0x3d, AGX_USC_UNIFORM, HIGH, AGX_PART("uniform", 8, uniform_fields) },
	{ 0xdd, AGX_USC_TEXTURE, 0, AGX_PART("texture", 8, states_fields) },
	{ 0x9d, AGX_USC_SAMPLER, 0, AGX_PART("sampler", 8, states_fields) },
	{ 0x4d, AGX_USC_SHARED, 0, AGX_PART("shared", 4, shared_fields) },
	{ 0x0d, AGX_USC_SHADER, 0, AGX_PART("shader", 6, shader_fields) },
	{ 0x8d, AGX_USC_REGISTERS, 0, AGX_PART("registers", 4, registers_fields) },
	{ 0x58, AGX_USC_FRAGMENT, 0, AGX_PART("fragment properties", 4, fragment_fields) },
	{ 0x88, AGX_USC_NO_PRESHADER, 0, AGX_PART("no preshader", 2, no_preshader_fields) },
	{ 0x38, AGX_USC_PRESHADER, 0, AGX_PART("preshader", 8, preshader_fields) },
};

int agx_usc_next(struct agx_usc_word *word, const void *words, size_t size,
		 struct agx_error *err)
{
	struct agx_usc_word found = { 0 };
	const u8 *bytes = words;
	const struct usc_form *form = NULL;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(forms) && size; i++)
		if (forms[i].tag == bytes[0])
			form = &forms[i];
	if (size && !form) {
		agx_error_set(err, 0, -1, "no USC word starts with 0x%02x", bytes[0]);
		return -EINVAL;
	}
	if (!form || size < form->part.size) {
		agx_error_set(err, -1, -1, "a USC word is cut: only %zu bytes of it are there", size);
		return -ENODATA;
	}
	ret = agx_packet_get(&form->part, bytes, &found, 0, err);
	if (ret)
		return ret;
	found.type = form->type;
	found.size = form->part.size;
	found.start += form->high;
	*word = found;
	return (int)found.size;
}

static u32 high_of(const struct agx_usc_word *word)
{
	return word->type == AGX_USC_UNIFORM && word->start >= HIGH ? HIGH : 0;
}

static const struct usc_form *find_form(const struct agx_usc_word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].type == word->type && forms[i].high == high_of(word))
			return &forms[i];
	return NULL;
}

int agx_usc_put(const struct agx_usc_word *word, void *words, struct agx_error *err)
{
	const struct usc_form *form = find_form(word);
	struct agx_usc_word low = *word;
	int ret;

	if (!form) {
		agx_error_set(err, -1, -1, "there is no USC word of type %u", (u32)word->type);
		return -EINVAL;
	}
	if (word->type == AGX_USC_UNIFORM && !word->count) {
		agx_error_set(err, -1, -1, "uniform: no halves");
		return -EINVAL;
	}
	low.tag = form->tag;
	low.start -= form->high;
	ret = agx_packet_put(&form->part, &low, words, err);
	return ret ? ret : (int)form->part.size;
}

static int print_shared(char *text, size_t size, const struct agx_usc_word *word)
{
	char bytes[24] = "", layout[24] = "", tile[48] = "";

	/* Where none is used, Mesa writes the most there is. */
	if (word->uses_shared || word->bytes != AGX_USC_SHARED_MAX)
		snprintf(bytes, sizeof(bytes), "%s%u bytes", word->uses_shared ? "" : ", ",
			 word->bytes);
	if (word->layout != AGX_USC_LAYOUT_COMPUTE)
		snprintf(layout, sizeof(layout), ", layout 0x%x", word->layout);
	if (word->samples || word->stride)
		snprintf(tile, sizeof(tile), ", samples %u, stride %u", 1u << word->samples,
			 word->stride);
	return snprintf(text, size, "shared      %s%s%s%s", word->uses_shared ? "" : "none",
			bytes, layout, tile);
}

static int print_registers(char *text, size_t size, const struct agx_usc_word *word)
{
	char spill[24] = "", unk[24] = "";

	if (word->spill)
		snprintf(spill, sizeof(spill), ", spill %u", word->spill);
	if (word->unk4 != 1)
		snprintf(unk, sizeof(unk), ", unk4 %u", word->unk4);
	return snprintf(text, size, "registers   %u%s%s%s", word->regs, spill,
			word->unk1 ? ", unk1" : "", unk);
}

static int print_shader(char *text, size_t size, const struct agx_usc_word *word)
{
	char unk[24] = "";

	if (word->unk2 != AGX_USC_UNK2_COMPUTE)
		snprintf(unk, sizeof(unk), ", unk2 %u", word->unk2);
	return snprintf(text, size, "shader      0x%llx%s%s%s",
			(unsigned long long)word->address,
			word->varyings ? ", loads varyings" : "",
			word->unk1 ? ", unk1" : "", unk);
}

int agx_usc_print(char *text, size_t size, const struct agx_usc_word *word)
{
	unsigned long long address = word->address;

	switch (word->type) {
	case AGX_USC_UNIFORM:
		return snprintf(text, size, "uniform     u%u%c x %u, 0x%llx", word->start / 2,
				word->start & 1 ? 'h' : 'l', word->count, address);
	case AGX_USC_TEXTURE:
		return snprintf(text, size, "texture     ts%u x %u, 0x%llx", word->start,
				word->count, address);
	case AGX_USC_SAMPLER:
		return snprintf(text, size, "sampler     ss%u x %u, 0x%llx", word->start,
				word->count, address);
	case AGX_USC_SHARED:
		return print_shared(text, size, word);
	case AGX_USC_SHADER:
		return print_shader(text, size, word);
	case AGX_USC_REGISTERS:
		return print_registers(text, size, word);
	case AGX_USC_FRAGMENT:
		return snprintf(text, size, "fragment    0x%06x", word->properties);
	case AGX_USC_NO_PRESHADER:
		return snprintf(text, size, "no preshader");
	case AGX_USC_PRESHADER:
		return snprintf(text, size, "preshader   0x%llx", address);
	}
	return snprintf(text, size, "USC word of type %u", (u32)word->type);
}

/* --- all words of a launch ------------------------------------------------ */

static int add_uniform(struct agx_usc *usc, const struct agx_usc_word *word,
		       struct agx_error *err)
{
	struct agx_usc_uniform *u = &usc->uniform[usc->n_uniforms];

	if (usc->n_uniforms == AGX_USC_MAX_UNIFORMS) {
		agx_error_set(err, -1, -1, "more than %u uniform words", AGX_USC_MAX_UNIFORMS);
		return -EINVAL;
	}
	if (word->start + word->count > AGX_UNIFORM_HALVES) {
		agx_error_set(err, -1, -1, "uniform: %u halves from u%u%c on reach behind u255h",
			      word->count, word->start / 2, word->start & 1 ? 'h' : 'l');
		return -EINVAL;
	}
	u->start = (u16)word->start;
	u->count = (u16)word->count;
	u->address = word->address;
	usc->n_uniforms++;
	return 0;
}

/* Words of which a launch has one at most. */
#define ONCE (1u << AGX_USC_SHARED | 1u << AGX_USC_SHADER | 1u << AGX_USC_REGISTERS)
#define NEEDED (1u << AGX_USC_SHADER | 1u << AGX_USC_REGISTERS)

static int check_order(const struct agx_usc *usc, const struct agx_usc_word *word,
		       struct agx_error *err)
{
	bool last = word->type == AGX_USC_NO_PRESHADER || word->type == AGX_USC_PRESHADER;
	u32 missing = NEEDED & ~usc->seen;

	if (usc->seen & ONCE & 1u << word->type) {
		agx_error_set(err, -1, -1, "a second %s word", find_form(word)->part.name);
		return -EINVAL;
	}
	if (word->type == AGX_USC_FRAGMENT) {
		agx_error_set(err, -1, -1, "fragment properties, but the launch is one of compute");
		return -EINVAL;
	}
	if (last && missing) {
		agx_error_set(err, -1, -1, "the words end and there is no %s word",
			      missing & 1u << AGX_USC_SHADER ? "shader" : "registers");
		return -EINVAL;
	}
	return 0;
}

int agx_usc_add(struct agx_usc *usc, const struct agx_usc_word *word, struct agx_error *err)
{
	int ret = check_order(usc, word, err);

	if (ret)
		return ret;
	switch (word->type) {
	case AGX_USC_UNIFORM:
		ret = add_uniform(usc, word, err);
		break;
	case AGX_USC_TEXTURE:
		usc->n_textures++;
		break;
	case AGX_USC_SAMPLER:
		usc->n_samplers++;
		break;
	case AGX_USC_SHARED:
		usc->uses_shared = word->uses_shared;
		usc->shared_size = word->uses_shared ? word->bytes : 0;
		break;
	case AGX_USC_SHADER:
		usc->shader = (u32)word->address;
		break;
	case AGX_USC_REGISTERS:
		usc->regs = word->regs;
		usc->spill = word->spill;
		usc->unk4 = word->unk4;
		break;
	case AGX_USC_PRESHADER:
		usc->has_preamble = true;
		usc->preamble = (u32)word->address;
		ret = 1;
		break;
	default:
		ret = 1;
	}
	if (ret >= 0) {
		usc->seen |= 1u << word->type;
		usc->size += word->size;
	}
	return ret;
}

/* What is wrong with a word, with the place of the word in front. */
static void place_error(struct agx_error *err, u32 offset)
{
	char text[sizeof(err->text)];

	if (!err)
		return;
	memcpy(text, err->text, sizeof(text));
	snprintf(err->text, sizeof(err->text), "byte %u: %.128s", offset, text);
	if (err->bit >= 0)
		err->bit += 8 * (int)offset;
}

int agx_usc_parse(struct agx_usc *usc, const void *words, size_t size,
		  struct agx_error *err)
{
	struct agx_usc_word word;
	int ret = 0;

	memset(usc, 0, sizeof(*usc));
	while (!ret) {
		ret = agx_usc_next(&word, (const u8 *)words + usc->size, size - usc->size, err);
		if (ret > 0)
			ret = agx_usc_add(usc, &word, err);
	}
	if (ret < 0)
		place_error(err, usc->size);
	return ret < 0 ? ret : 0;
}

/* The index'th word, as Mesa orders them: false behind the last. */
static bool word_at(const struct agx_usc *usc, u32 index, struct agx_usc_word *word)
{
	const struct agx_usc_uniform *u;

	memset(word, 0, sizeof(*word));
	if (index < usc->n_uniforms) {
		u = &usc->uniform[index];
		word->type = AGX_USC_UNIFORM;
		word->start = u->start;
		word->count = u->count;
		word->address = u->address;
		return true;
	}
	switch (index - usc->n_uniforms) {
	case 0:
		word->type = AGX_USC_SHARED;
		word->uses_shared = usc->uses_shared;
		word->layout = AGX_USC_LAYOUT_COMPUTE;
		word->bytes = usc->uses_shared ? usc->shared_size : AGX_USC_SHARED_MAX;
		return true;
	case 1:
		word->type = AGX_USC_SHADER;
		word->unk2 = AGX_USC_UNK2_COMPUTE;
		word->address = usc->shader;
		return true;
	case 2:
		word->type = AGX_USC_REGISTERS;
		word->regs = usc->regs;
		word->spill = usc->spill;
		word->unk4 = usc->unk4;
		return true;
	case 3:
		word->type = usc->has_preamble ? AGX_USC_PRESHADER : AGX_USC_NO_PRESHADER;
		word->address = usc->preamble;
		return true;
	}
	return false;
}

int agx_usc_build(const struct agx_usc *usc, void *words, size_t size,
		  struct agx_error *err)
{
	u8 bytes[AGX_USC_WORD_MAX];
	struct agx_usc_word word;
	u32 done = 0;
	int ret;

	if (usc->n_uniforms > AGX_USC_MAX_UNIFORMS || usc->n_textures || usc->n_samplers) {
		agx_error_set(err, -1, -1,
			      "%u uniform, %u texture, %u sampler words: at most %u, 0, 0",
			      usc->n_uniforms, usc->n_textures, usc->n_samplers,
			      AGX_USC_MAX_UNIFORMS);
		return -EINVAL;
	}
	for (u32 i = 0; word_at(usc, i, &word); i++) {
		ret = agx_usc_put(&word, bytes, err);
		if (ret < 0)
			return ret;
		if (size - done < (size_t)ret) {
			agx_error_set(err, -1, -1, "no room for the USC words in %zu bytes", size);
			return -ENOSPC;
		}
		memcpy((u8 *)words + done, bytes, (size_t)ret);
		done += (u32)ret;
	}
	return (int)done;
}
