// SPDX-License-Identifier: MIT
/*
 * CDM control stream: packets of 32-bit words, the type in the top three bits of
 * the first.  A launch is made of parts; which ones follows from its first word.
 */
#include "agx_cdm.h"

#include "agx_packet.h"
#include "agx_table.h"

#define PARTS_MAX 4

static const struct agx_packet_field launch_fields[] = {
	AGX_GROUPS(struct agx_cdm, uniforms, 1, 3, 64),
	AGX_GROUPS(struct agx_cdm, textures, 4, 5, 8),
	AGX_NUMBER(struct agx_cdm, samplers, 9, 3, 0),
	AGX_GROUPS(struct agx_cdm, preshader_regs, 12, 4, 16),
	AGX_NUMBER(struct agx_cdm, mode, 27, 2, 0),
	AGX_NUMBER(struct agx_cdm, type, 29, 3, 0),
	AGX_NUMBER(struct agx_cdm, usc, 32 + 6, 26, 6),
};

static const struct agx_packet_field g14x_fields[] = {
	AGX_EXACT(32 + 30, 1, 1),
};

static const struct agx_packet_field global_fields[] = {
	AGX_NUMBER(struct agx_cdm, global[0], 0, 32, 0),
	AGX_NUMBER(struct agx_cdm, global[1], 32, 32, 0),
	AGX_NUMBER(struct agx_cdm, global[2], 64, 32, 0),
};

static const struct agx_packet_field local_fields[] = {
	AGX_NUMBER(struct agx_cdm, local[0], 0, 32, 0),
	AGX_NUMBER(struct agx_cdm, local[1], 32, 32, 0),
	AGX_NUMBER(struct agx_cdm, local[2], 64, 32, 0),
};

static const struct agx_packet_field indirect_fields[] = {
	AGX_ADDRESS(struct agx_cdm, address, 0, 2),
};

static const struct agx_packet_field link_fields[] = {
	AGX_ADDRESS(struct agx_cdm, address, 0, 0),
	AGX_NUMBER(struct agx_cdm, with_return, 28, 1, 0),
	AGX_NUMBER(struct agx_cdm, type, 29, 3, 0),
};

static const struct agx_packet_field type_fields[] = {
	AGX_NUMBER(struct agx_cdm, type, 29, 3, 0),
};

/* Bits 21, 22, 23 and 25 have never been seen. */
#define BARRIER_FLAGS 0x0d1fffffu

static const struct agx_packet_field barrier_fields[] = {
	AGX_NUMBER(struct agx_cdm, flags, 0, 28, 0),
	AGX_NUMBER(struct agx_cdm, type, 29, 3, 0),
};

static const struct agx_packet_part launch_part = AGX_PART("launch", 8, launch_fields);
static const struct agx_packet_part g14x_part = AGX_PART("launch on G14X", 8, g14x_fields);
static const struct agx_packet_part global_part = AGX_PART("launch", 12, global_fields);
static const struct agx_packet_part indirect_part = AGX_PART("indirect launch", 8, indirect_fields);
static const struct agx_packet_part local_part = AGX_PART("launch", 12, local_fields);

/* Of packets that are one part. */
static const struct agx_packet_part packets[AGX_CDM_TYPES] = {
	[AGX_CDM_LINK] = AGX_PART("link", 8, link_fields),
	[AGX_CDM_TERMINATE] = AGX_PART("terminate", 8, type_fields),
	[AGX_CDM_BARRIER] = AGX_PART("barrier", 4, barrier_fields),
	[AGX_CDM_RETURN] = AGX_PART("return", 8, type_fields),
};

static const char *const sampler_names[] = {
	"none", "4 compact", "8 compact", "12 compact", "16 compact", NULL,
	"8 extended", "16 extended",
};

const char *agx_cdm_samplers(u32 number)
{
	return number < ARRAY_SIZE(sampler_names) ? sampler_names[number] : NULL;
}

/* What a packet of this type (and mode, g14x) consists of: number of parts. */
static u32 find_parts(const struct agx_cdm *cdm, const struct agx_packet_part **part)
{
	u32 n = 0;

	if (cdm->type != AGX_CDM_LAUNCH) {
		part[0] = &packets[cdm->type];
		return 1;
	}
	part[n++] = &launch_part;
	if (cdm->g14x)
		part[n++] = &g14x_part;
	part[n++] = cdm->mode == AGX_CDM_DIRECT ? &global_part : &indirect_part;
	if (cdm->mode != AGX_CDM_INDIRECT_LOCAL)
		part[n++] = &local_part;
	return n;
}

