// SPDX-License-Identifier: MIT
/*
 * Machines from recorded trees: the kernel's device trees and the sysfs it
 * makes of them, written into a temporary folder from tables; then trees that
 * lack files, contradict themselves or are not text.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/include/mutsu/mutsu.h"

#define DT "sys/firmware/devicetree/base/"
#define CPU "sys/devices/system/cpu/"

static char root[256];

/*
 * Writing trees
 */

static void make_parents(char *path)
{
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

static void put_bytes(const char *name, const void *data, size_t n)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	make_parents(path);
	unlink(path);
	file = fopen(path, "w");
	ck_assert_msg(file && fwrite(data, 1, n, file) == n && !fclose(file), "%s: %m", path);
}

/* text ends with a newline in sysfs and with a NUL in device trees. */
__attribute__((format(printf, 2, 3)))
static void put(const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	if (strncmp(name, DT, strlen(DT)))
		text[n] = '\n';
	put_bytes(name, text, (size_t)n + 1);
}

static void put_link(const char *name, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	make_parents(path);
	unlink(path);
	ck_assert_msg(!symlink(target, path), "%s: %m", path);
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

static void drop(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void setup(void)
{
	char *dir;

	/* Thousands of files: better not on a disk. */
	if (!access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 1);
	dir = suite_dir();
	snprintf(root, sizeof(root), "%s", dir);
	free(dir);
}

static void teardown(void)
{
	drop("");
}

/*
 * Machines
 */

struct cores {
	unsigned int n;
	const char *compatible;
	unsigned int reg;		/* of the first; the others follow */
	unsigned int capacity, khz;	/* 0: no file */
};

struct mac {
	const char *model, *board, *soc;
	struct cores clusters[4];
	uint64_t mem_kb;
	bool asahi;
};

static const struct mac m1 = {
	"Apple MacBook Air (M1, 2020)", "j313", "t8103", {
		{ 4, "apple,icestorm", 0x0, 459, 2064000 },
		{ 4, "apple,firestorm", 0x10100, 1024, 3204000 },
	}, 7786528, true,
};

static const struct mac m2pro = {
	"Apple MacBook Pro (14-inch, M2 Pro, 2023)", "j414s", "t6020", {
		{ 4, "apple,blizzard", 0x0, 522, 2424000 },
		{ 4, "apple,avalanche", 0x10100, 1024, 3504000 },
		{ 4, "apple,avalanche", 0x10200, 1024, 3504000 },
	}, 16077824, false,
};

/* With the Asahi kernel's cpufreq. */
static const struct mac m3 = {
	"Apple MacBook Pro (14-inch, M3, 2023)", "j504", "t8122", {
		{ 4, "apple,sawtooth", 0x0, 544, 2748000 },
		{ 4, "apple,everest", 0x10100, 1024, 4056000 },
	}, 7786528, false,
};

/* As mainline describes it: no cpufreq, and so no capacities. */
static const struct mac m3max = {
	"Apple MacBook Pro (14-inch, M3 Max, 16 CPU cores, Nov 2023)", "j514c", "t6031", {
		{ 4, "apple,sawtooth", 0x0, 1024, 0 },
		{ 6, "apple,everest", 0x10100, 1024, 0 },
		{ 6, "apple,everest", 0x10200, 1024, 0 },
	}, 49283072, false,
};

static void put_cpu(unsigned int id, const struct cores *cores, unsigned int nth, bool links)
{
	char name[128], target[128];

	snprintf(name, sizeof(name), DT "cpus/cpu@%x/compatible", cores->reg + nth);
	put(name, "%s", cores->compatible);
	if (links) {
		snprintf(name, sizeof(name), CPU "cpu%u/of_node", id);
		snprintf(target, sizeof(target), "../../../../firmware/devicetree/base/cpus/cpu@%x",
			 cores->reg + nth);
		put_link(name, target);
	}
	if (cores->capacity) {
		snprintf(name, sizeof(name), CPU "cpu%u/cpu_capacity", id);
		put(name, "%u", cores->capacity);
	}
	if (cores->khz) {
		snprintf(name, sizeof(name), CPU "cpu%u/cpufreq/cpuinfo_max_freq", id);
		put(name, "%u", cores->khz);
	}
	snprintf(name, sizeof(name), CPU "cpu%u/topology/cluster_cpus_list", id);
	put(name, "%u-%u", id - nth, id - nth + cores->n - 1);
	snprintf(name, sizeof(name), CPU "cpu%u/topology/core_cpus_list", id);
	put(name, "%u", id);
	snprintf(name, sizeof(name), CPU "cpu%u/topology/physical_package_id", id);
	put(name, "0");
}

static void put_common(unsigned int n_cpus, uint64_t mem_kb)
{
	put(CPU "possible", "0-%u", n_cpus - 1);
	put(CPU "online", "0-%u", n_cpus - 1);
	put("proc/meminfo", "MemTotal:       %8llu kB\nMemFree:         1234567 kB",
	    (unsigned long long)mem_kb);
	put("proc/sys/kernel/osrelease", "7.2.12-400.asahi.fc43.aarch64+16k");
}

static void put_node(unsigned int number, const char *driver)
{
	char name[128];

	snprintf(name, sizeof(name), "sys/class/drm/renderD%u/device/uevent", number);
	put(name, "OF_NAME=gpu\nDRIVER=%s\nOF_COMPATIBLE_N=1", driver);
}

static void put_mac(const struct mac *mac, bool links)
{
	char compatible[128];
	unsigned int n = 0;
	int size;

	put(DT "model", "%s", mac->model);
	size = snprintf(compatible, sizeof(compatible), "apple,%s%capple,%s%capple,arm-platform",
			mac->board, 0, mac->soc, 0);
	put_bytes(DT "compatible", compatible, (size_t)size + 1);
	for (const struct cores *c = mac->clusters; c->n; c++)
		for (unsigned int i = 0; i < c->n; i++)
			put_cpu(n++, c, i, links);
	put_common(n, mac->mem_kb);
	put("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd evtstrm aes "
	    "pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm asimddp sha512 "
	    "asimdfhm dit");
	put("sys/class/drm/card0/device/uevent", "DRIVER=apple-drm");
	put("sys/class/drm/version", "drm 1.1.0 20060810");
	if (mac->asahi)
		put_node(128, "asahi");
}

static struct mutsu_machine *open_machine(void)
{
	struct mutsu_machine *machine = NULL;
	struct mutsu_error err = { "" };

	ck_assert_msg(!mutsu_machine_open(&machine, root, &err), "%s", err.text);
	return machine;
}

static struct mutsu_machine_info info_of(const struct mutsu_machine *machine)
{
	struct mutsu_machine_info info;

	mutsu_machine_info(machine, &info);
	return info;
}

static struct mutsu_cluster_info cluster_of(const struct mutsu_machine *machine, uint32_t i)
{
	struct mutsu_cluster_info info;

	ck_assert_int_eq(mutsu_machine_cluster(machine, i, &info), 0);
	return info;
}

static struct mutsu_device_info device_of(const struct mutsu_machine *machine, uint32_t i)
{
	struct mutsu_device_info info;

	ck_assert_int_eq(mutsu_machine_device(machine, i, &info), 0);
	return info;
}

static void check_mac(const struct mac *mac, const char *soc_name, uint32_t n_performance)
{
	struct mutsu_machine *machine = open_machine();
	struct mutsu_machine_info info = info_of(machine);
	uint32_t n_clusters = 0, n_cpus = 0;

	for (const struct cores *c = mac->clusters; c->n; c++) {
		struct mutsu_cluster_info cluster = cluster_of(machine, n_clusters++);
		char cores[32];

		snprintf(cores, sizeof(cores), "%u-%u", n_cpus, n_cpus + c->n - 1);
		ck_assert_str_eq(cluster.cores, cores);
		ck_assert_str_eq(cluster.cpu, c->compatible);
		ck_assert_uint_eq(cluster.n_cores, c->n);
		ck_assert_uint_eq(cluster.capacity, c->capacity);
		ck_assert_uint_eq(cluster.max_hz, (uint64_t)c->khz * 1000);
		ck_assert_int_eq(cluster.performance, n_clusters > 1);
		n_cpus += c->n;
	}
	ck_assert_uint_eq(info.n_clusters, n_clusters);
	ck_assert_uint_eq(info.n_cpus, n_cpus);
	ck_assert_uint_eq(info.n_performance, n_performance);
	ck_assert_str_eq(info.model, mac->model);
	ck_assert_str_eq(info.soc, mac->soc);
	ck_assert_str_eq(info.soc_name, soc_name);
	ck_assert_str_eq(info.arch, "aarch64");
	ck_assert_str_eq(info.kernel, "Linux 7.2.12-400.asahi.fc43.aarch64+16k");
	ck_assert_str_eq(info.features, "asimd fphp asimdhp asimddp asimdfhm");
	ck_assert_uint_eq(info.memory, mac->mem_kb * 1024);
	mutsu_machine_close(machine);
}

static const struct {
	const struct mac *mac;
	const char *soc_name;
	uint32_t n_performance;
} macs[] = {
	{ &m1, "Apple M1", 4 },
	{ &m2pro, "Apple M2 Pro", 8 },
	{ &m3, "Apple M3", 4 },
	{ &m3max, "Apple M3 Max", 12 },
};

START_TEST(apple)
{
	put_mac(macs[_i].mac, true);
	check_mac(macs[_i].mac, macs[_i].soc_name, macs[_i].n_performance);
}
END_TEST

START_TEST(apple_without_links)
{
	put_mac(macs[_i].mac, false);
	check_mac(macs[_i].mac, macs[_i].soc_name, macs[_i].n_performance);
}
END_TEST

/* Where the kernel's link was followed when the tree was copied. */
START_TEST(device_tree_in_proc)
{
	struct mutsu_machine *machine;

	put_mac(&m1, false);
	put_link("proc/device-tree", "../elsewhere");
	drop("sys/firmware");
	put_bytes("elsewhere/model", "Some Mac", 9);
	put_bytes("elsewhere/compatible", "apple,j1\0apple,t8103", 21);
	machine = open_machine();
	ck_assert_str_eq(info_of(machine).model, "Some Mac");
	ck_assert_str_eq(info_of(machine).soc_name, "Apple M1");
	mutsu_machine_close(machine);
}
END_TEST

START_TEST(soc_names)
{
	static const char *const socs[][2] = {
		{ "t8103", "Apple M1" }, { "t6000", "Apple M1 Pro" }, { "t6001", "Apple M1 Max" },
		{ "t6002", "Apple M1 Ultra" }, { "t8112", "Apple M2" }, { "t6020", "Apple M2 Pro" },
		{ "t6021", "Apple M2 Max" }, { "t6022", "Apple M2 Ultra" }, { "t8122", "Apple M3" },
		{ "t6030", "Apple M3 Pro" }, { "t6031", "Apple M3 Max" },
		{ "t6034", "Apple M3 Max" }, { "t6032", "Apple M3 Ultra" }, { "t9999", "" }, { "s8000", "" },
	};

	for (size_t i = 0; i < sizeof(socs) / sizeof(socs[0]); i++) {
		struct mac mac = m1;
		struct mutsu_machine *machine;

		mac.soc = socs[i][0];
		put_mac(&mac, true);
		machine = open_machine();
		ck_assert_str_eq(info_of(machine).soc, socs[i][0]);
		ck_assert_str_eq(info_of(machine).soc_name, socs[i][1]);
		mutsu_machine_close(machine);
	}
}
END_TEST

/* Strings that are no SoC's name. */
START_TEST(no_soc)
{
	static const char *const names[] = {
		"arm-platform", "t", "table", "T8103", "t81 3", "x8103", "t12345678901234567890",
	};

	struct mutsu_machine *machine;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mac mac = m1;

		mac.soc = names[i];
		put_mac(&mac, true);
		machine = open_machine();
		ck_assert_str_eq(info_of(machine).soc, "");
		ck_assert_str_eq(info_of(machine).soc_name, "");
		mutsu_machine_close(machine);
	}
	/* Not terminated: cut, so not to be believed. */
	put_bytes(DT "compatible", "apple,j313\0apple,t8103", 22);
	machine = open_machine();
	ck_assert_str_eq(info_of(machine).soc, "");
	mutsu_machine_close(machine);
}
END_TEST

START_TEST(cores_offline)
{
	struct mutsu_machine *machine;

	put_mac(&m1, true);
	put(CPU "online", "0-3,5,7");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_cpus, 6);
	ck_assert_uint_eq(info_of(machine).n_performance, 2);
	ck_assert_str_eq(cluster_of(machine, 1).cores, "5,7");
	mutsu_machine_close(machine);

	/* Without links, CPU 5 still is the sixth node. */
	drop(CPU "cpu5/of_node");
	drop(CPU "cpu7/of_node");
	machine = open_machine();
	ck_assert_str_eq(cluster_of(machine, 1).cpu, "apple,firestorm");
	mutsu_machine_close(machine);

	put(CPU "online", "0-2");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_clusters, 1);
	ck_assert_uint_eq(info_of(machine).n_performance, 3);
	ck_assert(!cluster_of(machine, 0).performance);
	mutsu_machine_close(machine);
}
END_TEST

