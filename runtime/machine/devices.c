// SPDX-License-Identifier: MIT
/*
 * GPUs: every render node, and on an Apple machine that has none of the asahi
 * driver, the GPU that cannot be reached and the reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "soc.h"

#define MAX_NODES 64

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Numbers N of sys/class/drm/renderD<N>, ascending; returns how many. */
static size_t find_nodes(const struct mutsu_tree *tree, uint32_t *nodes)
{
	DIR *dir = mutsu_tree_opendir(tree, "sys/class/drm");
	const struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while (n < MAX_NODES && (entry = readdir(dir))) {
		const char *p = entry->d_name;
		uint64_t number;

		if (strncmp(p, "renderD", 7))
			continue;
		p += 7;
		if (mutsu_tree_parse_u64(&p, UINT32_MAX, &number) && !*p)
			nodes[n++] = (uint32_t)number;
	}
	closedir(dir);
	qsort(nodes, n, sizeof(*nodes), compare_numbers);
	return n;
}

/*
 * Whether it can be used, as far as sysfs knows: which generation it is the driver says to who
 * opens it (runtime/drm).
 */
static void judge(struct mutsu_device *device, const char *id)
{
	const struct mutsu_soc *soc = mutsu_soc_find(id);

	device->usable = true;
	if (!strcmp(device->driver, "agx_compute")) {
		strcpy(device->why, "a GPU in software, for tests; used where it is asked for "
		       "(--device soft)");
	} else if (strcmp(device->driver, "asahi")) {
		device->usable = false;
		snprintf(device->why, sizeof(device->why), "%s%snot an AGX GPU; the CPU is used",
			 device->driver, device->driver[0] ? ": " : "");
	} else if (*id && !(soc && soc->has_driver)) {
		device->usable = false;
		snprintf(device->why, sizeof(device->why),
			 "%s: there are no kernels for this GPU yet; the CPU is used", id);
	}
}

static void read_node(struct mutsu_device *device, const struct mutsu_tree *tree, uint32_t node,
		      const char *id)
{
	char text[2048];

	snprintf(device->name, sizeof(device->name), "renderD%u", node);
	mutsu_tree_read(tree, text, sizeof(text), "sys/class/drm/%s/device/uevent", device->name);
	mutsu_tree_find_line(text, "DRIVER=", device->driver, sizeof(device->driver));
	judge(device, id);
}

/* An AGX that no driver shows. */
static void explain_missing(struct mutsu_device *device, const struct mutsu_tree *tree,
			    const char *id)
{
	const struct mutsu_soc *soc = mutsu_soc_find(id);
	const size_t size = sizeof(device->why);

	strcpy(device->name, "gpu");
	if (!soc)
		snprintf(device->why, size,
			 "%s: no asahi render node, and libmutsu " MUTSU_VERSION
			 " does not know this SoC; the CPU is used", id);
	else if (mutsu_tree_has(tree, "sys/bus/platform/drivers/asahi"))
		snprintf(device->why, size,
			 "%s: no asahi render node though the driver is loaded; "
			 "the kernel log says why: dmesg | grep -i -e asahi -e agx", id);
	else if (soc->has_driver)
		snprintf(device->why, size,
			 "%s: no asahi render node: this kernel has no driver for the %s GPU (%s); "
			 "boot one that has DRM_ASAHI, such as Fedora Asahi Remix's",
			 id, soc->name + strlen("Apple "), soc->gpu);
	else
		snprintf(device->why, size,
			 "%s: no asahi render node: this kernel has no driver for the %s GPU (%s); "
			 "the CPU is used",
			 id, soc->name + strlen("Apple "), soc->gpu);
}

int mutsu_machine_read_devices(struct mutsu_machine *machine, const struct mutsu_tree *tree)
{
	uint32_t nodes[MAX_NODES], n;
	bool has_asahi = false;

	n = (uint32_t)find_nodes(tree, nodes);
	machine->devices = calloc(n + 1, sizeof(*machine->devices));
	if (!machine->devices)
		return -ENOMEM;

	for (uint32_t i = 0; i < n; i++) {
		read_node(&machine->devices[i], tree, nodes[i], machine->soc);
		has_asahi |= !strcmp(machine->devices[i].driver, "asahi");
	}
	if (machine->soc[0] && !has_asahi)
		explain_missing(&machine->devices[n++], tree, machine->soc);
	machine->info.n_devices = n;
	return 0;
}
