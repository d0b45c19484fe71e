/* SPDX-License-Identifier: MIT */
/*
 * What a compute submission is made of: the CDM control stream (launches,
 * barriers, links) and the USC words that a launch points to (uniforms, shared
 * memory, code, registers, preamble).  Builder and parser of both.
 *
 * Bits that nobody is known to set are an error with address and bit.
 */
#ifndef COMPUTE_ISA_AGX_CDM_H
#define COMPUTE_ISA_AGX_CDM_H

#include "agx_exec.h"

enum agx_cdm_type {
	AGX_CDM_LAUNCH,
	AGX_CDM_LINK,
	AGX_CDM_TERMINATE,
	AGX_CDM_BARRIER,
	AGX_CDM_RETURN,
};

enum agx_cdm_mode {
	AGX_CDM_DIRECT,
	AGX_CDM_INDIRECT_GLOBAL,	/* 3 u32: threadgroups */
	AGX_CDM_INDIRECT_LOCAL,		/* 6 u32: threads, threads per threadgroup */
};

/* One packet; fields of other types are 0. */
struct agx_cdm {
	enum agx_cdm_type type;
	u32 size;		/* bytes in the stream */
	/* launch */
	enum agx_cdm_mode mode;
	bool g14x;		/* 8 bytes more: M2 Pro, Max, Ultra */
	u32 uniforms;		/* registers (halves) for them, a multiple of 64 */
	u32 textures;
	u32 samplers;		/* the enumeration's number */
	u32 preshader_regs;	/* halves, a multiple of 16 */
	u32 usc;		/* offset of the USC words from the USC base */
	u32 global[3];		/* direct: threads */
	u32 local[3];		/* threads per threadgroup, nominal */
	/* link: where to; launch: where an indirect one reads its sizes */
	u64 address;
	bool with_return;
	/* barrier */
	u32 flags;		/* bits 0 to 27 */
};

#define AGX_CDM_BARRIER_ALL 0xfffffu	/* what Mesa sets after every launch */

/*
 * The packet at the start of words (size bytes).  Returns its bytes; -EINVAL with
 * err, -ENODATA where size ends inside.  g14x: whether launches are longer.
 */
int agx_cdm_parse(struct agx_cdm *cdm, const void *words, size_t size, bool g14x,
		  struct agx_error *err);

/* The inverse; 0 < bytes <= AGX_CDM_MAX, or -EINVAL with err. */
#define AGX_CDM_MAX 64
int agx_cdm_build(const struct agx_cdm *cdm, void *words, struct agx_error *err);

/* One line for agx-dis --cdm; as snprintf(). */
int agx_cdm_print(char *text, size_t size, const struct agx_cdm *cdm);

#define AGX_USC_MAX_UNIFORMS 64

struct agx_usc_uniform {
	u16 start;		/* half register */
	u16 count;		/* halves, 1 to 64 */
	u64 address;		/* of the buffer; a multiple of 4 */
};

/* The USC words of one launch. */
struct agx_usc {
	u32 n_uniforms;
	struct agx_usc_uniform uniform[AGX_USC_MAX_UNIFORMS];
	u32 n_textures, n_samplers;	/* present, not interpreted */
	bool uses_shared;
	u32 shared_size;	/* bytes, a multiple of 256 */
	u32 shader;		/* code offset from the USC base */
	u32 regs;		/* halves, a multiple of 8, 8 to 256 */
	u32 spill;		/* size code */
	bool has_preamble;
	u32 preamble;		/* code offset */
	u32 size;		/* bytes of all words */
};

int agx_usc_parse(struct agx_usc *usc, const void *words, size_t size,
		  struct agx_error *err);
/* Bytes written, at most size; -ENOSPC; -EINVAL with err. */
int agx_usc_build(const struct agx_usc *usc, void *words, size_t size,
		  struct agx_error *err);
int agx_usc_print(char *text, size_t size, const struct agx_usc *usc);

#endif