/*
 * Not Apple
 */

static void put_x86(unsigned int id, const char *threads, unsigned int capacity)
{
	char name[128];

	snprintf(name, sizeof(name), CPU "cpu%u/topology/core_cpus_list", id);
	put(name, "%s", threads);
	/* On x86 a cluster is often one core. */
	snprintf(name, sizeof(name), CPU "cpu%u/topology/cluster_cpus_list", id);
	put(name, "%s", threads);
	if (capacity) {
		snprintf(name, sizeof(name), CPU "cpu%u/cpu_capacity", id);
		put(name, "%u", capacity);
	}
}

START_TEST(x86_threads)
{
	struct mutsu_machine *machine;
	struct mutsu_machine_info info;

	put_common(8, 1 << 20);
	for (unsigned int i = 0; i < 8; i++) {
		char threads[16];

		snprintf(threads, sizeof(threads), "%u,%u", i % 4, i % 4 + 4);
		put_x86(i, threads, 0);
	}
	put("proc/sys/kernel/arch", "x86_64");
	put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse2 fma avx f16c avx2 avx512fp16\n");
	put_node(129, "i915");
	put_node(128, "amdgpu");
	put_node(130, "xe");

	machine = open_machine();
	info = info_of(machine);
	ck_assert_uint_eq(info.n_cpus, 8);
	ck_assert_uint_eq(info.n_clusters, 1);
	ck_assert_uint_eq(info.n_performance, 4);
	ck_assert_uint_eq(cluster_of(machine, 0).n_cores, 4);
	ck_assert_str_eq(cluster_of(machine, 0).cores, "0-7");
	ck_assert_str_eq(cluster_of(machine, 0).cpu, "");
	ck_assert(cluster_of(machine, 0).performance);
	ck_assert_str_eq(info.arch, "x86_64");
	ck_assert_str_eq(info.soc, "");
	ck_assert_str_eq(info.soc_name, "");
	ck_assert_str_eq(info.model, "");
	ck_assert_str_eq(info.features, "avx2 fma f16c");

	ck_assert_uint_eq(info.n_devices, 3);
	ck_assert_str_eq(device_of(machine, 2).name, "renderD130");
	ck_assert_str_eq(device_of(machine, 0).name, "renderD128");
	ck_assert_str_eq(device_of(machine, 0).driver, "amdgpu");
	ck_assert_str_eq(device_of(machine, 0).why, "amdgpu: not an AGX GPU; the CPU is used");
	ck_assert_str_eq(device_of(machine, 1).name, "renderD129");
	ck_assert(!device_of(machine, 1).usable);
	mutsu_machine_close(machine);
}
END_TEST

