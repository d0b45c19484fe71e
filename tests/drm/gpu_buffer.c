// SPDX-License-Identifier: MIT
/* Devices and buffers: what they promise, other drivers' memory, and that nothing is left. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dt.h"
#include "runtime/drm/priv.h"
#include "tests/uapi/uapi.h"

static struct dt dt;

#define PAGE 0x4000u
#define NOBODY 65534

static void listed(void)
{
	struct mutsu_gpu_info info[16];
	const struct mutsu_gpu_info *first = dt_find();
	int n;

	dt_open(&dt);
	n = mutsu_gpu_list(info, ARRAY_SIZE(info));
	ut_assert(n >= 1 && n <= 16);
	ut_eq(mutsu_gpu_list(NULL, 0), n);
	ut_assert(!memcmp(mutsu_gpu_info(dt.gpu), first, sizeof(*first)));
	ut_assert(!strncmp(first->path, "/dev/dri/renderD", 16));
	ut_assert(first->generation == 13 || first->generation == 14);
	ut_assert(first->n_cores >= 1 && first->n_clusters >= 1 && first->max_commands >= 1);
	ut_eq(mutsu_gpu_usc_base(dt.gpu), 0x1100000000ull);
	ut_note("%s: %s, %u cores%s", first->path, first->name, first->n_cores,
		first->software ? ", software" : "");
	dt_close(&dt);
}

static void be_nobody(void *ctx)
{
	const char *path = ctx;
	struct mutsu_error err = { "" };
	struct mutsu_gpu_info info;
	struct mutsu_gpu *gpu;

	ut_assert(!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	ut_ret(mutsu_gpu_open(&gpu, path, &err), -EACCES);
	ut_assert(strstr(err.text, "for members of group 'root'"));
	/* It is there all the same. */
	ut_assert(mutsu_gpu_list(&info, 1) >= 1);
	ut_assert(!strcmp(info.path, path));
	ut_assert(strstr(info.why, "for members of group 'root'"));
	ut_assert(!dt_find());
}

static void without_permission(void)
{
	const struct mutsu_gpu_info *info = dt_find();
	struct stat st;

	if (!info || getuid())
		ut_skip(info ? "only root can become somebody else" : "no GPU");
	ut_assert(!stat(info->path, &st));
	ut_assert(!chmod(info->path, 0660));
	if (st.st_gid)
		ut_skip("the device is not of group root");
	ut_join(ut_fork(be_nobody, (void *)(uintptr_t)info->path));
	ut_assert(!chmod(info->path, st.st_mode & 07777));
}

/* The other devices of the machine are none. */
static void other_driver(void)
{
	struct mutsu_error err = { "" };
	struct mutsu_gpu *gpu;
	char path[32];
	int fd = ut_open_driver("vgem");

	if (fd < 0)
		ut_skip("no vgem");
	for (u32 i = 128; i < 192; i++) {
		struct stat st, node;

		snprintf(path, sizeof(path), "/dev/dri/renderD%u", i);
		if (!stat(path, &st) && !fstat(fd, &node) && st.st_rdev == node.st_rdev)
			break;
	}
	ut_ret(mutsu_gpu_open(&gpu, path, &err), -ENXIO);
	ut_assert(strstr(err.text, "its driver is 'vgem'"));
}

/* --- buffers -------------------------------------------------------------------------- */

static const struct size {
	const char *name;
	size_t size, want;
} sizes[] = {
	{ "1 byte", 1, PAGE },
	{ "less than a page", PAGE - 1, PAGE },
	{ "a page", PAGE, PAGE },
	{ "more than a page", PAGE + 1, 2 * PAGE },
	{ "many pages", 1000 * PAGE, 1000 * PAGE },
};

static void size(const void *row)
{
	static const unsigned int flags[] = {
		0, MUTSU_BUFFER_CACHED, MUTSU_BUFFER_READ_ONLY, MUTSU_BUFFER_CODE,
		MUTSU_BUFFER_CODE | MUTSU_BUFFER_READ_ONLY | MUTSU_BUFFER_CACHED,
	};
	const struct size *s = row;

	dt_open(&dt);
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
		struct mutsu_buffer *b = dt_buffer(&dt, s->size, flags[i], "it");
		const u64 base = mutsu_gpu_usc_base(dt.gpu);
		u8 *p = b->map;

		ut_eq(b->size, s->want);
		ut_eq(b->addr % PAGE, 0);
		if (flags[i] & MUTSU_BUFFER_CODE)
			ut_assert(b->addr > base && b->addr + b->size <= base + (1ull << 32));
		else
			ut_assert(b->addr >= base + (1ull << 32));
		for (size_t k = 0; k < b->size; k += 64)
			ut_eq(p[k], 0);
		memset(p, 0x55, b->size);
		mutsu_buffer_destroy(dt.gpu, b);
	}
	dt_close(&dt);
}

