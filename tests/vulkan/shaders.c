// SPDX-License-Identifier: MIT
/*
 * The shaders of tests/mesa, whose //RUN: line has agxrun's options:
 *
 *	-b SIZE[:rand]	a buffer, the next binding; -u SIZE[:rand]: a uniform buffer
 *	-g X[,Y[,Z]]	threadgroups; -i: they are read from a buffer
 *	-n N		launches, with -B a barrier after each
 *	-p HEX		push constants
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"
#include "tests/mesa/programs.h"
#include "vk.h"

#define MAX_WORDS 32

struct run {
	struct { VkDeviceSize size; bool random; } buffers[VK_BUFFERS];
	uint32_t n_buffers, uniform;
	uint32_t groups[3];
	bool indirect, barrier;
	int launches;
	uint8_t push[VK_PUSH];
	uint32_t push_size;
};

static void add_buffer(struct run *run, bool uniform)
{
	char *end;

	if (run->n_buffers == VK_BUFFERS)
		fail("too many buffers");
	run->buffers[run->n_buffers].size = strtoul(optarg, &end, 10);
	run->buffers[run->n_buffers].random = !strcmp(end, ":rand");
	run->uniform |= (uint32_t)uniform << run->n_buffers++;
}

static void add_push(struct run *run)
{
	unsigned int byte;

	for (const char *c = optarg; run->push_size < VK_PUSH && sscanf(c, "%2x", &byte) == 1;
	     c += 2)
		run->push[run->push_size++] = (uint8_t)byte;
}

static struct run parse(int argc, char **argv)
{
	struct run run = { .groups = { 1, 1, 1 }, .launches = 1 };
	int option;

	optind = 0;
	while ((option = getopt(argc, argv, "b:u:g:in:Bp:")) != -1) {
		switch (option) {
		case 'b':
		case 'u':
			add_buffer(&run, option == 'u');
			break;
		case 'g':
			sscanf(optarg, "%u,%u,%u", &run.groups[0], &run.groups[1],
			       &run.groups[2]);
			break;
		case 'i':
			run.indirect = true;
			break;
		case 'n':
			run.launches = atoi(optarg);
			break;
		case 'B':
			run.barrier = true;
			break;
		case 'p':
			add_push(&run);
			break;
		default:
			fail("//RUN: has an option that is not known here");
		}
	}
	return run;
}

static struct run read_options(const char *name)
{
	static char line[256];
	char *argv[MAX_WORDS] = { "RUN" }, path[64];
	struct run run;
	int argc = 1;
	FILE *file;

	snprintf(path, sizeof(path), "%s.comp", name);
	file = fopen(path, "r");
	if (!file)
		fail("%s: %m", path);
	while (fgets(line, sizeof(line), file) && strncmp(line, "//RUN:", 6))
		;
	fclose(file);
	for (char *word = strtok(line + 6, " \n"); word && argc < MAX_WORDS - 1;
	     word = strtok(NULL, " \n"))
		argv[argc++] = word;
	run = parse(argc, argv);
	if (!run.n_buffers)
		fail("%s has no //RUN:", path);
	return run;
}

static void launch(const struct vk *vk, const struct run *run, const struct vk_kernel *kernel)
{
	struct vk_buffer counts = vk_buffer(vk, sizeof(run->groups));
	VkCommandBuffer commands = vk_begin(vk);

	memcpy(counts.map, run->groups, sizeof(run->groups));
	vk_bind(commands, kernel);
	if (run->push_size)
		vk_push(commands, kernel, run->push, run->push_size);
	for (int i = 0; i < run->launches; i++) {
		if (run->indirect)
			vkCmdDispatchIndirect(commands, counts.buffer, 0);
		else
			vkCmdDispatch(commands, run->groups[0], run->groups[1], run->groups[2]);
		if (run->barrier)
			vk_barrier(commands);
	}
	vk_run(vk, vk_end(commands));
	vk_buffer_free(vk, &counts);
}

static void compare(const char *name, const uint32_t *got, size_t size)
{
	static uint32_t in[MESA_WORDS], expected[MESA_WORDS];

	mesa_fill(in, MESA_WORDS);
	mesa_program(name)(in, expected);
	for (size_t i = 0; i < size / 4; i++) {
		if (got[i] != expected[i])
			fail("word %zu: 0x%x, expected 0x%x", i, got[i], expected[i]);
	}
}

void test_shader(const char *name)
{
	struct run run = read_options(name);
	struct vk_buffer buffers[VK_BUFFERS];
	struct vk_kernel kernel;
	struct vk vk;

	vk_open(&vk);
	for (uint32_t i = 0; i < run.n_buffers; i++) {
		buffers[i] = vk_buffer(&vk, run.buffers[i].size);
		if (run.buffers[i].random)
			mesa_fill(buffers[i].map, run.buffers[i].size / 4);
	}
	kernel = vk_kernel(&vk, name, 0, buffers, run.n_buffers, run.uniform);
	launch(&vk, &run, &kernel);
	compare(name, buffers[run.n_buffers - 1].map, run.buffers[run.n_buffers - 1].size);
	vk_kernel_free(&vk, &kernel);
	for (uint32_t i = 0; i < run.n_buffers; i++)
		vk_buffer_free(&vk, &buffers[i]);
	vk_close(&vk);
}
