// SPDX-License-Identifier: MIT
/*
 * Memory, and who has it: files, other devices, other processes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"
#include "vk.h"

static void step(const struct vk *vk, const struct vk_buffer *buffer, uint32_t factor,
		 uint32_t add)
{
	struct vk_kernel kernel = vk_kernel(vk, "step", factor, buffer, 1, 0);
	VkCommandBuffer commands = vk_begin(vk);

	vk_bind(commands, &kernel);
	vk_push(commands, &kernel, &add, sizeof(add));
	vkCmdDispatch(commands, (uint32_t)(buffer->size / 128), 1, 1);
	vk_run(vk, vk_end(commands));
	vk_kernel_free(vk, &kernel);
}

static void check_all(const struct vk_buffer *buffer, uint32_t expected)
{
	for (size_t i = 0; i < buffer->size / 4; i++) {
		if (buffer->map[i] != expected)
			fail("word %zu: 0x%x, expected 0x%x", i, buffer->map[i], expected);
	}
}

/* Much of it, often; more than there is. */
void test_memory(void)
{
	const VkMemoryAllocateInfo too_much = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = 1ull << 45,
	};
	VkDeviceMemory memory;
	struct vk vk;

	vk_open(&vk);
	for (uint32_t i = 0; i < 50; i++) {
		struct vk_buffer buffer = vk_buffer_shared(&vk, 4 << 20, 0, -1);
		VkCommandBuffer commands = vk_begin(&vk);

		vkCmdFillBuffer(commands, buffer.buffer, (4 << 20) - 4096, 4096, i + 1);
		vk_run(&vk, vk_end(commands));
		if (buffer.map[0] || buffer.map[(1 << 20) - 1] != i + 1)
			fail("round %u: 0x%x, 0x%x", i, buffer.map[0], buffer.map[(1 << 20) - 1]);
		vk_buffer_free(&vk, &buffer);
	}
	if (vkAllocateMemory(vk.device, &too_much, NULL, &memory) == VK_SUCCESS)
		fail("32 TiB could be allocated");
	vk_close(&vk);
}

/* --- shared memory ------------------------------------------------------------------ */

#define SHARED_SIZE 65536
#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int socket, int fd)
{
	union control control = {
		.header = { CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS },
	};
	struct iovec byte = { "", 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		fail("sendmsg: %m");
}

static int receive_fd(int socket)
{
	union control control;
	struct iovec byte = { &(char){ 0 }, 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &message, 0) != 1 || control.header.cmsg_type != SCM_RIGHTS)
		fail("no file came");
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* A file of the buffer's memory. */
static int export_memory(const struct vk *vk, const struct vk_buffer *buffer)
{
	const VkMemoryGetFdInfoKHR info = {
		VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, NULL, buffer->memory, DMA_BUF,
	};
	PFN_vkGetMemoryFdKHR get = (void *)vk_function(vk, "vkGetMemoryFdKHR");
	int fd;

	vk_check(get(vk->device, &info, &fd), "vkGetMemoryFdKHR");
	return fd;
}

/* What the other process does with the memory of a file. */
static noreturn void borrower(int socket)
{
	int fd = receive_fd(socket);
	struct vk_buffer buffer;
	struct vk vk;

	vk_open(&vk);
	buffer = vk_buffer_shared(&vk, SHARED_SIZE, DMA_BUF, fd);
	check_all(&buffer, 7);
	step(&vk, &buffer, 10, 3);
	vk_buffer_free(&vk, &buffer);
	vk_close(&vk);
	_exit(0);
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		fail("the other process failed");
}

static pid_t start(void (*child)(int), int argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork: %m");
	if (!pid) {
		child(argument);
		_exit(0);
	}
	return pid;
}

void test_shared(void)
{
	struct vk_buffer buffer;
	int sockets[2], fd;
	struct vk vk;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		fail("socketpair: %m");
	pid = start(borrower, sockets[1]);
	vk_open(&vk);
	buffer = vk_buffer_shared(&vk, SHARED_SIZE, DMA_BUF, -1);
	step(&vk, &buffer, 0, 7);
	fd = export_memory(&vk, &buffer);
	send_fd(sockets[0], fd);
	close(fd);
	wait_for(pid);
	check_all(&buffer, 73);
	step(&vk, &buffer, 2, 1);
	check_all(&buffer, 147);
	vk_buffer_free(&vk, &buffer);
	vk_close(&vk);
}

/* --- processes ---------------------------------------------------------------------- */

static void busy(int seed)
{
	uint32_t expected = 0;
	struct vk_buffer buffer;
	struct vk vk;

	vk_open(&vk);
	buffer = vk_buffer(&vk, 4096);
	for (uint32_t i = 0; i < 10; i++) {
		step(&vk, &buffer, (uint32_t)seed, i);
		expected = expected * (uint32_t)seed + i;
	}
	check_all(&buffer, expected);
	vk_buffer_free(&vk, &buffer);
	vk_close(&vk);
}

void test_processes(void)
{
	pid_t pids[2] = { start(busy, 5), start(busy, 7) };

	wait_for(pids[0]);
	wait_for(pids[1]);
}

/* Says when it has submitted what takes seconds, and waits to be killed. */
static void spin(int pipe)
{
	uint32_t turns = 100000000;
	struct vk_kernel kernel;
	struct vk_buffer buffer;
	VkCommandBuffer commands;
	struct vk vk;

	vk_open(&vk);
	buffer = vk_buffer(&vk, 128);
	kernel = vk_kernel(&vk, "spin", 0, &buffer, 1, 0);
	commands = vk_begin(&vk);
	vk_bind(commands, &kernel);
	vk_push(commands, &kernel, &turns, sizeof(turns));
	vkCmdDispatch(commands, 1, 1, 1);
	vk_submit(&vk, vk_end(commands), NULL, NULL, VK_NULL_HANDLE);
	if (write(pipe, "", 1) == 1)
		pause();
}

void test_killed(void)
{
	int pipes[2], status;
	char byte;
	pid_t pid;

	if (pipe(pipes))
		fail("pipe: %m");
	pid = start(spin, pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], &byte, 1) != 1)
		fail("the other process failed");
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		fail("the other process was not killed");
	busy(9);
}