static void impossible_sizes(void)
{
	struct mutsu_error err = { "" };
	struct mutsu_buffer *b = NULL;

	dt_open(&dt);
	ut_ret(mutsu_buffer_create(&b, dt.gpu, 0, 0, "nothing", &err), -EINVAL);
	ut_assert(strstr(err.text, "'nothing'"));
	ut_ret(mutsu_buffer_create(&b, dt.gpu, SIZE_MAX, 0, "weights", &err), -ENOMEM);
	ut_assert(strstr(err.text, "'weights'"));
	ut_ret(mutsu_buffer_create(&b, dt.gpu, 450ull << 30, 0, "weights", &err), -ENOMEM);
	ut_assert(strstr(err.text, "no room in the GPU's address space"));
	ut_ret(mutsu_buffer_create(&b, dt.gpu, 1ull << 32, MUTSU_BUFFER_CODE, "code", &err), -ENOMEM);
	ut_ret(mutsu_buffer_create(&b, dt.gpu, 1, 0, "w", NULL), 0);
	mutsu_buffer_destroy(dt.gpu, b);
	dt_works(&dt);
	dt_close(&dt);
}

/* More than the machine has: what there was of it is given back. */
static void too_large(void)
{
	struct mutsu_error err = { "" };
	struct mutsu_buffer *b = NULL;
	u64 bound, addr;

	dt_open(&dt);
	bound = dt_bound();
	b = dt_buffer(&dt, PAGE, 0, "before");
	addr = b->addr;
	mutsu_buffer_destroy(dt.gpu, b);
	for (u32 i = 0; i < 3; i++) {
		ut_ret(mutsu_buffer_create(&b, dt.gpu, 64ull << 30, 0, "weights", &err), -ENOMEM);
		ut_assert(strstr(err.text, "buffer of 67108864 KiB for 'weights'"));
		ut_note("%s", err.text);
		/* Then some of it is there when the rest is refused. */
		dt.gpu->object_max = 64 << 20;
	}
	ut_eq(dt_bound(), bound);
	b = dt_buffer(&dt, PAGE, 0, "after");
	ut_eq(b->addr, addr);
	mutsu_buffer_destroy(dt.gpu, b);
	dt_works(&dt);
	dt_close(&dt);
}

/* Of several of the kernel's objects: one range for both sides. */
static void several_objects(void)
{
	struct mutsu_buffer *b;
	float *y;

	dt_open(&dt);
	dt.gpu->object_max = 2 * PAGE;
	b = dt_buffer(&dt, 9 * PAGE, MUTSU_BUFFER_CACHED, "weights");
	ut_eq(b->n_handles, 5);
	ut_eq(b->size, 9 * PAGE);
	y = b->map;
	for (u32 i = 0; i < 9 * PAGE / 4; i++)
		y[i] = (float)i;
	/* Over all ends of objects at once. */
	ut_ok(dt_run(&dt, dt_add(&dt, b->addr, b->addr + 4 * PAGE, 5 * PAGE / 4)));
	for (u32 i = 0; i < 9 * PAGE / 4; i++)
		ut_assert(y[i] == (i < 5 * PAGE / 4 ? (float)(2 * i + PAGE) : (float)i));
	mutsu_buffer_destroy(dt.gpu, b);
	dt_close(&dt);
}

