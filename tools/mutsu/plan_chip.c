// SPDX-License-Identifier: MIT
/*
 * The chips.  Bandwidths and memory sizes are Apple's own (technical specifications of
 * the machines, newsroom articles of the chips); arithmetic rates follow from GPU
 * cores, 128 lanes each, two operations per multiply-add, and the clock that Linux
 * sees (1.278 GHz M1, 1.296 GHz its larger ones, 1.398 GHz M2).  Half floats are not
 * faster in the products that matter: matrix units have one rate for both.  GPUs of
 * M3 have no driver in Linux 7.2, so their rates are of no use here.
 */
#include "plan_chip.h"

#include <string.h>

const struct plan_chip plan_chips[] = {
	{ "m1", "M1", "t8103", true, 68, 2.6, { 8, 16 } },
	{ "m1pro", "M1 Pro", "t6000", true, 200, 5.3, { 16, 32 } },
	{ "m1max", "M1 Max", "t6001", true, 400, 10.6, { 32, 64 } },
	{ "m1ultra", "M1 Ultra", "t6002", true, 800, 21.2, { 64, 128 } },
	{ "m2", "M2", "t8112", true, 100, 3.6, { 8, 16, 24 } },
	{ "m2pro", "M2 Pro", "t6020", true, 200, 6.8, { 16, 32 } },
	{ "m2max", "M2 Max", "t6021", true, 400, 13.6, { 32, 64, 96 } },
	{ "m2ultra", "M2 Ultra", "t6022", true, 800, 27.2, { 64, 128, 192 } },
	{ "m3", "M3", "t8122", false, 100, 0, { 8, 16, 24 } },
	{ "m3pro", "M3 Pro", "t6030", false, 150, 0, { 18, 36 } },
	/* 300 GB/s with 30 GPU cores. */
	{ "m3max", "M3 Max", "t6031", false, 400, 0, { 36, 48, 64, 96, 128 } },
	{ "m3ultra", "M3 Ultra", "t6032", false, 819, 0, { 96, 256, 512 } },
};

const size_t plan_n_chips = sizeof(plan_chips) / sizeof(plan_chips[0]);

const char *const plan_chip_ids[] = {
	"m1", "m1pro", "m1max", "m1ultra", "m2", "m2pro", "m2max", "m2ultra",
	"m3", "m3pro", "m3max", "m3ultra", NULL,
};

const struct plan_chip *plan_chip_find(const char *id)
{
	for (size_t i = 0; i < plan_n_chips; i++) {
		if (!strcmp(plan_chips[i].id, id))
			return &plan_chips[i];
	}
	return NULL;
}

uint32_t plan_chip_fits(const struct plan_chip *chip, uint64_t bytes, uint64_t reserve)
{
	const size_t n = sizeof(chip->memory) / sizeof(chip->memory[0]);

	for (size_t i = 0; i < n && chip->memory[i]; i++) {
		if (((uint64_t)chip->memory[i] << 30) >= bytes + reserve)
			return chip->memory[i];
	}
	return 0;
}
