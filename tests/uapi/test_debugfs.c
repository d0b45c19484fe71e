// SPDX-License-Identifier: MIT
/*
 * debugfs: what it says of clients, and that it can be read while they come and go.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "debug.h"

static struct ut_gpu gpu;

/* What a file says of a client: from its line to the next client's; NULL: nothing. */
static char *client_part(const char *name, int fd)
{
	char *text = ut_read_debugfs(name), head[64], *part, *end;

	snprintf(head, sizeof(head), "client %llu: ",
		 (unsigned long long)ut_fdinfo_number(fd, "drm-client-id"));
	part = strstr(text, head);
	if (!part) {
		free(text);
		return NULL;
	}
	end = strstr(part + 1, "\nclient ");
	part = strndup(part, end ? (size_t)(end + 1 - part) : strlen(part));
	free(text);
	return part;
}

static void says(const char *name, const char *text)
{
	const char *part = client_part(name, gpu.fd);

	if (!part || !strstr(part, text))
		ut_fail(__FILE__, __LINE__, "%s: no '%s' in: %s", name, text, part ? part : "");
}

static void says_not(const char *name, const char *text)
{
	const char *part = client_part(name, gpu.fd);

	if (part && strstr(part, text))
		ut_fail(__FILE__, __LINE__, "%s: '%s' in: %s", name, text, part);
}

/* When the schedulers and the engine have come so far. */
static void says_soon(const char *name, const char *text)
{
	for (u32 i = 0; i < 100; i++) {
		char *part = client_part(name, gpu.fd);
		bool found = part && strstr(part, text);

		free(part);
		if (found)
			return;
		ut_sleep_ms(10);
	}
	says(name, text);
}

static void clients(void)
{
	static const char *const files[] = { "vms", "queues", "objects" };
	char text[64];

	ut_gpu_init(&gpu);
	snprintf(text, sizeof(text), "pid %d\n", getpid());
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int other = ut_open();

		says(files[i], text);
		says(files[i], "test_debugfs");
		ut_assert(client_part(files[i], other));
		close(other);
	}
}

static void vms(void)
{
	u32 bo;

	ut_gpu_init(&gpu);
	says("vms", "  vm 1: kernel 0x7fdfff8000-0x7fffff8000\n");
	says("vms", "    0x1100000000-0x1100100000 r-- bo ");
	says("vms", "    0x1300000000-0x1300100000 rw- bo ");
	bo = ut_gem(gpu.fd, 8 * UT_PAGE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 2 * UT_PAGE, 6 * UT_PAGE, UT_FREE,
		      DRM_ASAHI_BIND_WRITE));
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, UT_PAGE, 0x100000000, UT_FREE + 0x100000000,
		      UT_RW | DRM_ASAHI_BIND_SINGLE_PAGE));
	ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_PAGE, UT_FREE + UT_PAGE));
	says("vms", "    0x2000000000-0x2000004000 -w- bo ");
	says_not("vms", "0x2000004000-");
	says("vms", "    0x2000008000-0x2000018000 -w- bo ");
	says("vms", " offset 0x10000\n");
	says("vms", "    0x2100000000-0x2200000000 rw1 bo ");
	says_not("vms", "fault");
	ut_ret(ut_poke(&gpu, UT_FREE + UT_PAGE, 1), -EIO);
	says("vms", "    fault 1: queue 1, submission 1, command 0: ");
	ut_ok(ut_gem_close(gpu.fd, bo));
	says_not("vms", "0x2000000000-");
	ut_ok(ut_vm_destroy(gpu.fd, gpu.vm));
	says_not("vms", "  vm 1:");
}

/* More than are shown in one go. */
static void many_mappings(void)
{
	const char *at;
	u32 bo, n = 0;

	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, UT_PAGE);
	for (u32 i = 0; i < 1500; i++)
		ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, UT_PAGE, UT_FREE + 2ull * i * UT_PAGE,
			      UT_RW));
	at = client_part("vms", gpu.fd);
	ut_assert(at);
	for (; (at = strstr(at, " bo ")); at++)
		n++;
	ut_eq(n, 1503);
}

