// SPDX-License-Identifier: MIT
/*
 * What a device says of itself, and what its commands do.
 */
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "tests.h"
#include "vk.h"

void test_device(void)
{
	VkPhysicalDeviceMemoryProperties memory;
	VkPhysicalDeviceVulkan12Properties p12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES,
	};
	VkPhysicalDeviceVulkan11Properties p11 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES,
		.pNext = &p12,
	};
	VkPhysicalDeviceProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &p11,
	};
	struct sysinfo info;
	uint64_t total;
	struct vk vk;

	vk_open(&vk);
	vkGetPhysicalDeviceProperties2(vk.physical, &properties);
	vkGetPhysicalDeviceMemoryProperties(vk.physical, &memory);
	sysinfo(&info);
	total = (uint64_t)info.totalram * info.mem_unit;
	printf("# %s, %s, heap of %llu of %llu MiB\n", properties.properties.deviceName,
	       p12.driverInfo, (unsigned long long)memory.memoryHeaps[0].size >> 20,
	       (unsigned long long)total >> 20);
	if (p12.driverID != VK_DRIVER_ID_MESA_HONEYKRISP)
		fail("the driver is not Honeykrisp");
	if (strncmp(properties.properties.deviceName, "Apple M", 7))
		fail("the device is not from Apple");
	if (p11.subgroupSize != 32)
		fail("subgroups of %u", p11.subgroupSize);
	if (memory.memoryHeaps[0].size > total)
		fail("a heap larger than memory");
	vk_close(&vk);
}

void test_copies(void)
{
	enum { WORDS = 5000 };
	const VkBufferCopy regions[] = { { 4, 400, 8000 }, { 16, 12000, 1024 } };
	const uint32_t some[] = { 1, 2, 3, 4, 5 };
	struct vk_buffer from, to;
	VkCommandBuffer commands;
	struct vk vk;

	vk_open(&vk);
	from = vk_buffer(&vk, WORDS * 4);
	to = vk_buffer(&vk, WORDS * 4);
	for (uint32_t i = 0; i < WORDS; i++)
		from.map[i] = i * 0x10001;
	commands = vk_begin(&vk);
	vkCmdFillBuffer(commands, to.buffer, 0, VK_WHOLE_SIZE, 0xa5a5a5a5);
	vk_barrier(commands);
	vkCmdCopyBuffer(commands, from.buffer, to.buffer, 2, regions);
	vkCmdUpdateBuffer(commands, to.buffer, 16000, sizeof(some), some);
	vk_run(&vk, vk_end(commands));
	for (uint32_t i = 0; i < WORDS; i++) {
		uint32_t expected = 0xa5a5a5a5;

		if (i >= 100 && i < 2100)
			expected = (i - 99) * 0x10001;
		else if (i >= 3000 && i < 3256)
			expected = (i - 2996) * 0x10001;
		else if (i >= 4000 && i < 4005)
			expected = some[i - 4000];
		if (to.map[i] != expected)
			fail("word %u: 0x%x, expected 0x%x", i, to.map[i], expected);
	}
	vk_buffer_free(&vk, &from);
	vk_buffer_free(&vk, &to);
	vk_close(&vk);
}

/* Many programs in one submission. */
void test_pipelines(void)
{
	enum { KERNELS = 24 };
	struct vk_kernel kernels[KERNELS];
	uint32_t expected = 1;
	struct vk_buffer buffer;
	VkCommandBuffer commands;
	struct vk vk;

	vk_open(&vk);
	buffer = vk_buffer(&vk, 128);
	for (uint32_t i = 0; i < 32; i++)
		buffer.map[i] = 1;
	commands = vk_begin(&vk);
	for (uint32_t i = 0; i < KERNELS; i++) {
		kernels[i] = vk_kernel(&vk, "step", 2 * i + 3, &buffer, 1, 0);
		expected = expected * (2 * i + 3) + i;
		vk_bind(commands, &kernels[i]);
		vk_push(commands, &kernels[i], &i, sizeof(i));
		vkCmdDispatch(commands, 1, 1, 1);
		vk_barrier(commands);
	}
	vk_run(&vk, vk_end(commands));
	for (uint32_t i = 0; i < 32; i++) {
		if (buffer.map[i] != expected)
			fail("word %u: 0x%x, expected 0x%x", i, buffer.map[i], expected);
	}
	for (uint32_t i = 0; i < KERNELS; i++)
		vk_kernel_free(&vk, &kernels[i]);
	vk_buffer_free(&vk, &buffer);
	vk_close(&vk);
}

