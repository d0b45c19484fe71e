/* SPDX-License-Identifier: MIT */
/* Apple's chips, as far as it decides how fast a model can be: published numbers. */
#ifndef TOOLS_MUTSU_PLAN_CHIP_H
#define TOOLS_MUTSU_PLAN_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_chip {
	const char *id;		/* "m1pro", as for --chip */
	const char *name;	/* "M1 Pro" */
	const char *soc;	/* "t6000" */
	bool gpu;		/* Linux has a driver; the CPU is used otherwise */
	double bandwidth;	/* to its DRAM, 1e9 bytes/s */
	double flops;		/* of the GPU in f32, with all cores it is sold with, 1e12/s */
	uint32_t memory[5];	/* GiB it is sold with, ascending; 0 ends */
};

extern const struct plan_chip plan_chips[];
extern const size_t plan_n_chips;

/* The ids, then NULL: for a table of options. */
extern const char *const plan_chip_ids[];

const struct plan_chip *plan_chip_find(const char *id);

/* GiB: the least it is sold with that has so many bytes beside reserve; 0: none has. */
uint32_t plan_chip_fits(const struct plan_chip *chip, uint64_t bytes, uint64_t reserve);

#endif
