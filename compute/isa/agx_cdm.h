/* SPDX-License-Identifier: MIT */
/*
 * What a compute submission is made of: the CDM control stream (launches,
 * barriers, links) and the USC words that a launch points to (uniforms, shared
 * memory, code, registers, preamble).  Builder and parser of both.
 *
 * Bits that nobody is known to set are an error that says which bit.
 */
#ifndef COMPUTE_ISA_AGX_CDM_H
#define COMPUTE_ISA_AGX_CDM_H

#include "agx_isa.h"

/* --- control stream ------------------------------------------------------- */

enum agx_cdm_type {
	AGX_CDM_LAUNCH,
	AGX_CDM_LINK,
	AGX_CDM_TERMINATE,
	AGX_CDM_BARRIER,
	AGX_CDM_RETURN,
	AGX_CDM_TYPES,
};

enum agx_cdm_mode {
	AGX_CDM_DIRECT,
	AGX_CDM_INDIRECT_GLOBAL,	/* 3 u32: threadgroups */
	AGX_CDM_INDIRECT_LOCAL,		/* 6 u32: threads, threads per threadgroup */
	AGX_CDM_MODES,
};

/*
 * One packet; fields of other types are 0.  The counts of a launch are said in
 * groups: building rounds them up, parsing gives whole groups.
 */
struct agx_cdm {
	enum agx_cdm_type type;
	u32 size;		/* bytes in the stream */
	/* launch */
	enum agx_cdm_mode mode;
	bool g14x;		/* 8 bytes more: M2 Pro, Max, Ultra */
	u32 uniforms;		/* halves for them, in groups of 64, up to 512 */
	u32 textures;		/* in groups of 8, up to 256 */
	u32 samplers;		/* the enumeration's number: agx_cdm_samplers() */
	u32 preshader_regs;	/* halves, in groups of 16, up to 256 */
	u32 usc;		/* offset of the USC words from the USC base; 64-byte aligned */
	u32 global[3];		/* direct: threads */
	u32 local[3];		/* threads per threadgroup, nominal; not of indirect local */
	/* link: where to; launch: where an indirect one reads its sizes */
	u64 address;
	bool with_return;	/* link: a return, or a barrier that returns, comes back */
	/* barrier */
	u32 flags;		/* bits 0 to 27: AGX_CDM_BARRIER_* */
};

#define AGX_CDM_BARRIER_USC_CACHE_INVAL (1u << 3)
#define AGX_CDM_BARRIER_RETURNS (1u << 27)
#define AGX_CDM_BARRIER_ALL 0xfffffu	/* what Mesa sets after every launch */

#define AGX_CDM_MAX 64			/* no packet is longer */

/*
 * The packet at the start of words (size bytes).  Returns its bytes; -EINVAL with
 * err (may be NULL), -ENODATA where size ends inside.  g14x: whether launches are
 * longer.  cdm is written on success only.
 */
int agx_cdm_parse(struct agx_cdm *cdm, const void *words, size_t size, bool g14x,
		  struct agx_error *err);

/* The inverse; 0 < bytes <= AGX_CDM_MAX, or -EINVAL with err. */
int agx_cdm_build(const struct agx_cdm *cdm, void *words, struct agx_error *err);

/* One line, without newline; as snprintf(). */
int agx_cdm_print(char *text, size_t size, const struct agx_cdm *cdm);

/* "none", "4 compact" ...; NULL where the enumeration has no such number. */
const char *agx_cdm_samplers(u32 number);

/* --- USC words, one by one ------------------------------------------------ */

enum agx_usc_type {
	AGX_USC_UNIFORM,
	AGX_USC_TEXTURE,
	AGX_USC_SAMPLER,
	AGX_USC_SHARED,
	AGX_USC_SHADER,
	AGX_USC_REGISTERS,
	AGX_USC_FRAGMENT,	/* fragment properties: of no compute launch */
	AGX_USC_NO_PRESHADER,	/* this or the next one is the last word */
	AGX_USC_PRESHADER,
};

