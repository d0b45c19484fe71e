// SPDX-License-Identifier: MIT
/*
 * Submissions that depend on each other, on the host, and on what files say.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"
#include "vk.h"

#define FACTOR 3
#define SYNC_FILE VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT

/* a = a * 3 + n, for n = 1, 2, ...: what is there tells how many, and in which order. */
struct chain {
	struct vk vk;
	struct vk_buffer buffer;
	struct vk_kernel kernel;
	uint32_t n, expected;
};

static void chain_open(struct chain *chain)
{
	memset(chain, 0, sizeof(*chain));
	vk_open(&chain->vk);
	chain->buffer = vk_buffer(&chain->vk, 128);
	chain->kernel = vk_kernel(&chain->vk, "step", FACTOR, &chain->buffer, 1, 0);
}

static VkCommandBuffer chain_step(struct chain *chain)
{
	VkCommandBuffer commands = vk_begin(&chain->vk);

	chain->n++;
	chain->expected = chain->expected * FACTOR + chain->n;
	vk_bind(commands, &chain->kernel);
	vk_push(commands, &chain->kernel, &chain->n, sizeof(chain->n));
	vkCmdDispatch(commands, 1, 1, 1);
	return vk_end(commands);
}

static void chain_check(const struct chain *chain)
{
	for (uint32_t i = 0; i < 32; i++) {
		if (chain->buffer.map[i] != chain->expected)
			fail("word %u after %u steps: 0x%x, expected 0x%x", i, chain->n,
			     chain->buffer.map[i], chain->expected);
	}
}

static void chain_close(struct chain *chain)
{
	vk_kernel_free(&chain->vk, &chain->kernel);
	vk_buffer_free(&chain->vk, &chain->buffer);
	vk_close(&chain->vk);
}

static VkSemaphore semaphore(const struct vk *vk, VkSemaphoreType type,
			     VkExternalSemaphoreHandleTypeFlags handles)
{
	const VkExportSemaphoreCreateInfo export = {
		VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, .handleTypes = handles,
	};
	const VkSemaphoreTypeCreateInfo types = {
		VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, handles ? &export : NULL, type, 0,
	};
	const VkSemaphoreCreateInfo info = { VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &types, 0 };
	VkSemaphore result;

	vk_check(vkCreateSemaphore(vk->device, &info, NULL, &result), "vkCreateSemaphore");
	return result;
}

static VkSemaphoreSubmitInfo at(VkSemaphore semaphore, uint64_t value)
{
	return (VkSemaphoreSubmitInfo){
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, .semaphore = semaphore,
		.value = value, .stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
	};
}

/* Each submission waits for the one before; the last, which has no commands, fences. */
void test_semaphores(void)
{
	enum { STEPS = 16 };
	VkSemaphoreSubmitInfo links[STEPS];
	struct chain chain;
	VkFence fence;

	chain_open(&chain);
	fence = vk_fence(&chain.vk);
	if (vkGetFenceStatus(chain.vk.device, fence) != VK_NOT_READY)
		fail("a fence is signalled before it is submitted");
	for (uint32_t i = 0; i < STEPS; i++) {
		links[i] = at(semaphore(&chain.vk, VK_SEMAPHORE_TYPE_BINARY, 0), 0);
		vk_submit(&chain.vk, chain_step(&chain), i ? &links[i - 1] : NULL, &links[i],
			  VK_NULL_HANDLE);
	}
	vk_submit(&chain.vk, NULL, &links[STEPS - 1], NULL, fence);
	vk_wait(&chain.vk, fence);
	chain_check(&chain);
	for (uint32_t i = 0; i < STEPS; i++)
		vkDestroySemaphore(chain.vk.device, links[i].semaphore, NULL);
	vkDestroyFence(chain.vk.device, fence, NULL);
	chain_close(&chain);
}