void test_bounds(void)
{
	struct vk_buffer buffers[2];
	VkCommandBuffer commands;
	struct vk_kernel kernel;
	struct vk vk;

	vk_open(&vk);
	buffers[0] = vk_buffer(&vk, 128);
	buffers[1] = vk_buffer(&vk, 128);
	for (uint32_t i = 0; i < 32; i++)
		buffers[0].map[i] = i;
	kernel = vk_kernel(&vk, "bounds", 0, buffers, 2, 0);
	commands = vk_begin(&vk);
	vk_bind(commands, &kernel);
	vkCmdDispatch(commands, 1, 1, 1);
	vk_run(&vk, vk_end(commands));
	for (uint32_t i = 0; i < 32; i++) {
		if (buffers[1].map[i] != i + 1)
			fail("word %u: 0x%x, expected 0x%x", i, buffers[1].map[i], i + 1);
	}
	vk_kernel_free(&vk, &kernel);
	vk_close(&vk);
}

static uint64_t calibrated(const struct vk *vk)
{
	const VkCalibratedTimestampInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_KHR,
		.timeDomain = VK_TIME_DOMAIN_DEVICE_KHR,
	};
	PFN_vkGetCalibratedTimestampsKHR get =
		(void *)vk_function(vk, "vkGetCalibratedTimestampsKHR");
	uint64_t time, deviation;

	vk_check(get(vk->device, 1, &info, &time, &deviation), "vkGetCalibratedTimestampsKHR");
	return time;
}

/* Around launches that take longer and longer, within what the host measures. */
void test_timestamps(void)
{
	enum { QUERIES = 6 };
	const VkQueryPoolCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
		.queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = QUERIES,
	};
	uint64_t times[QUERIES], before, after;
	struct vk_kernel kernel;
	struct vk_buffer buffer;
	VkCommandBuffer commands;
	VkQueryPool pool;
	struct vk vk;

	vk_open(&vk);
	buffer = vk_buffer(&vk, 128);
	kernel = vk_kernel(&vk, "spin", 0, &buffer, 1, 0);
	vk_check(vkCreateQueryPool(vk.device, &info, NULL, &pool), "vkCreateQueryPool");
	commands = vk_begin(&vk);
	vkCmdResetQueryPool(commands, pool, 0, QUERIES);
	for (uint32_t i = 0; i < QUERIES; i++) {
		uint32_t turns = 100u << i;

		vk_bind(commands, &kernel);
		vk_push(commands, &kernel, &turns, sizeof(turns));
		vkCmdDispatch(commands, 1, 1, 1);
		vkCmdWriteTimestamp2(commands, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, pool, i);
	}
	before = calibrated(&vk);
	vk_run(&vk, vk_end(commands));
	after = calibrated(&vk);
	vk_check(vkGetQueryPoolResults(vk.device, pool, 0, QUERIES, sizeof(times), times,
				       sizeof(times[0]),
				       VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
		 "vkGetQueryPoolResults");
	for (uint32_t i = 0; i < QUERIES; i++) {
		uint64_t last = i ? times[i - 1] : before;

		if (times[i] < last || times[i] > after)
			fail("timestamp %u: %llu is not within %llu and %llu", i,
			     (unsigned long long)times[i], (unsigned long long)last,
			     (unsigned long long)after);
	}
	vkDestroyQueryPool(vk.device, pool, NULL);
	vk_kernel_free(&vk, &kernel);
	vk_buffer_free(&vk, &buffer);
	vk_close(&vk);
}

static void store(const struct vk *vk, const struct vk_kernel *kernel, VkDeviceAddress to)
{
	VkCommandBuffer commands = vk_begin(vk);

	vk_bind(commands, kernel);
	vk_push(commands, kernel, &to, sizeof(to));
	vkCmdDispatch(commands, 1, 1, 1);
	vk_run(vk, vk_end(commands));
}

/* Through a pointer to nothing; the device goes on, also for this client. */
void test_fault(void)
{
	struct vk_buffer buffers[2];
	struct vk_kernel kernel;
	struct vk vk;

	vk_open(&vk);
	buffers[0] = vk_buffer(&vk, 128);
	buffers[1] = vk_buffer(&vk, 128);
	for (uint32_t i = 0; i < 32; i++)
		buffers[0].map[i] = i;
	kernel = vk_kernel(&vk, "pointer", 0, buffers, 1, 0);
	store(&vk, &kernel, 0x123456789000);
	store(&vk, &kernel, vk_buffer_address(&vk, &buffers[1]));
	for (uint32_t i = 0; i < 32; i++) {
		if (buffers[1].map[i] != i + 1)
			fail("word %u: 0x%x, expected 0x%x", i, buffers[1].map[i], i + 1);
	}
	vk_kernel_free(&vk, &kernel);
	vk_close(&vk);
}