/* Any number, any order: none on top of another, and memory is zero each time. */
static void come_and_go(void)
{
	struct mutsu_buffer *b[40] = { NULL };
	u32 random = 1;
	u64 bound;

	dt_open(&dt);
	bound = dt_bound();
	for (u32 n = 0; n < 1000; n++) {
		u32 i, pages, *p;

		random = random * 1664525 + 1013904223;
		i = random >> 8 & 0xffff;
		pages = 1 + (random >> 24) % 9;
		i %= ARRAY_SIZE(b);
		mutsu_buffer_destroy(dt.gpu, b[i]);
		b[i] = dt_buffer(&dt, pages * PAGE, n % 8, "it");
		p = b[i]->map;
		ut_eq(p[0] | p[pages * PAGE / 4 - 1], 0);
		p[0] = p[pages * PAGE / 4 - 1] = n;
		for (u32 k = 0; k < ARRAY_SIZE(b); k++)
			if (b[k] && k != i)
				ut_assert(b[k]->addr + b[k]->size < b[i]->addr ||
					  b[i]->addr + b[i]->size < b[k]->addr);
	}
	for (u32 i = 0; i < ARRAY_SIZE(b); i++)
		mutsu_buffer_destroy(dt.gpu, b[i]);
	ut_eq(dt_bound(), bound);
	dt_works(&dt);
	dt_close(&dt);
}

/* --- imports ---------------------------------------------------------------------------- */

/* A dmabuf of the device itself, made by somebody else. */
static int make_dmabuf(size_t size, u32 **map)
{
	const int other = ut_open();
	const u32 handle = ut_gem(other, size);
	const int dmabuf = ut_export(other, handle);

	ut_assert(dmabuf >= 0);
	*map = ut_mmap(other, handle, size);
	close(other);
	return dmabuf;
}

static struct mutsu_buffer *import(int dmabuf, unsigned int flags)
{
	struct mutsu_buffer *b = NULL;

	dt_ok(mutsu_buffer_import(&b, dt.gpu, dmabuf, flags, "import", &err));
	return b;
}

/* The GPU adds what is at x to y, four floats. */
static int add_to(u64 y, u64 x)
{
	dt.code_used = dt.stream_used = 0;
	return dt_run(&dt, dt_add(&dt, y, x, 4));
}

static void own_export(void)
{
	struct mutsu_buffer *b;
	u32 *map;
	float *f;
	int dmabuf;

	dt_open(&dt);
	dmabuf = make_dmabuf(3 * PAGE, &map);
	b = import(dmabuf, 0);
	close(dmabuf);
	ut_eq(b->size, 3 * PAGE);
	f = (float *)map;
	f[0] = 3;
	f[3 * PAGE / 4 - 4] = 4;
	ut_ok(add_to(b->addr, b->addr + 3 * PAGE - 16));
	ut_assert(f[0] == 7);
	ut_assert(*(float *)b->map == 7);
	mutsu_buffer_destroy(dt.gpu, b);
	dt_works(&dt);
	dt_close(&dt);
}

/* The kernel has one handle for both; either may go first. */
static void imported_twice(void)
{
	struct mutsu_buffer *b[2];
	u32 *map;
	float *f;
	int dmabuf;
	u64 gone;

	for (u32 first = 0; first < 2; first++) {
		dt_open(&dt);
		dmabuf = make_dmabuf(PAGE, &map);
		b[0] = import(dmabuf, 0);
		b[1] = import(dmabuf, MUTSU_BUFFER_READ_ONLY);
		f = (float *)map;
		f[0] = 1;
		ut_assert(b[0]->addr != b[1]->addr);
		ut_ok(add_to(b[0]->addr, b[1]->addr));
		ut_assert(f[0] == 2);
		ut_ret(add_to(b[1]->addr, b[0]->addr), -EIO);
		gone = b[first]->addr;
		mutsu_buffer_destroy(dt.gpu, b[first]);
		((float *)dt.words)[0] = 5;
		ut_ok(add_to(dt.data->addr, b[!first]->addr));
		ut_assert(((float *)dt.words)[0] == 7);
		ut_ret(add_to(dt.data->addr, gone), -EIO);
		mutsu_buffer_destroy(dt.gpu, b[!first]);
		close(dmabuf);
		munmap(map, PAGE);
		dt_works(&dt);
		dt_close(&dt);
	}
}

static int vgem_dmabuf(u32 height)
{
	struct drm_mode_create_dumb dumb = { .width = 1024, .height = height, .bpp = 32 };
	const int vgem = ut_open_card("vgem");
	int dmabuf;

	if (vgem < 0)
		ut_skip("no vgem");
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	dmabuf = ut_export(vgem, dumb.handle);
	ut_assert(dmabuf >= 0);
	close(vgem);
	return dmabuf;
}

