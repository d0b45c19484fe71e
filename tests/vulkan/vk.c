// SPDX-License-Identifier: MIT
#include "vk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Slow machines emulate the machine that emulates the GPU. */
#define PATIENCE (120 * VK_SECOND)

noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	_exit(1);
}

void vk_check(VkResult result, const char *what)
{
	if (result != VK_SUCCESS)
		fail("%s: %d", what, result);
}

/* --- device ------------------------------------------------------------------------- */

static const char *const extensions[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
	VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
	VK_KHR_CALIBRATED_TIMESTAMPS_EXTENSION_NAME,
};

/* All features of the versions that there are: asked for, and handed back. */
static void create_device(struct vk *vk)
{
	VkPhysicalDeviceVulkan13Features f13 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
	};
	VkPhysicalDeviceVulkan12Features f12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
		.pNext = &f13,
	};
	VkPhysicalDeviceVulkan11Features f11 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
		.pNext = &f12,
	};
	VkPhysicalDeviceFeatures2 features = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
		.pNext = &f11,
	};
	const VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1, .pQueuePriorities = &(float){ 1 },
	};
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &features,
		.queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
		.enabledExtensionCount = SIZE(extensions), .ppEnabledExtensionNames = extensions,
	};

	vkGetPhysicalDeviceFeatures2(vk->physical, &features);
	vk_check(vkCreateDevice(vk->physical, &info, NULL, &vk->device), "vkCreateDevice");
	vkGetDeviceQueue(vk->device, 0, 0, &vk->queue);
}

static uint32_t find_memory_type(const struct vk *vk)
{
	const VkMemoryPropertyFlags both = VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
					   VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
	VkPhysicalDeviceMemoryProperties memory;

	vkGetPhysicalDeviceMemoryProperties(vk->physical, &memory);
	for (uint32_t i = 0; i < memory.memoryTypeCount; i++) {
		if ((memory.memoryTypes[i].propertyFlags & both) == both)
			return i;
	}
	fail("no memory of both host and device");
}

void vk_open(struct vk *vk)
{
	const VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app,
	};
	const VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
	};
	uint32_t n = 1;

	vk_check(vkCreateInstance(&info, NULL, &vk->instance), "vkCreateInstance");
	vk_check(vkEnumeratePhysicalDevices(vk->instance, &n, &vk->physical),
		 "vkEnumeratePhysicalDevices");
	if (n != 1)
		fail("%u devices", n);
	create_device(vk);
	vk->memory_type = find_memory_type(vk);
	vk_check(vkCreateCommandPool(vk->device, &pool, NULL, &vk->pool), "vkCreateCommandPool");
}

void vk_close(struct vk *vk)
{
	vkDestroyCommandPool(vk->device, vk->pool, NULL);
	vkDestroyDevice(vk->device, NULL);
	vkDestroyInstance(vk->instance, NULL);
}

PFN_vkVoidFunction vk_function(const struct vk *vk, const char *name)
{
	PFN_vkVoidFunction function = vkGetDeviceProcAddr(vk->device, name);

	if (!function)
		fail("there is no %s", name);
	return function;
}

/* --- buffers ------------------------------------------------------------------------ */

struct vk_buffer vk_buffer_shared(const struct vk *vk, VkDeviceSize size,
				  VkExternalMemoryHandleTypeFlagBits handles, int fd)
{
	const VkExternalMemoryBufferCreateInfo external = {
		VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, .handleTypes = handles,
	};
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = handles ? &external : NULL, .size = size,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT |
			 VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
			 VK_BUFFER_USAGE_TRANSFER_DST_BIT |
			 VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT,
	};
	const VkMemoryAllocateFlagsInfo flags = {
		VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
		.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
	};
	const VkImportMemoryFdInfoKHR import = {
		VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, &flags, handles, fd,
	};
	const VkExportMemoryAllocateInfo export = {
		VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, &flags, handles,
	};
	VkMemoryAllocateInfo memory = {
		VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = fd >= 0 ? (void *)&import : handles ? (void *)&export : &flags,
		.memoryTypeIndex = vk->memory_type,
	};
	struct vk_buffer buffer = { .size = size };
	VkMemoryRequirements needs;

	vk_check(vkCreateBuffer(vk->device, &info, NULL, &buffer.buffer), "vkCreateBuffer");
	vkGetBufferMemoryRequirements(vk->device, buffer.buffer, &needs);
	memory.allocationSize = needs.size;
	vk_check(vkAllocateMemory(vk->device, &memory, NULL, &buffer.memory), "vkAllocateMemory");
	vk_check(vkBindBufferMemory(vk->device, buffer.buffer, buffer.memory, 0),
		 "vkBindBufferMemory");
	vk_check(vkMapMemory(vk->device, buffer.memory, 0, VK_WHOLE_SIZE, 0,
			     (void **)&buffer.map), "vkMapMemory");
	return buffer;
}

