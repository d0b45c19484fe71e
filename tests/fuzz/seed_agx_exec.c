// SPDX-License-Identifier: MIT
/* Writes what fuzz_agx_exec starts from, a file each, to the folder it is given. */
#include <stdio.h>
#include <stdlib.h>

#include "agx_exec.h"
#include "compute/isa/agx_cdm.h"

static const struct {
	const char *name;
	struct exec_head head;
	const char *text;	/* instructions; the first head.preamble are the preamble's */
} launches[] = {
	{ "memory", { .local = { 31 }, .groups = { 1 } },
	  "mov r1, thread_in_grid_x; load r2, du0, r1, i32, x, a; wait a; iadd r2, r2, r1;"
	  "store r2, du0, r1, i32, x, b; atomic r3, r2, du2, r1, add, coherent1, a; wait a;"
	  "store r3_r4, du2, r1, lsl 1, i16, xy, a; load r5_r6_r7, du4, 3, f16, xyz, a" },
	{ "float", { .local = { 39 } },
	  "mov r1, thread_in_grid_x; u32_to_f r2, r1, rte; fadd r3, r2, r2; ffma r4, r3, r2, 1.0;"
	  "rcp r5, r4; rsqrt r6, r4; exp2 r7, r2; log2 r8, r4; sinr r9, r2; sinc r10, r9;"
	  "hadd r11l, r2l, r3l; hfma r11h, r2l, r3l, r4h; f_to_s32 r12, r5, rtz; floor r13, r7;"
	  "csel r14, r2, r3, r4, r5, flt; store r2_r3_r4_r5, du0, r1, lsl 2, i32, xyzw, a" },
	{ "integer", { .local = { 15, 3 }, .groups = { 65, 1 } },
	  "mov r1, thread_index_in_threadgroup; imadd r4, r1, 7, r1; shl r5, r4, 3;"
	  "bfi r6, r5, r4, 4, 5; bfeil r7, r6, r5, 3, 7; popcnt r8, r7; ffs r9, r8; bitrev r10, r9;"
	  "asr r11, r10, r10, r1, 0; and r12, r11, r10; xor r13, r12, u10; isub r14, r13, r12;"
	  "icmp_ballot r15, r1, 3, ult" },
	{ "flow", { .local = { 33 } },
	  "mov r1, thread_in_grid_x; if r1, 5, 1, ult; iadd r2, r2, 1; else 0.0, 0.0, 1, feq;"
	  "iadd r2, r2, 3; pop_exec 1; ldimm r0l, 0; while r2, 9, 1, ult; jmp_any -20; pop_exec 1;"
	  "jmp_none 6; update_exec" },
	{ "group", { .local = { 39, 1 }, .shared = 2, .groups = { 3, 1 } },
	  "mov r1l, thread_index_in_threadgroup; lstore r1, r1l, 0, i16, x; barrier;"
	  "lload r2, r1l, 2, i16, x; latomic r3, r2, r1l, 4, add; shuffle r4, r2, 3, xor;"
	  "simd r5, r4, iadd; quad r6, r4, prefix, iadd; ballot r7" },
	{ "preamble", { .preamble = 4, .local = { 3 } },
	  "ldimm r1, 3; load r2, du0, 0, i32, x, a; wait a; mov u20l, r2l;"
	  "mov r1, u20; store r1, du0, 1, i32, x, a" },
	{ "stack", { .local = { 7 } },
	  "stack_adjust 16; mov r1, thread_index_in_simdgroup; stack_store r1, 8, i32, x, a;"
	  "wait a; stack_load r2, 8, i32, x, a; wait a; stack_adjust -16" },
};

static void save(const char *dir, const char *name, const u8 *bytes, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void put_insn(u8 *chunk, const char *text)
{
	struct agx_error err;
	struct agx_insn insn;

	if (agx_parse(&insn, text, &err) || agx_encode(&insn, chunk + 1, &err) < 0) {
		fprintf(stderr, "%s: %s\n", text, err.text);
		exit(EXIT_FAILURE);
	}
	/* Its offset counts in halves there. */
	if (insn.op == AGX_OP_JMP_ANY || insn.op == AGX_OP_JMP_NONE) {
		insn.imm /= 2;
		agx_encode(&insn, chunk + 1, NULL);
	}
	chunk[0] = insn.op;
}

static void save_launch(const char *dir, size_t i)
{
	u8 bytes[1024] = { 0 };
	size_t size = sizeof(launches[i].head);
	char *copy = strdup(launches[i].text), *rest = copy, *line;

	memcpy(bytes, &launches[i].head, size);
	while ((line = strsep(&rest, ";"))) {
		put_insn(bytes + size, line + strspn(line, " "));
		size += EXEC_CHUNK;
	}
	free(copy);
	save(dir, launches[i].name, bytes, size);
}

/* A direct and an indirect launch by way of a link, in raw form. */
static void save_raw(const char *dir)
{
	const struct agx_cdm packets[] = {
		{ .type = AGX_CDM_LAUNCH, .global = { 70, 1, 1 }, .local = { 64, 1, 1 } },
		{ .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL },
		{ .type = AGX_CDM_LINK, .with_return = true, .address = EXEC_STREAM + 60 },
		{ .type = AGX_CDM_TERMINATE },
		{ .type = AGX_CDM_LAUNCH, .mode = AGX_CDM_INDIRECT_LOCAL,
		  .address = EXEC_STREAM + 90 },
		{ .type = AGX_CDM_RETURN },
	};
	const struct agx_usc usc = {
		.n_uniforms = 1, .uniform = { { 0, 4, EXEC_STREAM + 88 } }, .regs = 16,
		.shader = 128,
	};
	u8 bytes[1024] = { EXEC_RAW };
	size_t at = 3;
	u16 length = 0x100;

	memcpy(bytes + 1, &length, sizeof(length));
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++)
		at += (size_t)agx_cdm_build(&packets[i], bytes + at, NULL);
	memset(bytes + 3 + 88, 1, 64);
	at = 3 + length;
	agx_usc_build(&usc, bytes + at, 128, NULL);
	at += 128;
	memcpy(bytes + at, "\x72\x05\x10\x04\x88\0\x08\0", 8);
	save(dir, "raw", bytes, at + 8);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (size_t i = 0; i < ARRAY_SIZE(launches); i++)
		save_launch(argv[1], i);
	save_raw(argv[1]);
	return EXIT_SUCCESS;
}
