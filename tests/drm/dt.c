// SPDX-License-Identifier: MIT
#include "dt.h"

#include <dirent.h>
#include <unistd.h>

#include "tests/uapi/debug.h"
#include "tools/agx/assemble.h"

#define die(...) ut_fail(__FILE__, __LINE__, __VA_ARGS__)

#define CODE_SIZE 0x100000u
#define STREAM_SIZE 0x100000u
#define SLACK 0x800u			/* that is read behind a stream */

#define WORD_SPIN (DT_WORDS - 1)
#define WORD_RUNS (DT_WORDS - 2)

void dt_check(const char *file, int line, const char *what, int ret,
	      const struct mutsu_error *err)
{
	if (ret)
		ut_fail(file, line, "%s: %s: %s", what, ut_errno(ret), err->text);
}

const struct mutsu_gpu_info *dt_find(void)
{
	static struct mutsu_gpu_info info[16];
	const int n = mutsu_gpu_list(info, ARRAY_SIZE(info));

	for (int i = 0; i < n && i < (int)ARRAY_SIZE(info); i++)
		if (!info[i].why[0])
			return &info[i];
	return NULL;
}

struct mutsu_buffer *dt_buffer(struct dt *dt, size_t size, unsigned int flags, const char *what)
{
	struct mutsu_buffer *buffer = NULL;

	dt_ok(mutsu_buffer_create(&buffer, dt->gpu, size, flags, what, &err));
	return buffer;
}

void dt_open(struct dt *dt)
{
	const struct mutsu_gpu_info *info = dt_find();

	if (!info)
		ut_skip("no GPU of the asahi driver, and no agx_compute.ko");
	memset(dt, 0, sizeof(*dt));
	dt_ok(mutsu_gpu_open(&dt->gpu, info->path, &err));
	dt->code = dt_buffer(dt, CODE_SIZE, MUTSU_BUFFER_CODE, "code");
	dt->stream = dt_buffer(dt, STREAM_SIZE, MUTSU_BUFFER_READ_ONLY, "streams");
	dt->data = dt_buffer(dt, 4 * DT_WORDS, MUTSU_BUFFER_CACHED, "data");
	dt->words = dt->data->map;
}

void dt_close(struct dt *dt)
{
	mutsu_buffer_destroy(dt->gpu, dt->code);
	mutsu_buffer_destroy(dt->gpu, dt->stream);
	mutsu_buffer_destroy(dt->gpu, dt->data);
	mutsu_gpu_close(dt->gpu);
}

/* --- streams ------------------------------------------------------------------------ */

static u32 take(u32 *used, u32 size, u32 align, u32 limit)
{
	const u32 offset = (*used + align - 1) / align * align;

	if (offset + size > limit)
		die("no room for %u bytes", size);
	*used = offset + size;
	return offset;
}

/* Copies to where the GPU executes: the offset in the buffer. */
static u32 put(struct dt *dt, const void *data, size_t size, u32 align)
{
	const u32 offset = take(&dt->code_used, (u32)size, align, CODE_SIZE - SLACK);

	memcpy((u8 *)dt->code->map + offset, data, size);
	return offset;
}

static void packet(struct dt *dt, const void *bytes, int n, const struct agx_error *err)
{
	u32 offset;

	if (n < 0)
		die("control stream: %s", err->text);
	offset = take(&dt->stream_used, (u32)n, 4, STREAM_SIZE - SLACK);
	memcpy((u8 *)dt->stream->map + offset, bytes, (size_t)n);
}

static void simple_packet(struct dt *dt, const struct agx_cdm *cdm)
{
	u8 bytes[AGX_CDM_MAX];
	struct agx_error err;

	packet(dt, bytes, agx_cdm_build(cdm, bytes, &err), &err);
}

void dt_begin(struct dt *dt)
{
	dt->begin = take(&dt->stream_used, 0, 64, STREAM_SIZE);
}

void dt_launch(struct dt *dt, const struct mutsu_agx_launch *launch, u32 rows)
{
	const u32 base = (u32)(dt->code->addr - mutsu_gpu_usc_base(dt->gpu));
	const struct mutsu_agx_step step = { .n = rows };
	const struct agx_kernel *k = launch->kernel;
	struct mutsu_agx_place place = { .g14x = mutsu_gpu_info(dt->gpu)->g14x };
	u8 words[512];
	struct agx_error err;
	int n;

	place.code = base + put(dt, k->code, k->code_size, 128);
	if (k->preamble)
		place.preamble = base + put(dt, k->preamble, k->preamble_size, 128);
	place.uniforms = dt->code->addr + put(dt, launch->uniform, sizeof(launch->uniform), 64);
	place.step = dt->code->addr + put(dt, &step, sizeof(step), 64);
	n = mutsu_agx_launch_usc(launch, &place, words, sizeof(words), &err);
	if (n < 0)
		die("USC words: %s", err.text);
	place.usc = base + put(dt, words, (size_t)n, 64);
	n = mutsu_agx_launch_cdm(launch, &place, words, &err);
	packet(dt, words, n, &err);
	simple_packet(dt, &(struct agx_cdm){
		.type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL,
	});
}

