// SPDX-License-Identifier: MIT
/*
 * Open, submit, close, thousands of times, also with kill -9 in the middle: slab and
 * pages are where they were.  -c says how often; the issue of it all is 10000 and 1000.
 *
 * What the kernel keeps for later is given back before it is counted, as far as it can
 * be told to; the rest fills up and then stays.  So cycles come in batches: a leak is
 * what grows in each of the last three, by a share of their cycles.
 */
#include <glob.h>
#include <signal.h>
#include <unistd.h>

#include "gpu.h"

#define BATCHES 4		/* the first warms up */
#define CACHES 512
#define SETTLE_MS 500

struct cache {
	char name[48];
	s64 objects;
};

/* In pages, objects, areas. */
struct usage {
	s64 slab, vmalloc, shmem, other, areas;
	u32 n_caches;
	struct cache cache[CACHES];
};

static struct usage usage[BATCHES + 1];
static struct ut_gpu gpu;

/* --- what the kernel uses ------------------------------------------------------------------ */

static s64 field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoll(at + strlen(name), NULL, 0) : 0;
}

static void read_meminfo(struct usage *u)
{
	static const char *const known[] = {
		"\nMemFree:", "\nBuffers:", "\nCached:", "\nAnonPages:", "\nPageTables:",
		"\nKernelStack:", "\nSReclaimable:", "\nSUnreclaim:",
	};
	const s64 page = sysconf(_SC_PAGESIZE) / 1024;
	char text[4096];
	FILE *f = fopen("/proc/meminfo", "r");
	size_t n;

	ut_assert(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	u->slab = field(text, "\nSUnreclaim:") / page;
	u->vmalloc = field(text, "\nVmallocUsed:") / page;
	u->shmem = field(text, "\nShmem:") / page;
	u->other = field(text, "MemTotal:") / page;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		u->other -= field(text, known[i]) / page;
}

static void read_slabinfo(struct usage *u)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[512];

	u->n_caches = 0;
	while (f && fgets(line, sizeof(line), f) && u->n_caches < CACHES) {
		struct cache *cache = &u->cache[u->n_caches];
		long long active;

		/* Of areas, purged or not. */
		if (!strncmp(line, "vmap_area", 9) || !strncmp(line, "kmemleak", 8))
			continue;
		if (sscanf(line, "%47s %lld", cache->name, &active) == 2) {
			cache->objects = active;
			u->n_caches++;
		}
	}
	if (f)
		fclose(f);
}

static void read_vmallocinfo(struct usage *u)
{
	FILE *f = fopen("/proc/vmallocinfo", "r");
	char line[1024];

	/* What is unmapped is purged when there is enough of it. */
	u->areas = 0;
	while (f && fgets(line, sizeof(line), f))
		u->areas += strchr(line, '\n') && !strstr(line, "unpurged");
	if (f)
		fclose(f);
}

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

/* Slabs without objects, and the objects that KASAN keeps to see who still uses them. */
static void shrink_caches(void)
{
	glob_t caches;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		return;
	for (size_t i = 0; i < caches.gl_pathc; i++)
		write_to(caches.gl_pathv[i], "1");
	globfree(&caches);
}

static void take(struct usage *u)
{
	/* What is freed later has been freed. */
	ut_sleep_ms(SETTLE_MS);
	write_to("/proc/sys/vm/drop_caches", "7");
	shrink_caches();
	ut_sleep_ms(SETTLE_MS);
	read_meminfo(u);
	read_slabinfo(u);
	read_vmallocinfo(u);
}

/* --- comparing ------------------------------------------------------------------------------ */

static s64 objects_of(const struct usage *u, const char *name)
{
	for (u32 i = 0; i < u->n_caches; i++)
		if (!strcmp(u->cache[i].name, name))
			return u->cache[i].objects;
	return 0;
}

/*
 * Whether it has grown by most in each of the last batches, and as evenly as the cycles: what
 * fills up grows less and less.
 */
static bool grows(const s64 *values, s64 most)
{
	for (u32 i = 2; i <= BATCHES; i++)
		if (values[i] - values[i - 1] < most)
			return false;
	return 2 * (values[BATCHES] - values[BATCHES - 1]) >= values[2] - values[1];
}

