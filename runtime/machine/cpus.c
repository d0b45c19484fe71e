// SPDX-License-Identifier: MIT
/*
 * Online CPUs, grouped into clusters of one kind of core.
 *
 * The kind is the device tree's name for the core, where that is known, else
 * the kernel's capacity.  A cluster is what shares an L2 cache on machines with
 * a device tree; elsewhere the kernel's "cluster" may be a single core, so
 * there it is the package.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "soc.h"

#define MAX_CPUS 8192		/* the kernel's own limit */
#define CPU "sys/devices/system/cpu/cpu%u/"

struct cpu_set {
	uint64_t bits[MAX_CPUS / 64];
};

struct cpu {
	uint32_t id;
	bool first_thread;	/* of its core */
	bool performance;
	uint32_t capacity;
	uint64_t max_hz;
	int64_t package;
	int64_t l2;		/* its cluster's first CPU, -1: not known */
	char compatible[48];
};

/*
 * Sets of CPUs
 */

static void set_add(struct cpu_set *set, uint32_t cpu)
{
	set->bits[cpu / 64] |= (uint64_t)1 << cpu % 64;
}

static bool set_has(const struct cpu_set *set, uint32_t cpu)
{
	return set->bits[cpu / 64] >> cpu % 64 & 1;
}

static uint32_t set_count(const struct cpu_set *set)
{
	uint32_t n = 0;

	for (size_t i = 0; i < MAX_CPUS / 64; i++)
		n += (uint32_t)__builtin_popcountll(set->bits[i]);
	return n;
}

/* "0-3,8\n"; false if it is anything else or empty. */
static bool set_parse(struct cpu_set *set, const char *p)
{
	memset(set, 0, sizeof(*set));
	for (;;) {
		uint64_t first, last;

		if (!mutsu_tree_parse_u64(&p, MAX_CPUS - 1, &first))
			return false;
		last = first;
		if (*p == '-') {
			p++;
			if (!mutsu_tree_parse_u64(&p, MAX_CPUS - 1, &last) || last < first)
				return false;
		}
		for (uint64_t i = first; i <= last; i++)
			set_add(set, (uint32_t)i);
		if (*p != ',')
			break;
		p++;
	}
	return !*p || !strcmp(p, "\n");
}

/* A list that may have been cut is no list. */
static bool set_accept(struct cpu_set *set, const char *text, ssize_t n, size_t size)
{
	return n > 0 && (size_t)n < size - 1 && set_parse(set, text);
}

static bool read_set(const struct mutsu_tree *tree, struct cpu_set *set, const char *path)
{
	char text[8192];
	ssize_t n = mutsu_tree_read(tree, text, sizeof(text), "%s", path);

	return set_accept(set, text, n, sizeof(text));
}

/* One of CPU id's topology files, which has id in it or is wrong. */
static bool read_topology(const struct mutsu_tree *tree, struct cpu_set *set, uint32_t id,
			  const char *name)
{
	char text[8192];
	ssize_t n = mutsu_tree_read(tree, text, sizeof(text), CPU "topology/%s", id, name);

	return set_accept(set, text, n, sizeof(text)) && set_has(set, id);
}

static void read_online(const struct mutsu_tree *tree, struct cpu_set *online)
{
	long n = 1;

	if (read_set(tree, online, "sys/devices/system/cpu/online") ||
	    read_set(tree, online, "sys/devices/system/cpu/possible"))
		return;
	if (tree->here)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	memset(online, 0, sizeof(*online));
	for (long i = 0; i < n && i < MAX_CPUS; i++)
		set_add(online, (uint32_t)i);
	set_add(online, 0);
}

