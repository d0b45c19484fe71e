/* SPDX-License-Identifier: MIT */
/* The Apple SoCs that Linux runs on, by the name device trees have for them. */
#ifndef RUNTIME_MACHINE_SOC_H
#define RUNTIME_MACHINE_SOC_H

#include <stdbool.h>
#include <stddef.h>

struct mutsu_soc {
	const char *id;		/* "t6000" */
	const char *name;	/* "Apple M1 Pro" */
	const char *gpu;	/* "G13S" */
	bool has_driver;	/* the asahi driver of Linux 7.2 knows the GPU */
};

/* NULL: not in the table. */
const struct mutsu_soc *mutsu_soc_find(const char *id);

/*
 * The SoC in a device tree's compatible property: strings with a NUL after
 * each, as in "apple,j314s" "apple,t6000" "apple,arm-platform".  id is "" where
 * it is no Apple machine.
 */
void mutsu_soc_parse(const char *compatible, size_t n, char *id, size_t size);

enum mutsu_core { MUTSU_CORE_UNKNOWN, MUTSU_CORE_EFFICIENCY, MUTSU_CORE_PERFORMANCE };

/* Of a CPU node's compatible string, "apple,icestorm". */
enum mutsu_core mutsu_soc_core(const char *compatible);

#endif