static void check(const char *name, const s64 *values, u32 batch, bool always)
{
	s64 most = batch / 8 < 16 ? 16 : batch / 8;
	bool bad = grows(values, most);

	if (always || bad || values[BATCHES] - values[1] > most)
		ut_note("%-24s %8lld before; %8lld after warming up; then %lld %lld %lld", name,
			(long long)values[0], (long long)values[1], (long long)values[2],
			(long long)values[3], (long long)values[4]);
	if (bad)
		ut_fail(__FILE__, __LINE__, "%s grows", name);
}

#define CHECK(member) \
	do { \
		s64 values[BATCHES + 1]; \
		for (u32 i = 0; i <= BATCHES; i++) \
			values[i] = usage[i].member; \
		check(#member, values, batch, true); \
	} while (0)

static void compare(u32 batch)
{
	const struct usage *last = &usage[BATCHES];

	CHECK(slab);
	CHECK(vmalloc);
	CHECK(shmem);
	CHECK(other);
	CHECK(areas);
	for (u32 i = 0; i < last->n_caches; i++) {
		s64 values[BATCHES + 1];

		for (u32 k = 0; k <= BATCHES; k++)
			values[k] = objects_of(&usage[k], last->cache[i].name);
		check(last->cache[i].name, values, batch, false);
	}
}

static void in_batches(u32 cycles, void (*cycle)(u32 i))
{
	u32 batch = (cycles + BATCHES - 1) / BATCHES;

	close(ut_open());
	take(&usage[0]);
	for (u32 i = 1; i <= BATCHES; i++) {
		for (u32 k = 0; k < batch; k++)
			cycle(k);
		take(&usage[i]);
	}
	ut_note("%u cycles", batch * BATCHES);
	compare(batch);
}

/* --- cycles ----------------------------------------------------------------------------------- */

static u64 grid_stream(void)
{
	return ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform dst, buffer\n"
			"mov r1, thread_in_grid_x\n"
			"store r1, dst, r1, i32, x, a\n",
		.args = { UT_DATA }, .global = { 256 }, .local = { 64 },
	});
}

/* Of each thing one, some of which are left to the file's end. */
static void use(u32 i)
{
	u32 object = 0, syncobj, bo, prime_handle = 0;
	int prime;

	bo = ut_gem(gpu.fd, 3 * UT_PAGE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, 3 * UT_PAGE, UT_FREE, UT_RW));
	ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_PAGE, UT_FREE + UT_PAGE));
	ut_ok(ut_object_bind(gpu.fd, bo, 0, UT_PAGE, &object));
	prime = ut_export(gpu.fd, bo);
	ut_assert(prime >= 0);
	ut_ok(ut_import(gpu.fd, prime, &prime_handle));
	close(prime);
	syncobj = ut_start_stream(&gpu, grid_stream());
	/* An address space that is destroyed under its work is a fault. */
	if (i % 2 || i % 3 == 0)
		ut_ok(ut_fence_error(gpu.fd, syncobj));
	if (i % 3 == 0) {
		ut_ok(ut_object_unbind(gpu.fd, object));
		ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
		ut_ok(ut_vm_destroy(gpu.fd, gpu.vm));
	}
}

static void open_submit_close(u32 i)
{
	ut_gpu_init(&gpu);
	use(i);
	ut_gpu_close(&gpu);
}

static void until_killed(void *ctx)
{
	(void)ctx;
	for (u32 i = 0;; i++) {
		ut_gpu_init(&gpu);
		use(i);
		if (i % 3)
			ut_start_stream(&gpu, ut_spin(&gpu));
		if (i % 4)
			ut_gpu_close(&gpu);
	}
}

static void killed(u32 i)
{
	int pid = ut_fork(until_killed, NULL);

	usleep(2000 + i * 7919 % 20000);
	ut_kill(pid);
}

static void faulting(u32 i)
{
	(void)i;
	ut_gpu_init(&gpu);
	ut_ret(ut_poke(&gpu, 0x4000, 1), -EIO);
	ut_gpu_close(&gpu);
}

static void cycles(void)
{
	in_batches(ut_cycles(400), open_submit_close);
}

static void cycles_with_kill(void)
{
	/* A tenth of what was asked for. */
	in_batches(ut_cycles(1000) / 10, killed);
}

static void cycles_with_faults(void)
{
	in_batches(ut_cycles(1000) / 10, faulting);
}

static const struct ut_test tests[] = {
	UT_SLOW(cycles, 7200),
	UT_SLOW(cycles_with_kill, 7200),
	UT_SLOW(cycles_with_faults, 7200),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
