// SPDX-License-Identifier: MIT
/* seed_agx_parse DIR: writes a line for each instruction that is decoded, and spellings. */
#include <stdio.h>
#include <stdlib.h>

#include "compute/isa/agx_table.h"

static FILE *create(const char *dir, const char *name)
{
	char *path;
	FILE *f;

	if (asprintf(&path, "%s/%s", dir, name) < 0 || !(f = fopen(path, "wb")))
		abort();
	free(path);
	return f;
}

/* Random fields until they mean something. */
static void write_text(FILE *f, const struct agx_spec *spec)
{
	struct agx_bits free = agx_spec_free_bits(spec);

	for (int tries = 0; tries < 100000; tries++) {
		struct agx_bits bits = { spec->value, spec->value_hi };
		u8 code[AGX_INSN_MAX];
		char text[AGX_TEXT_MAX];
		struct agx_insn insn;

		bits.lo |= ((u64)random() << 33 ^ (u64)random() << 16 ^ (u64)random()) & free.lo;
		bits.hi |= (u64)random() & free.hi;
		if (spec->length_bit)
			bits.lo |= 1ull << spec->length_bit;
		agx_bits_store(&bits, code, AGX_INSN_MAX);
		if (agx_decode(&insn, code, AGX_INSN_MAX, NULL) < 0)
			continue;
		agx_print(text, sizeof(text), &insn);
		fprintf(f, "%s\n", text);
		return;
	}
}

int main(int argc, char **argv)
{
	FILE *f;

	if (argc != 2)
		return 2;
	f = create(argv[1], "all");
	for (const struct agx_spec *spec = agx_table; spec < agx_table + AGX_OP_COUNT; spec++)
		write_text(f, spec);
	if (fclose(f))
		abort();
	f = create(argv[1], "spellings");
	fputs("fmov r0, ^r1l.neg, sat\nhmov r3l, r4h\npush_exec 2\nldimm r0, -0x10\n"
	      "csel r0, r1, r2, r3, r4, sge\nmov u0l_u0h, r1\nfadd r0, 1, -2.5, long\n"
	      "load r0_r1, du0, 5.zx, i32, xy, a\nlatomic _, r1, 0, add, ignored 0x1\n", f);
	return fclose(f) != 0;
}
