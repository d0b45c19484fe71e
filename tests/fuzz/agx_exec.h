/* SPDX-License-Identifier: MIT */
/*
 * How the bytes that fuzz_agx_exec is given become a submission.  The first says
 * which form it has.
 *
 * EXEC_RAW: u16 size of the control stream, the stream, then what is at the USC base.
 *
 * Else a launch: struct exec_head, then instructions, EXEC_CHUNK bytes each: the
 * operation, then bits, of which the ones that make it this operation are set right.
 */
#ifndef TESTS_FUZZ_AGX_EXEC_H
#define TESTS_FUZZ_AGX_EXEC_H

#include "compute/isa/agx_isa.h"

#define EXEC_RAW 1u		/* of the first byte */
#define EXEC_G14X 2u
#define EXEC_CHUNK (1 + AGX_INSN_MAX)

/* Memory of the submission; the registers' first value is an address, too. */
#define EXEC_USC 0x1100000000ull
#define EXEC_STREAM 0x2000000000ull
#define EXEC_DATA 0x3000000000ull
#define EXEC_SIZE 0x4000u	/* of each, and from 0 on */

struct exec_head {
	u8 form;
	u8 budget;		/* of the slices of the second run */
	u8 local[3], groups[3];
	u8 regs;		/* in groups of 8 */
	u8 shared;		/* in groups of 256 bytes */
	u8 preamble;		/* instructions of it, before those of the program */
};

#endif