static void memory_of_vgem(void)
{
	struct mutsu_buffer *b;
	float *f;
	int dmabuf;

	dt_open(&dt);
	dmabuf = vgem_dmabuf(64);
	b = import(dmabuf, MUTSU_BUFFER_CACHED);
	close(dmabuf);
	ut_eq(b->size, 64 * 4096);
	f = b->map;
	for (u32 i = 0; i < 4; i++)
		f[4 + i] = (float)i;
	ut_ok(add_to(b->addr, b->addr + 16));
	for (u32 i = 0; i < 4; i++)
		ut_assert(f[i] == (float)i);
	mutsu_buffer_destroy(dt.gpu, b);
	dt_close(&dt);
}

static void bad_imports(void)
{
	struct mutsu_error err = { "" };
	struct mutsu_buffer *b = NULL;
	int pipes[2], file;

	dt_open(&dt);
	ut_assert(!pipe(pipes));
	file = memfd_create("it", MFD_CLOEXEC);
	ut_assert(file >= 0 && !ftruncate(file, PAGE));
	ut_ret(mutsu_buffer_import(&b, dt.gpu, -1, 0, "it", &err), -EINVAL);
	ut_ret(mutsu_buffer_import(&b, dt.gpu, pipes[0], 0, "it", &err), -EINVAL);
	ut_assert(strstr(err.text, "'it' is no dmabuf"));
	ut_ret(mutsu_buffer_import(&b, dt.gpu, file, 0, "it", &err), -EINVAL);
	ut_assert(strstr(err.text, "cannot import it"));
	/* With smaller pages than the GPU's, the kernel has such buffers. */
	if (sysconf(_SC_PAGESIZE) < PAGE) {
		ut_ret(mutsu_buffer_import(&b, dt.gpu, vgem_dmabuf(3), 0, "it", &err), -EINVAL);
		ut_assert(strstr(err.text, "12288 bytes, which are not whole pages"));
	}
	dt_works(&dt);
	dt_close(&dt);
}

/* --- nothing is left ----------------------------------------------------------------- */

static void open_and_close(void)
{
	const char *path;
	u64 bound;
	u32 files;

	dt_open(&dt);
	dt_close(&dt);
	bound = dt_bound();
	files = dt_open_files();
	path = dt_find()->path;
	for (u32 n = 0; n < ut_cycles(1000); n++) {
		if (n % 100 == 0) {
			dt_open(&dt);
			dt_works(&dt);
			dt_close(&dt);
		}
		dt_ok(mutsu_gpu_open(&dt.gpu, path, &err));
		mutsu_buffer_destroy(dt.gpu, dt_buffer(&dt, 1, n % 8, "it"));
		mutsu_gpu_close(dt.gpu);
	}
	ut_eq(dt_open_files(), files);
	ut_eq(dt_bound(), bound);
}

static void open_at_the_same_time(void)
{
	static struct dt many[30];
	u64 bound;

	dt_open(&dt);
	bound = dt_bound();
	for (u32 i = 0; i < ARRAY_SIZE(many); i++)
		dt_open(&many[i]);
	for (u32 i = 0; i < ARRAY_SIZE(many); i++)
		dt_works(&many[i]);
	for (u32 i = 0; i < ARRAY_SIZE(many); i++)
		dt_close(&many[i]);
	ut_eq(dt_bound(), bound);
	dt_works(&dt);
	dt_close(&dt);
}

/* With work in flight, and buffers that are in use: the kernel ends it. */
static void close_while_it_runs(void)
{
	u64 bound;

	bound = dt_bound();
	dt_open(&dt);
	dt_submit(&dt, dt_spin(&dt));
	dt_spin_runs(&dt);
	mutsu_gpu_close(dt.gpu);
	munmap(dt.code->map, dt.code->size);
	munmap(dt.stream->map, dt.stream->size);
	munmap(dt.data->map, dt.data->size);
	ut_eq(dt_bound(), bound);
	dt_open(&dt);
	dt_works(&dt);
	dt_close(&dt);
}

static const struct ut_test tests[] = {
	UT(listed),
	UT(without_permission),
	UT(other_driver),
	UT_ROWS(size, sizes),
	UT(impossible_sizes),
	UT(too_large),
	UT(several_objects),
	UT(come_and_go),
	UT(own_export),
	UT(imported_twice),
	UT(memory_of_vgem),
	UT(bad_imports),
	UT_SLOW(open_and_close, 300),
	UT(open_at_the_same_time),
	UT(close_while_it_runs),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
