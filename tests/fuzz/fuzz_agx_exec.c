// SPDX-License-Identifier: MIT
/*
 * Any submission, under a step limit, runs to an end or a fault, and in slices with
 * somebody watching to the same end.
 */
#include <stdlib.h>
#include <string.h>

#include "agx_exec.h"
#include "compute/isa/agx_dispatch.h"
#include "compute/isa/agx_table.h"

#define MAX_STEPS 800
#define MAX_LAUNCHES 4

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u8 low[EXEC_SIZE] AGX_ALIGNED(64), usc[EXEC_SIZE] AGX_ALIGNED(64);
static u8 stream[EXEC_SIZE] AGX_ALIGNED(64), memory[EXEC_SIZE] AGX_ALIGNED(64);

static const struct region {
	u64 address;
	u8 *host;
	u32 prot;
} regions[] = {
	{ 0, low, AGX_MEM_READ | AGX_MEM_WRITE },
	{ EXEC_USC, usc, AGX_MEM_READ },
	{ EXEC_STREAM, stream, AGX_MEM_READ },
	{ EXEC_DATA, memory, AGX_MEM_READ | AGX_MEM_WRITE },
};

static struct agx_core *core;
static struct agx_cache *cache;

/* How a run ended. */
struct outcome {
	int ret;
	u32 launches;
	u64 steps_left;
	struct agx_fault fault;
	u8 low[EXEC_SIZE], memory[EXEC_SIZE];
};

static struct outcome outcome[2];

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		if (address - regions[i].address >= EXEC_SIZE)
			continue;
		*avail = EXEC_SIZE - (address - regions[i].address);
		*prot = regions[i].prot;
		return regions[i].host + (address - regions[i].address);
	}
	return NULL;
}

static const struct agx_memory space = { .map = map };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	core = agx_core_create(1);
	cache = agx_cache_create(1u << 22);
	expect(core && cache);
	return 0;
}

/* --- a submission ------------------------------------------------------------------ */

static bool is_jump(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_JMP_ANY || insn->op == AGX_OP_JMP_NONE ||
	       insn->op == AGX_OP_CALL;
}

/* The instruction that a chunk is, at code: its bytes, 0 where there is no such. */
static u32 put_insn(u8 *code, const u8 *chunk)
{
	const struct agx_spec *spec = &agx_table[chunk[0] % AGX_OP_COUNT];
	struct agx_insn insn;
	u64 lo;
	u32 hi;
	int n;

	memcpy(&lo, chunk + 1, sizeof(lo));
	memcpy(&hi, chunk + 9, sizeof(hi));
	lo = (lo & ~spec->mask) | spec->value;
	hi = (hi & ~spec->mask_hi) | spec->value_hi;
	memcpy(code, &lo, sizeof(lo));
	memcpy(code + 8, &hi, sizeof(hi));
	n = agx_decode(&insn, code, AGX_INSN_MAX, NULL);
	if (n <= 0)
		return 0;
	if (is_jump(&insn)) {
		insn.imm = (s8)insn.imm * 2;
		n = agx_encode(&insn, code, NULL);
		expect(n > 0);
	}
	return (u32)n;
}

/* Up to n instructions and a stop; moves data on. */
static u32 put_program(u32 offset, u32 n, const u8 **data, size_t *size)
{
	while (n-- && *size >= EXEC_CHUNK && offset < EXEC_SIZE - 64) {
		offset += put_insn(usc + offset, *data);
		*data += EXEC_CHUNK;
		*size -= EXEC_CHUNK;
	}
	memcpy(usc + offset, "\x88\0\x08\0\x08\0", 6);
	return (offset + 6 + 63) / 64 * 64;
}

/* Uniforms that addresses are made of, then numbers. */
static void put_uniforms(u8 *at)
{
	const u64 address[4] = { EXEC_DATA, EXEC_DATA + EXEC_SIZE / 2, 0x100, EXEC_USC };

	memcpy(at, address, sizeof(address));
	for (u32 i = 0; i < 48; i++)
		memcpy(at + sizeof(address) + 2 * i, &(u16){ (u16)(i * i * 37) }, 2);
}