/* Favoured cores differ a little; threads of offline siblings count. */
START_TEST(x86_hybrid)
{
	struct mutsu_machine *machine;

	put_common(8, 1 << 20);
	put_x86(0, "0-1", 1009);
	put_x86(1, "0-1", 1009);
	put_x86(2, "2-3", 1024);
	put_x86(3, "2-3", 1024);
	for (unsigned int i = 4; i < 8; i++) {
		char threads[16];

		snprintf(threads, sizeof(threads), "%u", i);
		put_x86(i, threads, 623);
	}
	put(CPU "online", "0-1,3-7");

	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_clusters, 2);
	ck_assert_uint_eq(info_of(machine).n_performance, 2);
	ck_assert_str_eq(cluster_of(machine, 0).cores, "0-1,3");
	ck_assert_uint_eq(cluster_of(machine, 0).capacity, 1024);
	ck_assert_str_eq(cluster_of(machine, 1).cores, "4-7");
	ck_assert(!cluster_of(machine, 1).performance);
	ck_assert_uint_eq(cluster_of(machine, 1).n_cores, 4);
	ck_assert_uint_eq(info_of(machine).n_devices, 0);
	mutsu_machine_close(machine);
}
END_TEST

/*
 * Devices
 */

static void check_why(const struct mac *mac, const char *driver, const char *why)
{
	struct mutsu_machine *machine;
	struct mutsu_device_info device;

	put_mac(mac, true);
	if (!strcmp(driver, "asahi"))
		put_node(128, "asahi");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_devices, 1);
	device = device_of(machine, 0);
	ck_assert_str_eq(device.name, *driver ? "renderD128" : "gpu");
	ck_assert_str_eq(device.driver, driver);
	ck_assert(device.usable == !*why);
	ck_assert_str_eq(device.why, why);
	mutsu_machine_close(machine);
	drop("sys");
}