struct vk_buffer vk_buffer(const struct vk *vk, VkDeviceSize size)
{
	struct vk_buffer buffer = vk_buffer_shared(vk, size, 0, -1);

	memset(buffer.map, 0, size);
	return buffer;
}

void vk_buffer_free(const struct vk *vk, struct vk_buffer *buffer)
{
	vkDestroyBuffer(vk->device, buffer->buffer, NULL);
	vkFreeMemory(vk->device, buffer->memory, NULL);
}

VkDeviceAddress vk_buffer_address(const struct vk *vk, const struct vk_buffer *buffer)
{
	const VkBufferDeviceAddressInfo info = {
		VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer->buffer,
	};

	return vkGetBufferDeviceAddress(vk->device, &info);
}

/* --- kernels ------------------------------------------------------------------------ */

static VkShaderModule load_module(const struct vk *vk, const char *name)
{
	static uint32_t code[1 << 16];
	VkShaderModuleCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .pCode = code,
	};
	VkShaderModule module;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s.spv", name);
	file = fopen(path, "rb");
	if (!file)
		fail("%s: %m", path);
	info.codeSize = fread(code, 1, sizeof(code), file);
	fclose(file);
	vk_check(vkCreateShaderModule(vk->device, &info, NULL, &module), "vkCreateShaderModule");
	return module;
}

static VkDescriptorType type_of(uint32_t i, uint32_t uniform)
{
	return uniform >> i & 1 ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER :
				  VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
}

static void create_set(const struct vk *vk, struct vk_kernel *kernel,
		       const struct vk_buffer *buffers, uint32_t n, uint32_t uniform)
{
	VkDescriptorSetLayoutBinding bindings[VK_BUFFERS];
	const VkDescriptorSetLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = n, .pBindings = bindings,
	};
	const VkDescriptorPoolSize sizes[] = {
		{ VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_BUFFERS },
		{ VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_BUFFERS },
	};
	const VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1, .poolSizeCount = SIZE(sizes), .pPoolSizes = sizes,
	};
	VkDescriptorSetAllocateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1, .pSetLayouts = &kernel->set_layout,
	};

	for (uint32_t i = 0; i < n; i++) {
		bindings[i] = (VkDescriptorSetLayoutBinding){
			i, type_of(i, uniform), 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL,
		};
	}
	vk_check(vkCreateDescriptorSetLayout(vk->device, &layout, NULL, &kernel->set_layout),
		 "vkCreateDescriptorSetLayout");
	vk_check(vkCreateDescriptorPool(vk->device, &pool, NULL, &kernel->descriptors),
		 "vkCreateDescriptorPool");
	set.descriptorPool = kernel->descriptors;
	vk_check(vkAllocateDescriptorSets(vk->device, &set, &kernel->set),
		 "vkAllocateDescriptorSets");
	for (uint32_t i = 0; i < n; i++) {
		const VkDescriptorBufferInfo range = { buffers[i].buffer, 0, VK_WHOLE_SIZE };
		const VkWriteDescriptorSet write = {
			.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
			.dstSet = kernel->set, .dstBinding = i, .descriptorCount = 1,
			.descriptorType = type_of(i, uniform), .pBufferInfo = &range,
		};

		vkUpdateDescriptorSets(vk->device, 1, &write, 0, NULL);
	}
}

