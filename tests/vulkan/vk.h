/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan device for compute, in as few lines as tests like to have.
 *
 * Whatever fails ends the process with a line that says what it was: each test is a
 * process of its own.
 */
#ifndef TESTS_VULKAN_VK_H
#define TESTS_VULKAN_VK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <vulkan/vulkan.h>

#define VK_BUFFERS 4			/* of a kernel, at most */
#define VK_PUSH 16			/* bytes of push constants */
#define VK_SECOND 1000000000ull

struct vk {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;			/* there is one */
	VkCommandPool pool;
	uint32_t memory_type;		/* of host and device both */
};

/* Memory that is mapped for as long as it lives. */
struct vk_buffer {
	VkBuffer buffer;
	VkDeviceMemory memory;
	VkDeviceSize size;
	uint32_t *map;
};

/* A shader, with the buffers that it is bound to. */
struct vk_kernel {
	VkDescriptorSetLayout set_layout;
	VkDescriptorPool descriptors;
	VkDescriptorSet set;
	VkPipelineLayout layout;
	VkPipeline pipeline;
};

noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...);

/* Fails unless result is VK_SUCCESS. */
void vk_check(VkResult result, const char *what);

void vk_open(struct vk *vk);
void vk_close(struct vk *vk);
/* A function of an extension. */
PFN_vkVoidFunction vk_function(const struct vk *vk, const char *name);

/* Zeroed.  handles: VK_EXTERNAL_MEMORY_HANDLE_TYPE_*, or 0; fd: import that, or -1. */
struct vk_buffer vk_buffer(const struct vk *vk, VkDeviceSize size);
struct vk_buffer vk_buffer_shared(const struct vk *vk, VkDeviceSize size,
				  VkExternalMemoryHandleTypeFlagBits handles, int fd);
void vk_buffer_free(const struct vk *vk, struct vk_buffer *buffer);
VkDeviceAddress vk_buffer_address(const struct vk *vk, const struct vk_buffer *buffer);

/*
 * NAME.spv, with n buffers; those in the set uniform, of bits, are uniform buffers.
 * constant is the shader's constant 0, if it has one.
 */
struct vk_kernel vk_kernel(const struct vk *vk, const char *name, uint32_t constant,
			   const struct vk_buffer *buffers, uint32_t n, uint32_t uniform);
void vk_kernel_free(const struct vk *vk, struct vk_kernel *kernel);

/* Commands: between vk_begin() and vk_end(). */
VkCommandBuffer vk_begin(const struct vk *vk);
void vk_bind(VkCommandBuffer commands, const struct vk_kernel *kernel);
void vk_push(VkCommandBuffer commands, const struct vk_kernel *kernel, const void *data,
	     uint32_t size);
/* What is before is seen by what is after, on the device and the host. */
void vk_barrier(VkCommandBuffer commands);
VkCommandBuffer vk_end(VkCommandBuffer commands);

VkFence vk_fence(const struct vk *vk);
/* All but vk may be NULL, or VK_NULL_HANDLE. */
void vk_submit(const struct vk *vk, VkCommandBuffer commands, const VkSemaphoreSubmitInfo *wait,
	       const VkSemaphoreSubmitInfo *signal, VkFence fence);
void vk_wait(const struct vk *vk, VkFence fence);
/* Submits, waits, and frees the commands. */
void vk_run(const struct vk *vk, VkCommandBuffer commands);

#endif