START_TEST(apple_gpus)
{
	struct mac unknown = m3;

	unknown.soc = "t8132";
	check_why(&m1, "asahi", "");
	check_why(&m2pro, "asahi", "");
	check_why(&m2pro, "", "t6020: no asahi render node: this kernel has no driver for the "
		  "M2 Pro GPU (G14S); boot one that has DRM_ASAHI, such as Fedora Asahi Remix's");
	check_why(&m3, "", "t8122: no asahi render node: this kernel has no driver for the "
		  "M3 GPU (G15G); the CPU is used");
	check_why(&m3max, "", "t6031: no asahi render node: this kernel has no driver for the "
		  "M3 Max GPU (G15C); the CPU is used");
	/* Kernels that have one, which are not Linux 7.2. */
	check_why(&m3max, "asahi", "t6031: there are no kernels for this GPU yet; the CPU is used");
	check_why(&unknown, "", "t8132: no asahi render node, and libmutsu " MUTSU_VERSION
		  " does not know this SoC; the CPU is used");
	put("sys/bus/platform/drivers/asahi/uevent", "%s", "");
	check_why(&m2pro, "", "t6020: no asahi render node though the driver is loaded; "
		  "the kernel log says why: dmesg | grep -i -e asahi -e agx");
}
END_TEST

