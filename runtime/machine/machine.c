// SPDX-License-Identifier: MIT
/*
 * What this computer, or one whose proc/ and sys/ were recorded, is: the calls
 * of mutsu.h, and those facts that are one file each.
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/error.h"
#include "soc.h"

static void read_identity(struct mutsu_machine *machine, const struct mutsu_tree *tree)
{
	const struct mutsu_soc *soc;
	char compatible[512];
	ssize_t n;

	machine->info.soc_name = "";
	if (!tree->dt)
		return;

	mutsu_tree_read_line(tree, machine->model, sizeof(machine->model), "%s/model", tree->dt);
	n = mutsu_tree_read(tree, compatible, sizeof(compatible), "%s/compatible", tree->dt);
	if (n > 0)
		mutsu_soc_parse(compatible, (size_t)n, machine->soc, sizeof(machine->soc));
	soc = mutsu_soc_find(machine->soc);
	if (soc)
		machine->info.soc_name = soc->name;
}

static void read_kernel(struct mutsu_machine *machine, const struct mutsu_tree *tree)
{
	struct utsname names;
	char release[64];

	mutsu_tree_read_line(tree, release, sizeof(release), "proc/sys/kernel/osrelease");
	/* Linux 6.1 and later. */
	mutsu_tree_read_line(tree, machine->arch, sizeof(machine->arch), "proc/sys/kernel/arch");

	if (tree->here && !uname(&names)) {
		snprintf(machine->arch, sizeof(machine->arch), "%.31s", names.machine);
		snprintf(release, sizeof(release), "%.63s", names.release);
	} else if (!machine->arch[0] && machine->soc[0]) {
		strcpy(machine->arch, "aarch64");
	}
	if (release[0])
		snprintf(machine->kernel, sizeof(machine->kernel), "Linux %s", release);
}

static uint64_t read_memory(const struct mutsu_tree *tree, uint32_t page_size)
{
	char text[4096], value[64];
	const char *p = value;
	uint64_t kib;
	long pages;

	mutsu_tree_read(tree, text, sizeof(text), "proc/meminfo");
	mutsu_tree_find_line(text, "MemTotal:", value, sizeof(value));
	p += strspn(p, " \t");
	if (mutsu_tree_parse_u64(&p, UINT64_MAX / 1024, &kib) && !strcmp(p, " kB"))
		return kib * 1024;

	pages = tree->here ? sysconf(_SC_PHYS_PAGES) : 0;
	return pages > 0 ? (uint64_t)pages * page_size : 0;
}

/* A folder of something else is a mistake worth telling. */
static int check_root(const struct mutsu_tree *tree, const char *root, struct mutsu_error *err)
{
	if (tree->here || mutsu_tree_has(tree, "proc") || mutsu_tree_has(tree, "sys"))
		return 0;
	return mutsu_fail(err, -ENOENT,
			  "%s: neither proc/ nor sys/ is there; give the folder that holds them",
			  root);
}

int mutsu_machine_open(struct mutsu_machine **out, const char *root, struct mutsu_error *err)
{
	struct mutsu_machine *machine;
	struct mutsu_tree tree;
	long page_size;
	int ret;

	ret = mutsu_tree_open(&tree, root);
	if (ret)
		return mutsu_fail(err, ret, "%s: %s; give the folder that holds proc/ and sys/",
				  root && *root ? root : "/", strerror(-ret));
	ret = check_root(&tree, root, err);
	if (ret)
		goto close_tree;

	machine = calloc(1, sizeof(*machine));
	if (!machine) {
		ret = mutsu_fail(err, -ENOMEM, "machine: out of memory");
		goto close_tree;
	}

	page_size = sysconf(_SC_PAGESIZE);
	machine->info.page_size = page_size > 0 ? (uint32_t)page_size : 4096;
	machine->info.memory = read_memory(&tree, machine->info.page_size);
	read_identity(machine, &tree);
	read_kernel(machine, &tree);
	mutsu_machine_read_features(machine, &tree);
	ret = mutsu_machine_read_cpus(machine, &tree);
	if (!ret)
		ret = mutsu_machine_read_devices(machine, &tree);
	if (ret) {
		mutsu_fail(err, ret, "machine: out of memory");
		goto close_machine;
	}

	machine->info.model = machine->model;
	machine->info.soc = machine->soc;
	machine->info.arch = machine->arch;
	machine->info.kernel = machine->kernel;
	machine->info.features = machine->features;
	mutsu_tree_close(&tree);
	*out = machine;
	return 0;

close_machine:
	mutsu_machine_close(machine);
close_tree:
	mutsu_tree_close(&tree);
	return ret;
}

void mutsu_machine_close(struct mutsu_machine *machine)
{
	if (!machine)
		return;
	for (uint32_t i = 0; i < machine->info.n_clusters; i++)
		free(machine->clusters[i].cores);
	free(machine->clusters);
	free(machine->devices);
	free(machine);
}

void mutsu_machine_info(const struct mutsu_machine *machine, struct mutsu_machine_info *info)
{
	*info = machine->info;
}

int mutsu_machine_cluster(const struct mutsu_machine *machine, uint32_t i,
			  struct mutsu_cluster_info *info)
{
	const struct mutsu_cluster *cluster;

	if (i >= machine->info.n_clusters)
		return -EINVAL;
	cluster = &machine->clusters[i];
	*info = (struct mutsu_cluster_info){
		.n_cores = cluster->n_cores,
		.performance = cluster->performance,
		.capacity = cluster->capacity,
		.max_hz = cluster->max_hz,
		.cpu = cluster->cpu,
		.cores = cluster->cores,
	};
	return 0;
}

int mutsu_machine_device(const struct mutsu_machine *machine, uint32_t i,
			 struct mutsu_device_info *info)
{
	const struct mutsu_device *device;

	if (i >= machine->info.n_devices)
		return -EINVAL;
	device = &machine->devices[i];
	*info = (struct mutsu_device_info){
		.name = device->name,
		.driver = device->driver,
		.usable = device->usable,
		.why = device->why,
	};
	return 0;
}