static void queues(void)
{
	u32 first, second;

	ut_gpu_init(&gpu);
	ut_eq(ut_queue(gpu.fd, gpu.vm, 0x123456000), 2);
	says("queues", "  queue 2: vm 1, priority medium, usc 0x0123456000, submitted 0, ");
	says("queues", "submitted 0, in flight 0, completed 0, errors 0, ");
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_ret(ut_poke(&gpu, UT_FREE, 1), -EIO);
	first = ut_start_stream(&gpu, ut_spin(&gpu));
	second = ut_start_stream(&gpu, ut_spin(&gpu));
	says("queues", "  queue 1: vm 1, priority medium, usc 0x1100000000, submitted 4, ");
	says_soon("queues", "submitted 4, in flight 2, completed 2, errors 1, ");
	says_not("queues", "capture");
	ut_ok(ut_capture(gpu.fd, 2, memfd_create("image", 0), 0));
	says("queues", ", capture\n");
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, first));
	ut_ok(ut_fence_error(gpu.fd, second));
	ut_ok(ut_queue_destroy(gpu.fd, 2));
	says_not("queues", "  queue 2:");
}

static void objects(void)
{
	u32 shared, private, object;
	char text[64];

	ut_gpu_init(&gpu);
	shared = ut_gem(gpu.fd, 2 * UT_PAGE);
	snprintf(text, sizeof(text), "  bo %u: ", shared);
	says("objects", text);
	says("objects", " size 0x8000 writeback\n");
	ut_assert(ut_export(gpu.fd, shared) >= 0);
	says("objects", " size 0x8000 writeback exported\n");
	ut_ok(ut_gem_create(gpu.fd, UT_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm, &private));
	says("objects", " size 0x4000 private\n");
	ut_ok(ut_object_bind(gpu.fd, shared, UT_PAGE, UT_PAGE, &object));
	says("objects", "  timestamps 1: bo ");
	ut_ok(ut_object_unbind(gpu.fd, object));
	says_not("objects", "timestamps");
	ut_ok(ut_gem_close(gpu.fd, shared));
	says_not("objects", text);
}

/* A core has to be given time first. */
static bool engine_says(const char *text)
{
	for (u32 i = 0; i < 100; i++) {
		char *all = ut_read_debugfs("engine");
		bool found = strstr(all, text);

		free(all);
		if (found)
			return true;
		ut_sleep_ms(10);
	}
	return false;
}

static void engine(void)
{
	struct drm_agxc_info info;
	char text[64];
	u32 syncobj;

	ut_gpu_init(&gpu);
	ut_get_info(gpu.fd, &info);
	snprintf(text, sizeof(text), "cores %u, slots %u", info.cores, info.slots);
	ut_assert(engine_says(text));
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_assert(engine_says("queue 1 of VM 1, submission 1, command 0 of 1"));
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
}

/* --- while clients come and go ------------------------------------------------------ */

static void come_and_go(void *ctx)
{
	struct ut_gpu own;

	(void)ctx;
	for (;;) {
		u32 object, bo;

		ut_gpu_init(&own);
		bo = ut_gem(own.fd, UT_PAGE);
		ut_ok(ut_object_bind(own.fd, bo, 0, UT_PAGE, &object));
		/* Each other's faults cancel what they do. */
		ut_poke(&own, UT_DATA, 1);
		ut_poke(&own, UT_FREE, 1);
		ut_gpu_fini(&own);
		close(own.fd);
	}
}

static void read_meanwhile(void)
{
	static const char *const files[] = { "vms", "queues", "objects", "engine", "clients" };
	int child[3];
	u64 end;

	close(ut_open());
	for (size_t i = 0; i < ARRAY_SIZE(child); i++)
		child[i] = ut_fork(come_and_go, NULL);
	end = ut_now() + ut_cycles(3) * 1000000000ull;
	while (ut_now() < end)
		for (size_t i = 0; i < ARRAY_SIZE(files); i++)
			free(ut_read_debugfs(files[i]));
	for (size_t i = 0; i < ARRAY_SIZE(child); i++)
		ut_kill(child[i]);
}

static const struct ut_test tests[] = {
	UT(clients),
	UT(vms),
	UT(many_mappings),
	UT(queues),
	UT(objects),
	UT(engine),
	UT_SLOW(read_meanwhile, 60),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