/*
 * Device tree nodes
 */

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Addresses of cpus/cpu@<hex>, ascending; returns how many. */
static size_t find_nodes(const struct mutsu_tree *tree, uint64_t *nodes, size_t max)
{
	const struct dirent *entry;
	size_t n = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/cpus", tree->dt);
	dir = mutsu_tree_opendir(tree, path);
	if (!dir)
		return 0;
	while (n < max && (entry = readdir(dir))) {
		const char *hex = entry->d_name + 4;

		if (!strncmp(entry->d_name, "cpu@", 4) && *hex && strlen(hex) <= 16 &&
		    strspn(hex, "0123456789abcdef") == strlen(hex))
			nodes[n++] = strtoull(hex, NULL, 16);
	}
	closedir(dir);
	qsort(nodes, n, sizeof(*nodes), compare_addresses);
	return n;
}

/*
 * For trees that were copied without their links: nodes are numbered in their
 * order, if there is one for each possible CPU.
 */
static int read_unlinked(const struct mutsu_tree *tree, struct cpu *cpus, uint32_t n)
{
	struct cpu_set possible;
	uint64_t *nodes;
	uint32_t count;

	if (!tree->dt || !read_set(tree, &possible, "sys/devices/system/cpu/possible"))
		return 0;
	count = set_count(&possible);
	nodes = calloc(count + 1, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	if (find_nodes(tree, nodes, count + 1) != count)
		goto free_nodes;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t order = 0;

		for (uint32_t id = 0; id < cpus[i].id; id++)
			order += set_has(&possible, id);
		if (order < count && !cpus[i].compatible[0])
			mutsu_tree_read_line(tree, cpus[i].compatible, sizeof(cpus[i].compatible),
					     "%s/cpus/cpu@%llx/compatible", tree->dt,
					     (unsigned long long)nodes[order]);
	}
free_nodes:
	free(nodes);
	return 0;
}

/*
 * CPUs
 */

static void read_cpu(const struct mutsu_tree *tree, struct cpu *cpu, const struct cpu_set *online)
{
	struct cpu_set set;
	uint64_t capacity, khz;

	mutsu_tree_read_line(tree, cpu->compatible, sizeof(cpu->compatible),
			     CPU "of_node/compatible", cpu->id);

	capacity = mutsu_tree_read_u64(tree, CPU "cpu_capacity", cpu->id);
	cpu->capacity = capacity <= 1024 ? (uint32_t)capacity : 0;
	khz = mutsu_tree_read_u64(tree, CPU "cpufreq/cpuinfo_max_freq", cpu->id);
	cpu->max_hz = khz <= 100000000 ? khz * 1000 : 0;
	cpu->package = (int64_t)(mutsu_tree_read_u64(tree, CPU "topology/physical_package_id",
						     cpu->id) & INT32_MAX);

	cpu->l2 = -1;
	/* Where clusters are not described, each CPU is said to be one. */
	if (tree->dt && read_topology(tree, &set, cpu->id, "cluster_cpus_list") &&
	    set_count(&set) > 1) {
		cpu->l2 = 0;
		while (!set_has(&set, (uint32_t)cpu->l2))
			cpu->l2++;
	}

	/* The second name is that of Linux before 5.8. */
	cpu->first_thread = true;
	if (read_topology(tree, &set, cpu->id, "core_cpus_list") ||
	    read_topology(tree, &set, cpu->id, "thread_siblings_list"))
		for (uint32_t id = 0; id < cpu->id; id++)
			if (set_has(&set, id) && set_has(online, id))
				cpu->first_thread = false;
}

static void find_performance(struct cpu *cpus, uint32_t n)
{
	uint32_t max = 0;

	for (uint32_t i = 0; i < n; i++)
		if (cpus[i].capacity > max)
			max = cpus[i].capacity;
	for (uint32_t i = 0; i < n; i++) {
		enum mutsu_core kind = mutsu_soc_core(cpus[i].compatible);

		/* Middle cores of three kinds are worth a thread, small ones are not. */
		cpus[i].performance = kind == MUTSU_CORE_PERFORMANCE ||
			(kind == MUTSU_CORE_UNKNOWN &&
			 (!cpus[i].capacity || cpus[i].capacity * 4 >= max * 3));
	}
}

