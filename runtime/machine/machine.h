/* SPDX-License-Identifier: MIT */
/* The parts that a machine is put together from; each is read once, at open. */
#ifndef RUNTIME_MACHINE_MACHINE_H
#define RUNTIME_MACHINE_MACHINE_H

#include "runtime/include/mutsu/mutsu.h"
#include "tree.h"

struct mutsu_cluster {
	uint32_t n_cores;
	bool performance;
	uint32_t capacity;
	uint64_t max_hz;
	char cpu[48];
	char *cores;
};

struct mutsu_device {
	char name[24];
	char driver[32];
	char why[192];
	bool usable;
};

/* What struct mutsu_machine_info points to. */
struct mutsu_machine {
	struct mutsu_machine_info info;
	char model[128];
	char soc[16];
	char arch[32];
	char kernel[128];
	char features[128];
	struct mutsu_cluster *clusters;	/* info.n_clusters, by their first CPU */
	struct mutsu_device *devices;	/* info.n_devices */
};

/*
 * Each fills in its part; what cannot be read gets a value that is safe to use.
 * -ENOMEM is the only error, and what was allocated is left for
 * mutsu_machine_close().
 */
int mutsu_machine_read_cpus(struct mutsu_machine *machine, const struct mutsu_tree *tree);
/* After the SoC is known. */
int mutsu_machine_read_devices(struct mutsu_machine *machine, const struct mutsu_tree *tree);
void mutsu_machine_read_features(struct mutsu_machine *machine, const struct mutsu_tree *tree);

#endif