/* The device signals even values and waits for the odd ones, which are the host's. */
void test_timeline(void)
{
	enum { STEPS = 8 };
	VkSemaphoreSubmitInfo wait, signal;
	VkSemaphoreSignalInfo go = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO };
	VkSemaphoreWaitInfo done = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1,
	};
	VkSemaphore timeline;
	struct chain chain;
	uint64_t value;

	chain_open(&chain);
	timeline = semaphore(&chain.vk, VK_SEMAPHORE_TYPE_TIMELINE, 0);
	for (uint32_t i = 0; i < STEPS; i++) {
		wait = at(timeline, 2 * i + 1);
		signal = at(timeline, 2 * i + 2);
		vk_submit(&chain.vk, chain_step(&chain), &wait, &signal, VK_NULL_HANDLE);
	}
	go.semaphore = timeline;
	done.pSemaphores = &timeline;
	done.pValues = &value;
	for (uint32_t i = 0; i < STEPS; i++) {
		vk_check(vkGetSemaphoreCounterValue(chain.vk.device, timeline, &value),
			 "vkGetSemaphoreCounterValue");
		if (value != 2 * i)
			fail("timeline at %llu, expected %u", (unsigned long long)value, 2 * i);
		go.value = 2 * i + 1;
		vk_check(vkSignalSemaphore(chain.vk.device, &go), "vkSignalSemaphore");
		value = 2 * i + 2;
		vk_check(vkWaitSemaphores(chain.vk.device, &done, 120 * VK_SECOND),
			 "vkWaitSemaphores");
	}
	chain_check(&chain);
	vkDestroySemaphore(chain.vk.device, timeline, NULL);
	chain_close(&chain);
}

/* More than the queue takes at a time, and nothing but the end is waited for. */
void test_in_flight(void)
{
	enum { STEPS = 300 };
	struct chain chain;

	chain_open(&chain);
	for (uint32_t i = 0; i < STEPS; i++)
		vk_submit(&chain.vk, chain_step(&chain), NULL, NULL, VK_NULL_HANDLE);
	vk_check(vkDeviceWaitIdle(chain.vk.device), "vkDeviceWaitIdle");
	chain_check(&chain);
	chain_close(&chain);
}

static int export_sync_file(const struct vk *vk, VkSemaphore semaphore)
{
	const VkSemaphoreGetFdInfoKHR info = {
		VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, NULL, semaphore, SYNC_FILE,
	};
	PFN_vkGetSemaphoreFdKHR get = (void *)vk_function(vk, "vkGetSemaphoreFdKHR");
	int fd;

	vk_check(get(vk->device, &info, &fd), "vkGetSemaphoreFdKHR");
	return fd;
}

/* fd becomes the semaphore's. */
static void import_sync_file(const struct vk *vk, VkSemaphore semaphore, int fd)
{
	const VkImportSemaphoreFdInfoKHR info = {
		VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, NULL, semaphore,
		VK_SEMAPHORE_IMPORT_TEMPORARY_BIT, SYNC_FILE, fd,
	};
	PFN_vkImportSemaphoreFdKHR import = (void *)vk_function(vk, "vkImportSemaphoreFdKHR");

	vk_check(import(vk->device, &info), "vkImportSemaphoreFdKHR");
}

/* A submission's end as a file, which can be polled and waited for by another. */
void test_sync_file(void)
{
	VkSemaphoreSubmitInfo first, second;
	struct pollfd file;
	struct chain chain;
	VkFence fence;

	chain_open(&chain);
	first = at(semaphore(&chain.vk, VK_SEMAPHORE_TYPE_BINARY, SYNC_FILE), 0);
	second = at(semaphore(&chain.vk, VK_SEMAPHORE_TYPE_BINARY, 0), 0);
	fence = vk_fence(&chain.vk);
	vk_submit(&chain.vk, chain_step(&chain), NULL, &first, VK_NULL_HANDLE);
	file = (struct pollfd){ export_sync_file(&chain.vk, first.semaphore), POLLIN, 0 };
	import_sync_file(&chain.vk, second.semaphore, dup(file.fd));
	vk_submit(&chain.vk, chain_step(&chain), &second, NULL, fence);
	if (poll(&file, 1, 120000) != 1)
		fail("the sync file is not signalled");
	close(file.fd);
	vk_wait(&chain.vk, fence);
	chain_check(&chain);
	vkDestroySemaphore(chain.vk.device, first.semaphore, NULL);
	vkDestroySemaphore(chain.vk.device, second.semaphore, NULL);
	vkDestroyFence(chain.vk.device, fence, NULL);
	chain_close(&chain);
}