/* One word; fields of other types are 0. */
struct agx_usc_word {
	enum agx_usc_type type;
	u32 size;		/* bytes */
	u32 tag;		/* the first byte; agx_usc_put() finds it by itself */
	/* uniform, texture, sampler: the buffer; shader, preshader: code, from the USC base */
	u64 address;
	u32 start;		/* uniform: half; texture, sampler: state */
	u32 count;		/* uniform: halves, 1 to 64; texture, sampler: states */
	/* shared */
	bool uses_shared;
	u32 layout;		/* AGX_USC_LAYOUT_COMPUTE, or one of tile memory */
	u32 samples;		/* base 2 logarithm */
	u32 stride;		/* bytes per sample, a multiple of 8 */
	u32 bytes;		/* per threadgroup, in groups of 256, up to 65536 */
	/* shader */
	bool varyings;		/* loads them */
	/* registers */
	u32 regs;		/* halves, in groups of 8, up to 256 */
	u32 spill;		/* size code */
	/* known to be set, but not what for; named as Mesa names them */
	u32 unk1;		/* shader, registers */
	u32 unk2;		/* shader: 3 for compute, 2 for fragments */
	u32 unk4;		/* registers: 1 in applications' shaders */
	u32 properties;		/* fragment: 24 bits */
};

#define AGX_USC_LAYOUT_COMPUTE 0x24u
#define AGX_USC_UNK2_COMPUTE 3u
#define AGX_USC_SHARED_MAX 65536u

#define AGX_USC_WORD_MAX 8	/* bytes */

/*
 * The word at the start of words.  Returns its bytes; -EINVAL with err (may be
 * NULL), -ENODATA where size ends inside.  word is written on success only.
 */
int agx_usc_next(struct agx_usc_word *word, const void *words, size_t size,
		 struct agx_error *err);

/* The inverse; bytes, or -EINVAL with err.  words has AGX_USC_WORD_MAX bytes. */
int agx_usc_put(const struct agx_usc_word *word, void *words, struct agx_error *err);

/* One line, without newline; as snprintf(). */
int agx_usc_print(char *text, size_t size, const struct agx_usc_word *word);

/* --- all USC words of a launch -------------------------------------------- */

#define AGX_USC_MAX_UNIFORMS 64

struct agx_usc_uniform {
	u16 start;		/* half register */
	u16 count;		/* halves, 1 to 64 */
	u64 address;		/* of the buffer; a multiple of 4 */
};

/* The USC words of one compute launch. */
struct agx_usc {
	u32 n_uniforms;
	struct agx_usc_uniform uniform[AGX_USC_MAX_UNIFORMS];
	u32 n_textures, n_samplers;	/* words there are; not built */
	bool uses_shared;
	u32 shared_size;	/* bytes, in groups of 256, up to 65536; 0 unless used */
	u32 shader;		/* code offset from the USC base */
	u32 regs;		/* halves, in groups of 8, 8 to 256 */
	u32 spill;		/* size code */
	u32 unk4;		/* 1 in applications' shaders */
	bool has_preamble;
	u32 preamble;		/* code offset */
	u32 size;		/* bytes of all words */
	u32 seen;		/* parsed: 1 << enum agx_usc_type of words there are */
};

/*
 * Adds a word to what is known of the launch, zeroed before the first.  1: it was
 * the last word; 0; -EINVAL with err: it cannot follow the others.
 */
int agx_usc_add(struct agx_usc *usc, const struct agx_usc_word *word, struct agx_error *err);

/*
 * Reads words in any order up to the one that ends them.  0, -EINVAL with err,
 * which says at which byte, or -ENODATA where size ends before.
 */
int agx_usc_parse(struct agx_usc *usc, const void *words, size_t size,
		  struct agx_error *err);

/*
 * Writes the words of a launch in the order in which Mesa does; they belong at a
 * multiple of 64.  Returns bytes, at most size; -ENOSPC; -EINVAL with err.
 */
int agx_usc_build(const struct agx_usc *usc, void *words, size_t size,
		  struct agx_error *err);

#endif