/* A second GPU does not hide that the first is missing. */
START_TEST(other_gpu_in_a_mac)
{
	struct mutsu_machine *machine;

	put_mac(&m3, true);
	put_node(128, "amdgpu");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_devices, 2);
	ck_assert_str_eq(device_of(machine, 0).driver, "amdgpu");
	ck_assert_str_eq(device_of(machine, 1).name, "gpu");
	mutsu_machine_close(machine);
}
END_TEST

START_TEST(odd_device_names)
{
	struct mutsu_machine *machine;

	put_common(1, 1);
	put("sys/class/drm/renderD/device/uevent", "DRIVER=a");
	put("sys/class/drm/renderD12x/device/uevent", "DRIVER=b");
	put("sys/class/drm/renderD99999999999/device/uevent", "DRIVER=c");
	put("sys/class/drm/renderD1000/device/uevent", "MODALIAS=x\nNOTDRIVER=d");
	put("sys/class/drm/renderD200/device/uevent",
	    "DRIVER=a-name-that-is-too-long-for-any-driver\nDRIVER=e");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_devices, 2);
	ck_assert_str_eq(device_of(machine, 0).driver, "a-name-that-is-too-long-for-any");
	ck_assert_str_eq(device_of(machine, 1).name, "renderD1000");
	ck_assert_str_eq(device_of(machine, 1).driver, "");
	ck_assert_str_eq(device_of(machine, 1).why, "not an AGX GPU; the CPU is used");
	mutsu_machine_close(machine);
}
END_TEST