static void put_launch(const u8 *data, size_t size)
{
	struct exec_head head = { 0 };
	struct agx_usc words = { .n_uniforms = 1, .uniform = { { 0, 64, EXEC_STREAM + 256 } } };
	struct agx_cdm cdm = { .type = AGX_CDM_LAUNCH, .uniforms = 512, .preshader_regs = 32 };
	const struct agx_cdm end = { .type = AGX_CDM_TERMINATE };
	u32 offset = 1024;
	int n;

	memcpy(&head, data, size < sizeof(head) ? size : sizeof(head));
	data += size < sizeof(head) ? size : sizeof(head);
	size -= size < sizeof(head) ? size : sizeof(head);
	words.regs = head.regs % 32 * 8 + 8;
	words.uses_shared = head.shared;
	words.shared_size = head.shared * 256u;
	words.has_preamble = head.preamble != 0;
	words.preamble = offset;
	if (words.has_preamble)
		offset = put_program(offset, head.preamble % 16, &data, &size);
	words.shader = offset;
	put_program(offset, ~0u, &data, &size);
	expect(agx_usc_build(&words, usc, 1024, NULL) > 0);

	cdm.g14x = head.form & EXEC_G14X;
	for (int i = 0; i < 3; i++) {
		cdm.local[i] = head.local[i] % (i ? 2 : 40) + 1;
		cdm.global[i] = cdm.local[i] * (head.groups[i] % 2 + 1) - head.groups[i] / 64;
	}
	n = agx_cdm_build(&cdm, stream, NULL);
	expect(n > 0 && agx_cdm_build(&end, stream + n, NULL) > 0);
	put_uniforms(stream + 256);
}

static void put_raw(const u8 *data, size_t size)
{
	u16 length = 0;

	data++;
	size--;
	memcpy(&length, data, size < sizeof(length) ? size : sizeof(length));
	data += size < sizeof(length) ? size : sizeof(length);
	size -= size < sizeof(length) ? size : sizeof(length);
	if (length > EXEC_SIZE)
		length = EXEC_SIZE;
	if (length > size)
		length = (u16)size;
	memcpy(stream, data, length);
	size -= length;
	memcpy(usc, data + length, size < EXEC_SIZE ? size : EXEC_SIZE);
	put_uniforms(stream + EXEC_SIZE - 128);
}

/* --- running it --------------------------------------------------------------------- */

static void watch(void *ctx, const struct agx_simd *simd, u32 index)
{
	u64 *n = ctx;

	expect(index <= simd->program->n_insns && !(simd->active & ~simd->exists));
	++*n;
}

static void watch_access(void *ctx, const struct agx_simd *simd, u32 lane, u32 at, u64 address,
			 u32 size, u32 kind)
{
	u64 *n = ctx;

	(void)address;
	expect(simd->active >> lane & 1 && at <= AGX_SPACE_STACK && kind <= AGX_ACCESS_ATOMIC);
	expect(size == 1 || size == 2 || size == 4);
	++*n;
}

static void run(struct outcome *o, u64 budget, bool g14x, const struct agx_observer *observer)
{
	static struct agx_dispatch dispatch;
	static struct agx_stream walk;
	char text[256];
	int ret;

	memset(o, 0, sizeof(*o));
	memset(low, 0, EXEC_SIZE);
	memset(memory, 0, EXEC_SIZE);
	agx_stream_start(&walk, &space, EXEC_USC, EXEC_STREAM, 0, g14x);
	walk.max_steps = MAX_STEPS;
	walk.observer = observer;
	walk.cache = cache;
	while ((ret = agx_stream_next(&walk, &dispatch)) > 0) {
		while (agx_core_run(core, &dispatch, budget) == AGX_CORE_MORE)
			;
		ret = agx_dispatch_end(&dispatch);
		o->fault = dispatch.fault;
		o->steps_left += dispatch.steps_left;
		if (ret || ++o->launches == MAX_LAUNCHES)
			break;
	}
	if (ret && !o->fault.kind)
		o->fault = walk.fault;
	o->ret = ret;
	expect(!ret || o->fault.kind != AGX_FAULT_NONE);
	expect(agx_fault_print(text, sizeof(text), &o->fault) < (int)sizeof(text));
	memcpy(o->low, low, EXEC_SIZE);
	memcpy(o->memory, memory, EXEC_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 seen = 0;
	const struct agx_observer observer = {
		.ctx = &seen, .insn = watch, .done = watch, .access = watch_access,
	};

	if (!size)
		return 0;
	memset(usc, 0, EXEC_SIZE);
	memset(stream, 0, EXEC_SIZE);
	if (data[0] & EXEC_RAW)
		put_raw(data, size);
	else
		put_launch(data, size);
	run(&outcome[0], ~0ull, data[0] & EXEC_G14X, NULL);
	run(&outcome[1], 1 + (size > 1 ? data[1] % 64 : 0), data[0] & EXEC_G14X, &observer);
	expect(!memcmp(&outcome[0], &outcome[1], sizeof(outcome[0])));
	return 0;
}
