// SPDX-License-Identifier: MIT
/*
 * The module loaded with other parameters: every chip, and the limits of the engine.
 */
#include <unistd.h>

#include "gpu.h"
#include "module.h"
#include "uapi/drm/agx_compute_drm.h"

static struct ut_gpu gpu;
static char was[1024];		/* the parameters with which it was loaded */

static void load(const char *args)
{
	ut_needs_module();
	ut_unload();
	ut_ok(ut_load(args));
}

/* Whatever the test has left. */
static void load_again(void)
{
	if (!was[0])
		return;
	if (ut_param("chip"))
		ut_unload();
	ut_load(was);
}

/* Threads of many groups, and all of a large group; on all cores. */
static void check_works(void)
{
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".local head, 4\n"
			"mov r2, thread_in_grid_x\n"
			"mov r3, thread_in_threadgroup_x\n"
			"ldimm r4l, 0\n"
			"@if r3, 0, ieq\n"
			"lstore r2, r4l, 0, i32, x\n"
			"@endif\n"
			"barrier\n"
			"lload r5, r4l, 0, i32, x\n"
			"store r5, dst, r2, i32, x, a\n",
		.args = { UT_DATA }, .global = { 20000 }, .local = { 512 },
	};
	u32 word = 0;

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < 20000; i++)
		ut_eq(gpu.data[i], i / 512 * 512);
	ut_ok(ut_poke(&gpu, UT_DATA, 7));
	ut_ok(ut_peek(&gpu, UT_DATA, &word));
	ut_eq(word, 7);
}

/* --- chips --------------------------------------------------------------------------------- */

static const struct chip {
	const char *name;
	u32 chip_id, generation;
	char variant;
	u32 dies, clusters, cores;
} chips[] = {
	{ "t8103", 0x8103, 13, 'G', 1, 1, 8 },
	{ "t6000", 0x6000, 13, 'S', 1, 2, 8 },
	{ "t6001", 0x6001, 13, 'C', 1, 4, 8 },
	{ "t6002", 0x6002, 13, 'D', 2, 8, 8 },
	{ "t8112", 0x8112, 14, 'G', 1, 1, 10 },
	{ "t6020", 0x6020, 14, 'S', 1, 2, 10 },
	{ "t6021", 0x6021, 14, 'C', 1, 4, 10 },
	{ "t6022", 0x6022, 14, 'D', 2, 8, 10 },
};

static void check_clusters(const struct drm_asahi_params_global *params, const struct chip *chip)
{
	ut_eq(params->num_dies, chip->dies);
	ut_eq(params->num_clusters_total, chip->clusters);
	ut_eq(params->num_cores_per_cluster, chip->cores);
	for (u32 i = 0; i < DRM_ASAHI_MAX_CLUSTERS; i++) {
		if (i < chip->clusters)
			ut_assert(params->core_masks[i]);
		else
			ut_eq(params->core_masks[i], 0);
		ut_eq(params->core_masks[i] >> chip->cores, 0);
	}
}

static void chip(const void *row)
{
	const struct chip *c = row;
	struct drm_asahi_params_global params;
	char args[32];

	snprintf(args, sizeof(args), "chip=%s", c->name);
	load(args);
	check_works();
	memset(&params, 0xff, sizeof(params));
	ut_get_params(gpu.fd, &params);
	ut_eq(params.chip_id, c->chip_id);
	ut_eq(params.gpu_generation, c->generation);
	ut_eq(params.gpu_variant, (u32)c->variant);
	/* A letter of the stepping and a digit. */
	ut_eq(params.gpu_revision & ~0x31u, 0);
	check_clusters(&params, c);
}

/* Without a device, or not at all. */
static void unknown_chip(void)
{
	int ret;

	ut_needs_module();
	ut_unload();
	ret = ut_load("chip=t9999");
	ut_assert(ut_open_driver("asahi") < 0);
	if (!ret)
		ut_unload();
	ut_ok(ut_load("chip=t8112"));
	check_works();
}

/* --- the engine ----------------------------------------------------------------------------- */

static const struct param {
	const char *args;
	u32 cores, slots;		/* 0: whatever */
} params_of[] = {
	{ "cores=1", 1, 0 },
	{ "cores=3", 3, 0 },
	{ "cores=8", 8, 0 },
	{ "cores=1000", 0, 0 },
	{ "slots=1", 0, 1 },
	{ "slots=1 cores=8", 8, 1 },
	{ "slots=64", 0, 0 },
	{ "slots=0", 0, 0 },
	{ "arena_mib=8", 0, 0 },
	{ "timeout_ms=0 max_steps=0", 0, 0 },
	{ "memory_percent=1000", 0, 0 },
};

static void parameters(const void *row)
{
	const struct param *param = row;
	struct drm_agxc_info info;
	struct drm_agxc_get_info args = { .pointer = ut_ptr(&info), .size = sizeof(info) };

	load(param->args);
	check_works();
	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_INFO, &args));
	if (param->cores)
		ut_eq(info.cores, param->cores);
	if (param->slots)
		ut_eq(info.slots, param->slots);
	ut_assert(info.cores && info.slots);
}

/* Nothing can be bound, but the device is there; or it says that this is no limit. */
static void no_memory(void)
{
	u32 handle;
	int fd, ret;

	load("memory_percent=0");
	fd = ut_open();
	handle = ut_gem(fd, UT_PAGE);
	ret = ut_bind(fd, ut_vm(fd), handle, 0, UT_PAGE, UT_PAGE, UT_RW);
	ut_assert(!ret || ret == -ENOMEM);
}

/* Some programs do not fit any more: an error of theirs, while small ones run. */
static void small_arena(void)
{
	static char code[200000] = ".uniform dst, buffer\nldimm r1, 0\n";
	struct ut_launch launch = { .code = code, .args = { UT_DATA } };
	char *end;
	int error;

	load("arena_mib=1");
	ut_gpu_init(&gpu);
	end = code + strlen(code);
	for (u32 i = 0; i < 8000; i++)
		end = stpcpy(end, "iadd r1, r1, 1\n");
	strcpy(end, "store r1, dst, 0, i32, x, a\n");
	error = ut_run(&gpu, &launch);
	ut_assert(!error || error == -EIO);
	if (!error)
		ut_eq(gpu.data[0], 8000);
	ut_note("8000 instructions in an arena of 1 MiB: %s", ut_errno(error));
	error = ut_poke(&gpu, UT_DATA, 9);
	ut_assert(!error || error == -EIO);
	ut_note("a few: %s", ut_errno(error));
}

#define MODULE(fn) { .name = #fn, .run = (fn), .after = load_again }
#define MODULE_ROWS(fn, table) \
	{ .name = #fn, .run_row = (fn), .rows = (table), .n_rows = ARRAY_SIZE(table), \
	  .row_size = sizeof((table)[0]), .after = load_again }

static const struct ut_test tests[] = {
	MODULE_ROWS(chip, chips),
	MODULE(unknown_chip),
	MODULE_ROWS(parameters, params_of),
	MODULE(no_memory),
	MODULE(small_arena),
};

int main(int argc, char **argv)
{
	snprintf(was, sizeof(was), "%s", ut_module_args());
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
