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
		struct agx_bits bits = agx_spec_free_bits(spec);
		u8 code[AGX_INSN_MAX];

		bits.lo = (bits.lo & pattern) | spec->value;
		bits.hi = (bits.hi & pattern) | spec->value_hi;
		if (spec->length_bit)
			bits.lo |= 1ull << spec->length_bit;
		agx_bits_store(&bits, code, AGX_INSN_MAX);
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
