// SPDX-License-Identifier: MIT
/*
 * CPU features, in the kernel's words: of an arm64 machine from its hwcaps,
 * which emulators get right, else from proc/cpuinfo, which trees have.
 */
#include <stdio.h>
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "machine.h"

/* Those that kernels use or that tell machines apart. */
static const char *const names[] = {
	"asimd", "fphp", "asimdhp", "asimddp", "asimdfhm", "i8mm", "bf16", "sve", "sme",
	"avx2", "fma", "f16c", "avx512f", "avx_vnni", "avx512_vnni",
};

static void add(struct mutsu_machine *machine, const char *name)
{
	size_t n = strlen(machine->features);

	snprintf(machine->features + n, sizeof(machine->features) - n, "%s%s", n ? " " : "", name);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += n)
		if ((p == text || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

#if defined(__aarch64__)
static void read_hwcaps(struct mutsu_machine *machine)
{
	const unsigned long caps[] = { getauxval(AT_HWCAP), getauxval(AT_HWCAP2) };
	/* Bits of the arm64 ABI; older headers do not name all of them. */
	static const struct {
		const char *name;
		unsigned char word, bit;
	} bits[] = {
		{ "asimd", 0, 1 }, { "fphp", 0, 9 }, { "asimdhp", 0, 10 },
		{ "asimddp", 0, 20 }, { "asimdfhm", 0, 23 }, { "i8mm", 1, 13 },
		{ "bf16", 1, 14 }, { "sve", 0, 22 }, { "sme", 1, 23 },
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (caps[bits[i].word] >> bits[i].bit & 1)
			add(machine, bits[i].name);
}
#endif

void mutsu_machine_read_features(struct mutsu_machine *machine, const struct mutsu_tree *tree)
{
	char text[8192], words[4096];

#if defined(__aarch64__)
	if (tree->here) {
		read_hwcaps(machine);
		return;
	}
#endif
	mutsu_tree_read(tree, text, sizeof(text), "proc/cpuinfo");
	mutsu_tree_find_line(text, "Features\t: ", words, sizeof(words));
	if (!words[0])
		mutsu_tree_find_line(text, "flags\t\t: ", words, sizeof(words));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has_word(words, names[i]))
			add(machine, names[i]);
}
