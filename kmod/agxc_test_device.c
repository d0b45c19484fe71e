// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: tests of chip profiles and injected faults
 *
 * And the device that other suites test with.  Suites are in the module where the
 * kernel has KUnit, and run when it is loaded, if kunit.enable is set.
 */
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <kunit/device.h>
#include <linux/bitops.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_test.h"

static const struct drm_driver agxc_test_driver = {
	.driver_features = DRIVER_GEM | DRIVER_GEM_GPUVA,
	.gem_create_object = agxc_gem_create_object,
	.name = "agxc-test",
};

struct agxc_device *agxc_test_device(struct kunit *test)
{
	struct agxc_device *dev;
	struct device *parent;

	parent = kunit_device_register(test, "agxc-test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	dev = devm_drm_dev_alloc(parent, &agxc_test_driver, struct agxc_device, drm);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	dev->chip = agxc_chip_find("t8112");
	KUNIT_ASSERT_NOT_NULL(test, dev->chip);
	return dev;
}

/* --- chips ---------------------------------------------------------------------- */

static const struct agxc_chip_case {
	const char *name;
	u32 chip_id, generation, cores;
	char variant;
} chip_cases[] = {
	{ "t8103", 0x8103, 13, 8, 'G' },
	{ "t6000", 0x6000, 13, 16, 'S' },
	{ "t6001", 0x6001, 13, 32, 'C' },
	{ "t6002", 0x6002, 13, 64, 'D' },
	{ "t8112", 0x8112, 14, 10, 'G' },
	{ "t6020", 0x6020, 14, 20, 'S' },
	{ "t6021", 0x6021, 14, 40, 'C' },
	{ "t6022", 0x6022, 14, 80, 'D' },
};

KUNIT_ARRAY_PARAM_DESC(chip, chip_cases, name);

static void agxc_test_chip(struct kunit *test)
{
	const struct agxc_chip_case *want = test->param_value;
	const struct agxc_chip *chip = agxc_chip_find(want->name);
	struct drm_asahi_params_global params;
	u32 cores = 0;

	KUNIT_ASSERT_NOT_NULL(test, chip);
	agxc_chip_params(chip, &params);
	KUNIT_EXPECT_EQ(test, params.chip_id, want->chip_id);
	KUNIT_EXPECT_EQ(test, params.gpu_generation, want->generation);
	KUNIT_EXPECT_EQ(test, params.gpu_variant, want->variant);
	KUNIT_EXPECT_EQ(test, params.num_clusters_total * params.num_cores_per_cluster,
			want->cores);
	for (int i = 0; i < DRM_ASAHI_MAX_CLUSTERS; i++) {
		u32 n = hweight64(params.core_masks[i]);

		KUNIT_EXPECT_EQ(test, n, i < params.num_clusters_total ?
					 params.num_cores_per_cluster : 0);
		cores += n;
	}
	KUNIT_EXPECT_EQ(test, cores, want->cores);
	KUNIT_EXPECT_EQ(test, params.num_dies, want->variant == 'D' ? 2 : 1);
}

static void agxc_test_chip_address_space(struct kunit *test)
{
	struct drm_asahi_params_global params;

	agxc_chip_params(agxc_chip_find("t8112"), &params);
	KUNIT_EXPECT_EQ(test, params.vm_start, 0x4000);
	KUNIT_EXPECT_EQ(test, params.vm_end, 0x7fffff8000);
	KUNIT_EXPECT_EQ(test, params.vm_kernel_min_size, 0x20000000);
	KUNIT_EXPECT_EQ(test, params.max_commands_per_submission, 64);
	KUNIT_EXPECT_EQ(test, params.max_attachments, 16);
	KUNIT_EXPECT_EQ(test, params.command_timestamp_frequency_hz, 1000000000);
}

static void agxc_test_chip_unknown(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, agxc_chip_find("t8122"));
	KUNIT_EXPECT_NULL(test, agxc_chip_find("t81"));
	KUNIT_EXPECT_NULL(test, agxc_chip_find("t8103 "));
	KUNIT_EXPECT_NULL(test, agxc_chip_find(""));
}

static void agxc_test_timestamp(struct kunit *test)
{
	u64 before = agxc_timestamp();

	KUNIT_EXPECT_LE(test, before, agxc_timestamp());
}

static struct kunit_case agxc_chip_tests[] = {
	KUNIT_CASE_PARAM(agxc_test_chip, chip_gen_params),
	KUNIT_CASE(agxc_test_chip_address_space),
	KUNIT_CASE(agxc_test_chip_unknown),
	KUNIT_CASE(agxc_test_timestamp),
	{}
};

static struct kunit_suite agxc_chip_suite = {
	.name = "agxc_chip",
	.test_cases = agxc_chip_tests,
};

/* --- injected faults ------------------------------------------------------------ */

static void agxc_test_inject_third(struct kunit *test)
{
	struct agxc_device *dev = agxc_test_device(test);

	atomic_set(&dev->inject.alloc, 3);
	KUNIT_EXPECT_FALSE(test, agxc_inject_alloc(dev));
	KUNIT_EXPECT_FALSE(test, agxc_inject_alloc(dev));
	KUNIT_EXPECT_TRUE(test, agxc_inject_alloc(dev));
	for (int i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, agxc_inject_alloc(dev));
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->inject.allocs), 13);
}

static void agxc_test_inject_alloc(struct kunit *test)
{
	struct agxc_device *dev = agxc_test_device(test);
	u8 *memory;

	atomic_set(&dev->inject.alloc, 1);
	KUNIT_EXPECT_NULL(test, agxc_alloc(dev, 16));
	memory = agxc_alloc(dev, 16);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	for (int i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, memory[i], 0);
	agxc_free(memory);
	agxc_free(NULL);
}

static void agxc_test_inject_once(struct kunit *test)
{
	atomic_t count = ATOMIC_INIT(2);

	KUNIT_EXPECT_TRUE(test, agxc_inject_once(&count));
	KUNIT_EXPECT_TRUE(test, agxc_inject_once(&count));
	KUNIT_EXPECT_FALSE(test, agxc_inject_once(&count));
	KUNIT_EXPECT_EQ(test, atomic_read(&count), 0);
}

static struct kunit_case agxc_inject_tests[] = {
	KUNIT_CASE(agxc_test_inject_third),
	KUNIT_CASE(agxc_test_inject_alloc),
	KUNIT_CASE(agxc_test_inject_once),
	{}
};

static struct kunit_suite agxc_inject_suite = {
	.name = "agxc_inject",
	.test_cases = agxc_inject_tests,
};

kunit_test_suites(&agxc_chip_suite, &agxc_inject_suite);