/*
 * Broken trees
 */

static void check_text(const char *text)
{
	ck_assert_ptr_nonnull(text);
	for (const char *p = text; *p; p++)
		ck_assert_msg(*p >= ' ' && *p <= '~', "not text: %s", text);
}

/* What holds for every tree. */
static void check_sane(void)
{
	struct mutsu_machine *machine = open_machine();
	struct mutsu_machine_info info = info_of(machine);
	uint32_t n_cores = 0;

	check_text(info.model);
	check_text(info.soc);
	check_text(info.soc_name);
	check_text(info.arch);
	check_text(info.kernel);
	check_text(info.features);
	ck_assert_uint_ge(info.n_cpus, 1);
	ck_assert_uint_ge(info.n_clusters, 1);
	ck_assert_uint_ge(info.n_performance, 1);
	ck_assert_uint_le(info.n_performance, info.n_cpus);
	ck_assert_uint_ge(info.page_size, 4096);
	for (uint32_t i = 0; i < info.n_clusters; i++) {
		struct mutsu_cluster_info cluster = cluster_of(machine, i);

		check_text(cluster.cpu);
		check_text(cluster.cores);
		ck_assert_uint_ge(cluster.n_cores, 1);
		ck_assert_uint_le(cluster.capacity, 1024);
		n_cores += cluster.n_cores;
	}
	ck_assert_uint_le(n_cores, info.n_cpus);
	for (uint32_t i = 0; i < info.n_devices; i++) {
		struct mutsu_device_info device = device_of(machine, i);

		check_text(device.name);
		check_text(device.driver);
		check_text(device.why);
		ck_assert(device.usable || *device.why);
	}
	mutsu_machine_close(machine);
}

START_TEST(empty_tree)
{
	struct mutsu_machine *machine;
	struct mutsu_machine_info info;

	put("proc/nothing", "%s", "");
	check_sane();
	machine = open_machine();
	info = info_of(machine);
	ck_assert_uint_eq(info.n_cpus, 1);
	ck_assert_uint_eq(info.n_performance, 1);
	ck_assert_uint_eq(info.memory, 0);
	ck_assert_uint_eq(info.n_devices, 0);
	ck_assert_str_eq(info.kernel, "");
	ck_assert_str_eq(info.arch, "");
	ck_assert_str_eq(cluster_of(machine, 0).cores, "0");
	mutsu_machine_close(machine);
}
END_TEST

START_TEST(wrong_values)
{
	static const char *const lists[] = {
		"", "x", "-", "0-", "-3", "3-0", "0,,1", "0,", "0-8192", "99999999999999999999",
		"18446744073709551620", "0-3 ", "0 1", "0x3", "0-3:1/2", "\xff",
	};
	static const char *const numbers[] = {
		"", "x", "-5", "1e3", "18446744073709551616", "18446744073709551620",
		"5 apples", "0", "99999999999999",
	};

	put_mac(&m1, true);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct mutsu_machine *machine;

		put(CPU "online", "%s", lists[i]);
		machine = open_machine();
		/* As many as are possible. */
		ck_assert_uint_eq(info_of(machine).n_cpus, 8);
		ck_assert_uint_eq(info_of(machine).n_performance, 4);
		mutsu_machine_close(machine);
		put(CPU "cpu4/topology/cluster_cpus_list", "%s", lists[i]);
		put(CPU "cpu5/topology/core_cpus_list", "%s", lists[i]);
		check_sane();
	}
	put_mac(&m1, true);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct mutsu_machine *machine;

		put(CPU "cpu4/cpu_capacity", "%s", numbers[i]);
		put(CPU "cpu4/cpufreq/cpuinfo_max_freq", "%s", numbers[i]);
		put("proc/meminfo", "MemTotal: %s kB", i ? numbers[i] : "36028797018963968");
		machine = open_machine();
		if (strcmp(numbers[i], "99999999999999"))
			ck_assert_uint_eq(info_of(machine).memory, 0);
		ck_assert_uint_eq(cluster_of(machine, 1).capacity, 1024);
		mutsu_machine_close(machine);
		check_sane();
	}
}
END_TEST