/* What the fields' widths allow and no packet has. */
static int check_values(const struct agx_cdm *cdm, struct agx_error *err)
{
	u32 unknown = cdm->flags & ~BARRIER_FLAGS;

	if ((u32)cdm->type >= AGX_CDM_TYPES) {
		agx_error_set(err, 29, -1, "packet type %u is not known", (u32)cdm->type);
		return -EINVAL;
	}
	if ((u32)cdm->mode >= AGX_CDM_MODES) {
		agx_error_set(err, 27, -1, "launch: mode %u is not known", (u32)cdm->mode);
		return -EINVAL;
	}
	if (!agx_cdm_samplers(cdm->samplers)) {
		agx_error_set(err, 9, -1, "launch: sampler states %u is not known", cdm->samplers);
		return -EINVAL;
	}
	if (unknown) {
		agx_error_set(err, __builtin_ctz(unknown), -1,
			      "barrier: bit %d is set, but nobody is known to set it",
			      __builtin_ctz(unknown));
		return -EINVAL;
	}
	return 0;
}

int agx_cdm_parse(struct agx_cdm *cdm, const void *words, size_t size, bool g14x,
		  struct agx_error *err)
{
	const struct agx_packet_part *part[PARTS_MAX];
	struct agx_cdm found = { 0 };
	u32 word, n;
	int ret;

	if (size < sizeof(word))
		goto no_data;
	memcpy(&word, words, sizeof(word));
	found.type = word >> 29;
	if (found.type == AGX_CDM_LAUNCH) {
		found.mode = word >> 27 & 3;
		found.g14x = g14x;
	}
	ret = check_values(&found, err);
	if (ret)
		return ret;

	n = find_parts(&found, part);
	for (u32 i = 0; i < n; i++) {
		if (size - found.size < part[i]->size)
			goto no_data;
		ret = agx_packet_get(part[i], (const u8 *)words + found.size, &found,
				     8 * found.size, err);
		if (ret)
			return ret;
		found.size += part[i]->size;
	}
	ret = check_values(&found, err);
	if (ret)
		return ret;
	*cdm = found;
	return (int)found.size;

no_data:
	agx_error_set(err, -1, -1, "a packet is cut: only %zu bytes of it are there", size);
	return -ENODATA;
}

int agx_cdm_build(const struct agx_cdm *cdm, void *words, struct agx_error *err)
{
	const struct agx_packet_part *part[PARTS_MAX];
	u32 n, size = 0;
	int ret = check_values(cdm, err);

	if (ret)
		return ret;
	n = find_parts(cdm, part);
	for (u32 i = 0; i < n; i++) {
		ret = agx_packet_put(part[i], cdm, (u8 *)words + size, err);
		if (ret)
			return ret;
		size += part[i]->size;
	}
	return (int)size;
}

/* Appends to text, which has length bytes of size; as snprintf(). */
static int __printf(4, 5) append(char *text, size_t size, int length, const char *fmt, ...)
{
	size_t at = (size_t)length < size ? (size_t)length : size;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(size ? text + at : NULL, size - at, fmt, args);
	va_end(args);
	return length + n;
}

static int print_launch(char *text, size_t size, const struct agx_cdm *cdm)
{
	const u32 *global = cdm->global, *local = cdm->local;
	const char *samplers = agx_cdm_samplers(cdm->samplers);
	int n = append(text, size, 0, "launch      ");

	if (cdm->mode == AGX_CDM_DIRECT)
		n = append(text, size, n, "threads %u %u %u, ", global[0], global[1],
			   global[2]);
	else
		n = append(text, size, n, "%s at 0x%llx, ",
			   cdm->mode == AGX_CDM_INDIRECT_GLOBAL ? "groups" : "sizes",
			   (unsigned long long)cdm->address);
	if (cdm->mode != AGX_CDM_INDIRECT_LOCAL)
		n = append(text, size, n, "local %u %u %u, ", local[0], local[1], local[2]);
	return append(text, size, n,
		      "usc 0x%x, uniforms %u, textures %u, samplers %s, preshader %u%s",
		      cdm->usc, cdm->uniforms, cdm->textures, samplers ? samplers : "?",
		      cdm->preshader_regs, cdm->g14x ? ", g14x" : "");
}

int agx_cdm_print(char *text, size_t size, const struct agx_cdm *cdm)
{
	switch (cdm->type) {
	case AGX_CDM_LAUNCH:
		return print_launch(text, size, cdm);
	case AGX_CDM_LINK:
		return append(text, size, 0, "link        0x%llx%s",
			      (unsigned long long)cdm->address,
			      cdm->with_return ? ", with return" : "");
	case AGX_CDM_TERMINATE:
		return append(text, size, 0, "terminate");
	case AGX_CDM_BARRIER:
		return append(text, size, 0, "barrier     0x%x%s%s", cdm->flags,
			      cdm->flags & AGX_CDM_BARRIER_USC_CACHE_INVAL ?
			      ", invalidates USC cache" : "",
			      cdm->flags & AGX_CDM_BARRIER_RETURNS ? ", returns" : "");
	case AGX_CDM_RETURN:
		return append(text, size, 0, "return");
	default:
		return append(text, size, 0, "packet of type %u", (u32)cdm->type);
	}
}
