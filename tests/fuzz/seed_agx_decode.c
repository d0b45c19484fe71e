// SPDX-License-Identifier: MIT
/* seed_agx_decode DIR: writes instructions of each kind, with few and with all bits set. */
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

/* The exact bits, and from fields those that are in pattern. */
static void write_insns(FILE *f, u64 pattern)
{
	for (const struct agx_spec *spec = agx_table; spec < agx_table + AGX_OP_COUNT; spec++) {
		u64 lo = spec->value, hi = spec->value_hi;
		u8 code[AGX_INSN_MAX];

		for (const struct agx_insn_field *field = spec->fields; field->kind; field++) {
			struct agx_bits bits = agx_bits_spread(~0u, field);

			lo |= bits.lo & pattern & ~spec->mask;
			hi |= bits.hi & pattern & ~(u64)spec->mask_hi;
		}
		if (spec->length_bit)
			lo |= 1ull << spec->length_bit;
		for (int i = 0; i < AGX_INSN_MAX; i++)
			code[i] = (u8)(i < 8 ? lo >> (8 * i) : hi >> (8 * (i - 8)));
		if (fwrite(code, spec->info.length_long, 1, f) != 1)
			abort();
	}
	if (fclose(f))
		abort();
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	write_insns(create(argv[1], "exact"), 0);
	write_insns(create(argv[1], "registers"), 0x0040004400440200);
	write_insns(create(argv[1], "all"), ~0ull);
	return 0;
}