/* Lists of siblings that cannot all be true. */
START_TEST(contradictions)
{
	put_mac(&m1, true);
	for (unsigned int i = 0; i < 8; i++) {
		char name[128];

		snprintf(name, sizeof(name), CPU "cpu%u/topology/core_cpus_list", i);
		put(name, "0-7");
	}
	check_sane();
	put(CPU "cpu2/topology/cluster_cpus_list", "2-8191");
	put(CPU "cpu3/topology/cluster_cpus_list", "0-1");
	check_sane();
}
END_TEST

START_TEST(most_cpus)
{
	struct mutsu_machine *machine;

	put_common(1, 1);
	put(CPU "online", "0-8191");
	check_sane();
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_cpus, 8192);
	ck_assert_uint_eq(info_of(machine).n_performance, 8192);
	mutsu_machine_close(machine);
}
END_TEST

START_TEST(huge_and_odd_files)
{
	const size_t n = 1 << 20;
	char *big = malloc(n), path[512];
	struct mutsu_machine *machine;

	put_mac(&m1, true);
	memset(big, '7', n);
	put_bytes(DT "model", big, n);
	put_bytes(DT "compatible", big, n);
	put_bytes("proc/meminfo", big, n);
	put_bytes("proc/cpuinfo", big, n);
	put_bytes(CPU "online", big, n);
	put_bytes(CPU "cpu1/of_node/compatible", big, n);
	check_sane();
	for (size_t i = 0; i < n; i++)
		big[i] = i % 2 ? ',' : '0';
	put_bytes(CPU "online", big, n);
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).n_cpus, 8);
	mutsu_machine_close(machine);
	put_bytes(CPU "possible", big, n);
	check_sane();
	free(big);

	drop("proc/meminfo");
	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	drop("proc/cpuinfo");
	put("proc/cpuinfo/is/a/folder", "%s", "");
	drop("sys/class/drm");
	put("sys/class/drm", "a file");
	check_sane();
}
END_TEST

/* A copied tree must not answer with the host's files. */
START_TEST(links_stay_inside)
{
	struct mutsu_machine *machine;

	put_mac(&m1, true);
	drop("proc/meminfo");
	put_link("proc/meminfo", "../../../../../../proc/meminfo");
	put_link("proc/sys/kernel/osrelease", "/etc/passwd");
	machine = open_machine();
	ck_assert_uint_eq(info_of(machine).memory, 0);
	ck_assert_str_eq(info_of(machine).kernel, "");
	mutsu_machine_close(machine);

	put_link("proc/device-tree", "/dt");
	drop("sys/firmware");
	put_bytes("dt/compatible", "apple,j1\0apple,t8103", 21);
	machine = open_machine();
	ck_assert_str_eq(info_of(machine).soc, "t8103");
	mutsu_machine_close(machine);
}
END_TEST

static char *files[512];
static size_t n_files;

static int note_file(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)ftw;
	if (type == FTW_F && n_files < sizeof(files) / sizeof(files[0]))
		files[n_files++] = strdup(path + strlen(root) + 1);
	return 0;
}

static void corrupt(const char *name)
{
	static const char alphabet[] = "0123456789,-\n ";
	char data[600];
	size_t n = kt_below(sizeof(data));

	switch (kt_below(4)) {
	case 0:
		drop(name);
		return;
	case 1:
		n = 0;
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			data[i] = (char)kt_random();
		break;
	default:
		n = n % 12;
		for (size_t i = 0; i < n; i++)
			data[i] = alphabet[kt_below(sizeof(alphabet) - 1)];
	}
	put_bytes(name, data, n);
}

