/* SPDX-License-Identifier: MIT */
/* How kernels reach the weights of each type. */
#ifndef COMPUTE_AGX_MATVEC_FORM_H
#define COMPUTE_AGX_MATVEC_FORM_H

#include "compute/type.h"

#include "launch.h"

#define MUTSU_AGX_LANE 32u	/* columns of a lane */
#define MUTSU_AGX_CHUNK (32 * MUTSU_AGX_LANE)

/*
 * The kernel's parameters wa0, wa1 ... are so many bytes from w on, as the unpack_*.inc of
 * the type says; its indices count units of bytes.
 */
struct mutsu_agx_form {
	u16 unit;		/* 0: no kernels */
	bool pairs;		/* matvec has wb0, wb1 ..., too, of a SIMD-group's next row */
	u8 n;
	u8 offset[6];
};

const struct mutsu_agx_form *mutsu_agx_form(enum mutsu_type type);

/*
 * Rows of types without blocks may have any multiple of four columns; where that is none
 * of 32, there are kernels of their own, ..._any, with their own units.
 */
bool mutsu_agx_any(u32 cols);

/* Units of a row of cols; 0 where kernels cannot do it: see matvec.h. */
u32 mutsu_agx_row_units(enum mutsu_type type, u32 cols);

/* Sets those parameters; set: 'a' or 'b'. */
void mutsu_agx_set_w(struct mutsu_agx_launch *launch, enum mutsu_type type, char set, u64 w);

/* Sets blocks, row_units, and in kernels for any cols vectors. */
void mutsu_agx_set_row(struct mutsu_agx_launch *launch, enum mutsu_type type, u32 cols);

#endif
