// SPDX-License-Identifier: MIT
/*
 * Apple's SoCs and their cores.  Names and numbers are those of the kernel's
 * device trees (arch/arm64/boot/dts/apple); GPU generations those of Mesa.
 */
#include "soc.h"

#include <stdio.h>
#include <string.h>

static const struct mutsu_soc socs[] = {
	{ "t8103", "Apple M1", "G13G", true },
	{ "t6000", "Apple M1 Pro", "G13S", true },
	{ "t6001", "Apple M1 Max", "G13C", true },
	{ "t6002", "Apple M1 Ultra", "G13D", true },
	{ "t8112", "Apple M2", "G14G", true },
	{ "t6020", "Apple M2 Pro", "G14S", true },
	{ "t6021", "Apple M2 Max", "G14C", true },
	{ "t6022", "Apple M2 Ultra", "G14D", true },
	{ "t8122", "Apple M3", "G15G", false },
	{ "t6030", "Apple M3 Pro", "G15S", false },
	{ "t6031", "Apple M3 Max", "G15C", false },
	{ "t6034", "Apple M3 Max", "G15C", false },	/* 14 CPU cores, 30 GPU cores */
	{ "t6032", "Apple M3 Ultra", "G15D", false },
};

/*
 * The device tree's capacities tell the two kinds apart only where cpufreq
 * runs: M3 trees have none, and E-cores score up to 870 of 1024 per MHz.
 */
static const struct {
	const char *compatible;
	enum mutsu_core kind;
} cores[] = {
	{ "apple,icestorm", MUTSU_CORE_EFFICIENCY },	/* M1 */
	{ "apple,firestorm", MUTSU_CORE_PERFORMANCE },
	{ "apple,blizzard", MUTSU_CORE_EFFICIENCY },	/* M2 */
	{ "apple,avalanche", MUTSU_CORE_PERFORMANCE },
	{ "apple,sawtooth", MUTSU_CORE_EFFICIENCY },	/* M3 */
	{ "apple,everest", MUTSU_CORE_PERFORMANCE },
	{ "apple,donan-e", MUTSU_CORE_EFFICIENCY },	/* M4 */
	{ "apple,donan-p", MUTSU_CORE_PERFORMANCE },
};

const struct mutsu_soc *mutsu_soc_find(const char *id)
{
	for (size_t i = 0; i < sizeof(socs) / sizeof(socs[0]); i++)
		if (!strcmp(socs[i].id, id))
			return &socs[i];
	return NULL;
}

/* "t6000", "s8000": a letter, then only letters and digits, a digit among them. */
static bool looks_like_soc(const char *id)
{
	return (*id == 't' || *id == 's') &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(id) &&
	       strpbrk(id, "0123456789") && strlen(id) < 16;
}

void mutsu_soc_parse(const char *compatible, size_t n, char *id, size_t size)
{
	const char *end = compatible + n;

	id[0] = '\0';
	/* Board, SoC, platform: the last that fits, as boards have any name. */
	for (const char *p = compatible; p < end; p += strnlen(p, (size_t)(end - p)) + 1) {
		if (!memchr(p, '\0', (size_t)(end - p)))
			break;
		if (!strncmp(p, "apple,", 6) && looks_like_soc(p + 6))
			snprintf(id, size, "%s", p + 6);
	}
}

enum mutsu_core mutsu_soc_core(const char *compatible)
{
	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (!strcmp(cores[i].compatible, compatible))
			return cores[i].kind;
	return MUTSU_CORE_UNKNOWN;
}