static bool same_cluster(const struct cpu *a, const struct cpu *b)
{
	return a->performance == b->performance && a->package == b->package &&
	       a->l2 == b->l2 && !strcmp(a->compatible, b->compatible);
}

/*
 * Clusters
 */

/* "4-7,9": those of cpus[first..] that share cpus[first]'s cluster. */
static char *format_cores(const struct cpu *cpus, uint32_t first, uint32_t n)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	bool failed;

	if (!file)
		return NULL;
	for (uint32_t i = first, end; i < n; i = end) {
		end = i + 1;
		if (!same_cluster(&cpus[i], &cpus[first]))
			continue;
		while (end < n && cpus[end].id == cpus[end - 1].id + 1 &&
		       same_cluster(&cpus[end], &cpus[first]))
			end++;
		fprintf(file, "%s%u", i == first ? "" : ",", cpus[i].id);
		if (end - i > 1)
			fprintf(file, "-%u", cpus[end - 1].id);
	}
	failed = ferror(file);
	if (fclose(file) || failed) {
		free(text);
		return NULL;
	}
	return text;
}

static int add_cluster(struct mutsu_machine *machine, const struct cpu *cpus, uint32_t first,
		       uint32_t n)
{
	struct mutsu_cluster *clusters, *cluster;

	clusters = realloc(machine->clusters, (machine->info.n_clusters + 1) * sizeof(*clusters));
	if (!clusters)
		return -ENOMEM;
	machine->clusters = clusters;
	cluster = &clusters[machine->info.n_clusters];
	*cluster = (struct mutsu_cluster){ .performance = cpus[first].performance };
	strcpy(cluster->cpu, cpus[first].compatible);
	cluster->cores = format_cores(cpus, first, n);
	if (!cluster->cores)
		return -ENOMEM;

	for (uint32_t i = first; i < n; i++) {
		if (!same_cluster(&cpus[i], &cpus[first]))
			continue;
		cluster->n_cores += cpus[i].first_thread;
		if (cpus[i].capacity > cluster->capacity)
			cluster->capacity = cpus[i].capacity;
		if (cpus[i].max_hz > cluster->max_hz)
			cluster->max_hz = cpus[i].max_hz;
	}
	/* Only a tree that contradicts itself has threads of a core elsewhere. */
	if (!cluster->n_cores)
		cluster->n_cores = 1;
	machine->info.n_clusters++;
	return 0;
}

static int make_clusters(struct mutsu_machine *machine, const struct cpu *cpus, uint32_t n)
{
	uint32_t n_cores = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = 0;
		int ret;

		while (!same_cluster(&cpus[first], &cpus[i]))
			first++;
		if (first < i)
			continue;
		ret = add_cluster(machine, cpus, i, n);
		if (ret)
			return ret;
	}
	for (uint32_t i = 0; i < machine->info.n_clusters; i++) {
		n_cores += machine->clusters[i].n_cores;
		if (machine->clusters[i].performance)
			machine->info.n_performance += machine->clusters[i].n_cores;
	}
	/* Only efficiency cores are online: they are what there is. */
	if (!machine->info.n_performance)
		machine->info.n_performance = n_cores;
	return 0;
}

int mutsu_machine_read_cpus(struct mutsu_machine *machine, const struct mutsu_tree *tree)
{
	struct cpu_set online;
	uint32_t n = 0;
	struct cpu *cpus;
	int ret;

	read_online(tree, &online);
	machine->info.n_cpus = set_count(&online);
	cpus = calloc(machine->info.n_cpus, sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;

	for (uint32_t id = 0; id < MAX_CPUS; id++) {
		if (!set_has(&online, id))
			continue;
		cpus[n].id = id;
		read_cpu(tree, &cpus[n++], &online);
	}
	ret = read_unlinked(tree, cpus, n);
	if (!ret) {
		find_performance(cpus, n);
		ret = make_clusters(machine, cpus, n);
	}
	free(cpus);
	return ret;
}
