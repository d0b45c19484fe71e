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
	for (int tries = 0; tries < 100000; tries++) {
		u64 lo = spec->value, hi = spec->value_hi;
		u8 code[AGX_INSN_MAX];
		char text[AGX_TEXT_MAX];
		struct agx_insn insn;

		for (const struct agx_insn_field *field = spec->fields; field->kind; field++) {
			struct agx_bits bits = agx_bits_spread((u32)random(), field);

			lo |= bits.lo & ~spec->mask;
			hi |= bits.hi & ~(u64)spec->mask_hi;
		}
		if (spec->length_bit)
			lo |= 1ull << spec->length_bit;
		for (int i = 0; i < AGX_INSN_MAX; i++)
			code[i] = (u8)(i < 8 ? lo >> (8 * i) : hi >> (8 * (i - 8)));
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