struct dt_work dt_end(struct dt *dt)
{
	simple_packet(dt, &(struct agx_cdm){ .type = AGX_CDM_TERMINATE });
	return (struct dt_work){
		.stream = dt->stream->addr + dt->begin, .end = dt->stream->addr + dt->stream_used,
	};
}

struct dt_work dt_add(struct dt *dt, u64 y, u64 x, u32 width)
{
	const struct mutsu_agx_add add = {
		.y = y, .x = x, .y_stride = width, .x_stride = width, .width = width, .n = 1,
	};
	struct mutsu_agx_launch launch;

	mutsu_agx_add(&launch, &add);
	dt_begin(dt);
	dt_launch(dt, &launch, 1);
	return dt_end(dt);
}

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	char *text = ctx;
	const size_t n = strlen(text);

	if (severity != AGX_NOTE)
		snprintf(text + n, 500 - n, "%u: %s\n", place->line, message);
}

struct dt_work dt_program(struct dt *dt, const char *code, const u64 *args, u32 threads)
{
	char messages[500] = "";
	const struct agx_asm_opts opts = { .report = report, .ctx = messages, .werror = true };
	struct agx_unit *unit = agx_assemble("test", code, strlen(code), &opts);
	struct mutsu_agx_launch launch;

	if (!unit)
		die("%s", messages);
	mutsu_agx_launch_init(&launch, unit->kernel, 32);
	for (u32 i = 0; i < unit->kernel->n_params; i++)
		mutsu_agx_set_buffer(&launch, unit->kernel->params[i].name, args[i]);
	launch.groups[0] = threads / 32;
	dt_begin(dt);
	dt_launch(dt, &launch, 1);
	agx_unit_free(unit);
	return dt_end(dt);
}

struct dt_work dt_spin(struct dt *dt)
{
	const u64 args[] = {
		dt->data->addr + 4 * WORD_SPIN, dt->data->addr + 4 * WORD_RUNS,
	};

	dt->words[WORD_SPIN] = 0;
	dt->words[WORD_RUNS] = 0;
	return dt_program(dt,
			  ".uniform flag, buffer\n"
			  ".uniform runs, buffer\n"
			  "ldimm r1, 1\n"
			  "store r1, runs, 0, i32, x, a\n"
			  "wait a\n"
			  "@loop\n"
			  "load r1, flag, 0, i32, x, a\n"
			  "wait a\n"
			  "@until r1, 0, ine\n", args, 32);
}

void dt_spin_runs(struct dt *dt)
{
	while (!__atomic_load_n(&dt->words[WORD_RUNS], __ATOMIC_SEQ_CST))
		ut_sleep_ms(1);
}

void dt_spin_end(struct dt *dt)
{
	__atomic_store_n(&dt->words[WORD_SPIN], 1, __ATOMIC_SEQ_CST);
}

/* --- submissions -------------------------------------------------------------------- */

u64 dt_submit(struct dt *dt, struct dt_work work)
{
	u64 seqno = 0;

	dt_ok(mutsu_gpu_submit(dt->gpu, work.stream, work.end, &seqno, &err));
	return seqno;
}

int dt_end_of(struct dt *dt, u64 seqno)
{
	ut_ok(mutsu_gpu_wait(dt->gpu, seqno, DT_FOREVER));
	return mutsu_gpu_status(dt->gpu, seqno);
}

int dt_run(struct dt *dt, struct dt_work work)
{
	return dt_end_of(dt, dt_submit(dt, work));
}

void dt_works(struct dt *dt)
{
	const u32 code_used = dt->code_used, stream_used = dt->stream_used;
	float *f = (float *)dt->words;

	for (u32 i = 0; i < 8; i++)
		f[i] = (float)i;
	ut_ok(dt_run(dt, dt_add(dt, dt->data->addr, dt->data->addr + 16, 4)));
	for (u32 i = 0; i < 4; i++)
		ut_assert(f[i] == (float)(2 * i + 4));
	dt->code_used = code_used;
	dt->stream_used = stream_used;
}

/* --- what is left -------------------------------------------------------------------- */

u32 dt_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	u32 n = 0;

	if (!dir)
		ut_skip("no /proc");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The kernel gives back what closed files had a little later. */
u64 dt_bound(void)
{
	const struct mutsu_gpu_info *gpu = dt_find();
	struct drm_agxc_info info;
	u64 last = ~0ull;
	u32 same = 0;
	int fd;

	if (!gpu || !gpu->software)
		ut_skip("only agx_compute.ko says how much is bound");
	fd = ut_open();
	for (u32 i = 0; i < 300 && same < 20; i++) {
		ut_get_info(fd, &info);
		same = info.bound == last ? same + 1 : 0;
		last = info.bound;
		ut_sleep_ms(5);
	}
	close(fd);
	return last;
}