static void create_pipeline(const struct vk *vk, struct vk_kernel *kernel, const char *name,
			    uint32_t constant)
{
	const VkPushConstantRange push = { VK_SHADER_STAGE_COMPUTE_BIT, 0, VK_PUSH };
	const VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1, .pSetLayouts = &kernel->set_layout,
		.pushConstantRangeCount = 1, .pPushConstantRanges = &push,
	};
	const VkSpecializationMapEntry entry = { 0, 0, sizeof(constant) };
	const VkSpecializationInfo special = { 1, &entry, sizeof(constant), &constant };
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT, .pName = "main",
			.pSpecializationInfo = &special,
		},
	};

	vk_check(vkCreatePipelineLayout(vk->device, &layout, NULL, &kernel->layout),
		 "vkCreatePipelineLayout");
	info.layout = kernel->layout;
	info.stage.module = load_module(vk, name);
	vk_check(vkCreateComputePipelines(vk->device, VK_NULL_HANDLE, 1, &info, NULL,
					  &kernel->pipeline), "vkCreateComputePipelines");
	vkDestroyShaderModule(vk->device, info.stage.module, NULL);
}

struct vk_kernel vk_kernel(const struct vk *vk, const char *name, uint32_t constant,
			   const struct vk_buffer *buffers, uint32_t n, uint32_t uniform)
{
	struct vk_kernel kernel;

	create_set(vk, &kernel, buffers, n, uniform);
	create_pipeline(vk, &kernel, name, constant);
	return kernel;
}

void vk_kernel_free(const struct vk *vk, struct vk_kernel *kernel)
{
	vkDestroyPipeline(vk->device, kernel->pipeline, NULL);
	vkDestroyPipelineLayout(vk->device, kernel->layout, NULL);
	vkDestroyDescriptorPool(vk->device, kernel->descriptors, NULL);
	vkDestroyDescriptorSetLayout(vk->device, kernel->set_layout, NULL);
}

/* --- commands ----------------------------------------------------------------------- */

VkCommandBuffer vk_begin(const struct vk *vk)
{
	const VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = vk->pool, .commandBufferCount = 1,
	};
	const VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
	};
	VkCommandBuffer commands;

	vk_check(vkAllocateCommandBuffers(vk->device, &allocate, &commands),
		 "vkAllocateCommandBuffers");
	vk_check(vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer");
	return commands;
}

void vk_bind(VkCommandBuffer commands, const struct vk_kernel *kernel)
{
	vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel->pipeline);
	vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel->layout, 0, 1,
				&kernel->set, 0, NULL);
}

void vk_push(VkCommandBuffer commands, const struct vk_kernel *kernel, const void *data,
	     uint32_t size)
{
	vkCmdPushConstants(commands, kernel->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, size, data);
}

void vk_barrier(VkCommandBuffer commands)
{
	const VkMemoryBarrier barrier = {
		VK_STRUCTURE_TYPE_MEMORY_BARRIER, NULL, VK_ACCESS_MEMORY_WRITE_BIT,
		VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
	};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
			     VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

VkCommandBuffer vk_end(VkCommandBuffer commands)
{
	vk_check(vkEndCommandBuffer(commands), "vkEndCommandBuffer");
	return commands;
}

VkFence vk_fence(const struct vk *vk)
{
	const VkFenceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	VkFence fence;

	vk_check(vkCreateFence(vk->device, &info, NULL, &fence), "vkCreateFence");
	return fence;
}

void vk_submit(const struct vk *vk, VkCommandBuffer commands, const VkSemaphoreSubmitInfo *wait,
	       const VkSemaphoreSubmitInfo *signal, VkFence fence)
{
	const VkCommandBufferSubmitInfo buffer = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO, .commandBuffer = commands,
	};
	const VkSubmitInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2,
		.waitSemaphoreInfoCount = wait != NULL, .pWaitSemaphoreInfos = wait,
		.commandBufferInfoCount = commands != NULL, .pCommandBufferInfos = &buffer,
		.signalSemaphoreInfoCount = signal != NULL, .pSignalSemaphoreInfos = signal,
	};

	vk_check(vkQueueSubmit2(vk->queue, 1, &info, fence), "vkQueueSubmit2");
}

void vk_wait(const struct vk *vk, VkFence fence)
{
	vk_check(vkWaitForFences(vk->device, 1, &fence, true, PATIENCE), "vkWaitForFences");
}

void vk_run(const struct vk *vk, VkCommandBuffer commands)
{
	VkFence fence = vk_fence(vk);

	vk_submit(vk, commands, NULL, NULL, fence);
	vk_wait(vk, fence);
	vkDestroyFence(vk->device, fence, NULL);
	vkFreeCommandBuffers(vk->device, vk->pool, 1, &commands);
}