START_TEST(random_damage)
{
	for (int round = 0; round < 12; round++) {
		put_mac(macs[round % 4].mac, round % 3);
		n_files = 0;
		nftw(root, note_file, 16, FTW_PHYS);
		for (int i = 0; i < 40; i++) {
			corrupt(files[kt_below((uint32_t)n_files)]);
			check_sane();
		}
		while (n_files)
			free(files[--n_files]);
		drop("sys");
		drop("proc");
	}
}
END_TEST

/*
 * This machine, and misuse
 */

START_TEST(this_machine)
{
	static const char *const here[] = { NULL, "" };

	for (size_t i = 0; i < 2; i++) {
		struct mutsu_machine *machine;
		struct mutsu_machine_info info;

		ck_assert_int_eq(mutsu_machine_open(&machine, here[i], NULL), 0);
		info = info_of(machine);
		ck_assert_uint_eq(info.n_cpus, (uint32_t)sysconf(_SC_NPROCESSORS_ONLN));
		ck_assert_uint_eq(info.page_size, (uint32_t)sysconf(_SC_PAGESIZE));
		ck_assert_uint_gt(info.memory, 0);
		ck_assert_uint_ge(info.n_performance, 1);
		ck_assert_int_eq(strncmp(info.kernel, "Linux ", 6), 0);
		ck_assert_str_ne(info.arch, "");
		mutsu_machine_close(machine);
	}
}
END_TEST

START_TEST(misuse)
{
	struct mutsu_machine *machine = (void *)1;
	struct mutsu_cluster_info cluster;
	struct mutsu_device_info device;
	struct mutsu_error err;
	char path[512];

	ck_assert_int_eq(mutsu_machine_open(&machine, "/nonexistent", &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent"));
	ck_assert_int_eq(mutsu_machine_open(&machine, root, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "neither proc/ nor sys/"));
	put("proc/file", "%s", "");
	snprintf(path, sizeof(path), "%s/proc/file", root);
	ck_assert_int_eq(mutsu_machine_open(&machine, path, &err), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(err.text, "give the folder"));
	ck_assert_int_eq(mutsu_machine_open(&machine, path, NULL), -ENOTDIR);
	ck_assert_ptr_eq(machine, (void *)1);
	mutsu_machine_close(NULL);

	machine = open_machine();
	ck_assert_int_eq(mutsu_machine_cluster(machine, 1, &cluster), -EINVAL);
	ck_assert_int_eq(mutsu_machine_device(machine, 0, &device), -EINVAL);
	mutsu_machine_close(machine);
}
END_TEST

static bool has_openat2(void)
{
	struct open_how how = { .flags = O_PATH, .resolve = RESOLVE_IN_ROOT };
	long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

int main(void)
{
	const int n_macs = sizeof(macs) / sizeof(macs[0]);
	Suite *suite = suite_create("machine");
	TCase *tc = tcase_create("trees");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, apple, 0, n_macs);
	tcase_add_loop_test(tc, apple_without_links, 0, n_macs);
	tcase_add_test(tc, device_tree_in_proc);
	tcase_add_test(tc, soc_names);
	tcase_add_test(tc, no_soc);
	tcase_add_test(tc, cores_offline);
	tcase_add_test(tc, x86_threads);
	tcase_add_test(tc, x86_hybrid);
	tcase_add_test(tc, apple_gpus);
	tcase_add_test(tc, other_gpu_in_a_mac);
	tcase_add_test(tc, odd_device_names);
	tcase_add_test(tc, empty_tree);
	tcase_add_test(tc, wrong_values);
	tcase_add_test(tc, contradictions);
	tcase_add_test(tc, most_cpus);
	tcase_add_test(tc, huge_and_odd_files);
	tcase_add_test(tc, random_damage);
	tcase_add_test(tc, this_machine);
	tcase_add_test(tc, misuse);
	if (has_openat2())
		tcase_add_test(tc, links_stay_inside);
	else
		suite_skip("links_stay_inside", "the kernel has no openat2()");
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
