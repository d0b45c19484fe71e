// SPDX-License-Identifier: MIT
/* seed_agx_check DIR: writes the programs that fuzzing of the analysis starts from. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/agx_text.h"

static const struct {
	const char *name, *program;
} seeds[] = {
	{ "straight", "mov r1, thread_in_grid_x; load r2_r3, du2, r1, i32, xy, a; wait a;"
		      "iadd dr4, ^dr2, 1; store r4_r5, du4, r1, i32, xy, b; stop; trap" },
	{ "arms", "ldimm r0l, 0; mov r1, thread_in_grid_x; if r1, 7, 1, ult; jmp_none A;"
		  "iadd r2, r1, 1; A: else 0, 0, 1, ieq; jmp_none B; mov r2, ^r1; B: pop_exec 1;"
		  "store r2, du4, 0, i32, x, a; stop" },
	{ "loop", "ldimm r0l, 0; mov r2, 0; L: while r2, u4, 1, ult; load r1, du2, r2, i32, x, a;"
		  "wait a; if r1, 3, 1, ieq; ldimm r0l, 2; pop_exec 0; pop_exec 1; iadd r2, r2, 1;"
		  "jmp_any L; pop_exec 1; store r2, du4, 0, i32, x, a; stop" },
	{ "continue", "ldimm r0l, 0; if 0, 0, 2, ieq; mov r2, 0; L: iadd r2, r2, 1;"
		      "csel r0l, r2, u4, 2, r0l, ugt; update_exec; csel r0l, r2, 5, 1, r0l, ieq;"
		      "update_exec; while 0, 0, 2, ieq; jmp_any L; pop_exec 2; stop" },
	{ "calls", "call F; call G; stop; F: call G; ret r4; G: mov r2, 1; ret r1" },
	{ "call_reg", "mov r4, u2; mov r5, u3; call r4; stop; mov r2, 1; ret r1" },
	{ "growing", "ldimm r0l, 0; mov r2, 0; L: if r2, r1, 1, ult; iadd r2, r2, 1; jmp_any L;"
		     "stop" },
	{ "matrix", "mov r1, 0; mov r2, 0; simd_matrix_fmadd16 r1l, r2l, r1l, r1l; barrier; stop" },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(seeds); i++) {
		char path[4096];
		struct agx_text text;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", argv[1], seeds[i].name);
		f = fopen(path, "wb");
		if (!f)
			return EXIT_FAILURE;
		fputc(0, f);
		agx_text_parse(&text, seeds[i].program);
		for (u32 k = 0; k < text.code.n; k++) {
			u8 bytes[AGX_INSN_MAX];

			if (agx_encode(&text.insn[k], bytes, NULL) != text.insn[k].length)
				return EXIT_FAILURE;
			fwrite(bytes, 1, text.insn[k].length, f);
		}
		agx_text_free(&text);
		if (fclose(f))
			return EXIT_FAILURE;
	}
	return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
