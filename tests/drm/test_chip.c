// SPDX-License-Identifier: MIT
/* What is made of GET_PARAMS: for every chip, and for what the kernel should not say. */
#include <drm/asahi_drm.h>
#include <errno.h>
#include <string.h>

#include "runtime/drm/priv.h"
#include "tests/lib/suite.h"

/* As the driver of M1 and M2 fills it. */
static struct drm_asahi_params_global params_of(uint32_t chip_id, uint32_t generation, char variant,
						uint32_t dies, uint32_t clusters)
{
	struct drm_asahi_params_global params = {
		.gpu_generation = generation, .gpu_variant = (unsigned char)variant,
		.gpu_revision = 0x11, .chip_id = chip_id, .num_dies = dies,
		.num_clusters_total = clusters, .num_cores_per_cluster = 8,
		.vm_start = 0x4000, .vm_end = 0x7fffff8000, .vm_kernel_min_size = 0x20000000,
		.max_commands_per_submission = 64, .max_attachments = 16,
	};

	for (uint32_t i = 0; i < clusters; i++)
		params.core_masks[i] = 0xff;
	return params;
}

static const struct {
	uint32_t chip_id, generation;
	char variant;
	uint32_t dies, clusters;
	const char *name;
	bool g14x, multi_cluster;
} chips[] = {
	{ 0x8103, 13, 'G', 1, 1, "Apple M1 (G13G B1)", false, false },
	{ 0x6000, 13, 'S', 1, 2, "Apple M1 Pro (G13S B1)", false, true },
	{ 0x6001, 13, 'C', 1, 4, "Apple M1 Max (G13C B1)", false, true },
	{ 0x6002, 13, 'D', 2, 8, "Apple M1 Ultra (G13D B1)", false, true },
	{ 0x8112, 14, 'G', 1, 1, "Apple M2 (G14G B1)", false, false },
	{ 0x6020, 14, 'S', 1, 2, "Apple M2 Pro (G14S B1)", true, false },
	{ 0x6021, 14, 'C', 1, 4, "Apple M2 Max (G14C B1)", true, false },
	{ 0x6022, 14, 'D', 2, 8, "Apple M2 Ultra (G14D B1)", true, true },
	{ 0x1234, 14, 'G', 1, 1, "Apple T1234 (G14G B1)", false, false },
};

START_TEST(known)
{
	const struct drm_asahi_params_global params =
		params_of(chips[_i].chip_id, chips[_i].generation, chips[_i].variant,
			  chips[_i].dies, chips[_i].clusters);
	struct mutsu_gpu_info info = { .path = "" };
	struct mutsu_plan plan;

	ck_assert_int_eq(mutsu_gpu_describe(&info, &plan, &params), 0);
	ck_assert_str_eq(info.name, chips[_i].name);
	ck_assert_str_eq(info.why, "");
	ck_assert_uint_eq(info.chip_id, chips[_i].chip_id);
	ck_assert_uint_eq(info.generation, chips[_i].generation);
	ck_assert_uint_eq(info.revision, 0xb1);
	ck_assert_int_eq(info.variant, chips[_i].variant);
	ck_assert_int_eq(info.g14x, chips[_i].g14x);
	ck_assert_int_eq(info.multi_cluster, chips[_i].multi_cluster);
	ck_assert_uint_eq(info.n_clusters, chips[_i].clusters);
	ck_assert_uint_eq(info.n_cores, 8 * chips[_i].clusters);
	ck_assert_uint_eq(info.max_commands, 64);
	ck_assert(!info.soft_faults);
	ck_assert_uint_eq(plan.usc_base, 0x1100000000);
}
END_TEST

/* Cores that did not turn out well are off; packets are the chip's all the same. */
START_TEST(some_cores)
{
	struct drm_asahi_params_global params = params_of(0x6020, 14, 'S', 1, 2);
	struct mutsu_gpu_info info = { .path = "" };
	struct mutsu_plan plan;

	params.core_masks[0] = 0;
	params.core_masks[1] = 0xef;
	params.features = DRM_ASAHI_FEATURE_SOFT_FAULTS;
	ck_assert_int_eq(mutsu_gpu_describe(&info, &plan, &params), 0);
	ck_assert_uint_eq(info.n_clusters, 1);
	ck_assert_uint_eq(info.n_cores, 7);
	ck_assert(info.g14x && info.soft_faults);
}
END_TEST

static void refuse(const struct drm_asahi_params_global *params, const char *words)
{
	struct mutsu_gpu_info info = { .path = "" };
	struct mutsu_plan plan;

	ck_assert_int_eq(mutsu_gpu_describe(&info, &plan, params), -ENOTSUP);
	ck_assert_msg(strstr(info.why, words), "'%s' is not in '%s'", words, info.why);
}

START_TEST(refused)
{
	struct drm_asahi_params_global params = params_of(0x8122, 15, 'G', 1, 1);

	refuse(&params, "is of generation 15");
	params.gpu_generation = 12;
	refuse(&params, "is of generation 12");
	params = params_of(0x8103, 13, 'G', 1, 1);
	params.max_commands_per_submission = 0;
	refuse(&params, "takes 0 commands");
	params = params_of(0x8103, 13, 'G', 1, 1);
	params.core_masks[0] = 0;
	refuse(&params, "has 0 cores");
	params = params_of(0x8103, 13, 'G', 1, 1);
	params.vm_end = 1ull << 36;
	refuse(&params, "is too small");
}
END_TEST

/* Numbers that would lead outside of arrays and texts. */
START_TEST(nonsense)
{
	struct drm_asahi_params_global params;
	struct mutsu_gpu_info info = { .path = "" };
	struct mutsu_plan plan;

	memset(&params, 0xff, sizeof(params));
	ck_assert_int_eq(mutsu_gpu_describe(&info, &plan, &params), -ENOTSUP);
	ck_assert_uint_eq(info.n_clusters, DRM_ASAHI_MAX_CLUSTERS);
	ck_assert_uint_eq(info.n_cores, 64 * DRM_ASAHI_MAX_CLUSTERS);
	ck_assert_int_eq(info.variant, '?');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chip");
	TCase *tcase = tcase_create("chip");

	tcase_add_loop_test(tcase, known, 0, 9);
	tcase_add_test(tcase, some_cores);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, nonsense);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
