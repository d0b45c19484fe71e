// SPDX-License-Identifier: MIT
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/error.h"
#include "runtime/io/loader.h"
#include "runtime/machine/machine.h"

#define MAX_GPUS 16
/* Left to everything else that runs on the machine. */
#define SPARE_SHARE 8		/* an eighth of its memory */
/* Where O_DIRECT reads from and to. */
#define LOAD_ALIGN 4096u

/* KV cache and work memory, beside the parts of the file. */
#define OWN_BUFFERS 2

/* --- choosing -------------------------------------------------------------------- */

static int list(struct mutsu_gpu_info *info)
{
	int n = mutsu_gpu_list(info, MAX_GPUS);

	return n < 0 ? 0 : n < MAX_GPUS ? n : MAX_GPUS;
}

static bool fits(uint64_t need, const struct mutsu_machine_info *machine)
{
	return need <= machine->memory - machine->memory / SPARE_SHARE;
}

/* The CPU, and why no GPU. */
static void choose_cpu(struct session_choice *choice, struct mutsu_machine *machine,
		       const char *why)
{
	struct mutsu_machine_info info;
	struct mutsu_device_info device;

	mutsu_machine_info(machine, &info);
	choice->path[0] = '\0';
	if (!why && info.n_devices &&
	    !mutsu_machine_device(machine, info.n_devices - 1, &device) && !device.usable)
		why = device.why;
	snprintf(choice->why, sizeof(choice->why), "%s%susing %u %s", why ? why : "", why ? "; " : "",
		 info.n_performance, info.n_clusters > 1 ? "performance cores" : "cores");
}

/* Why a GPU is passed over; empty: it is not. */
static void objection(char *text, size_t size, const struct mutsu_gpu_info *gpu, uint64_t need,
		      const struct mutsu_machine_info *machine)
{
	const int max = sizeof(gpu->path) - 1;

	text[0] = '\0';
	if (gpu->why[0])
		snprintf(text, size, "%.*s: %.*s", max, gpu->path, (int)sizeof(gpu->why) - 1, gpu->why);
	else if (gpu->software)
		snprintf(text, size, "%.*s is a GPU in software, which is slower than the CPU that "
			 "it runs on", max, gpu->path);
	else if (!fits(need, machine))
		snprintf(text, size, "%.*s: the model takes %.1f GiB of the machine's %.1f GiB, "
			 "which is too much", max, gpu->path, (double)need / 0x1p30,
			 (double)machine->memory / 0x1p30);
}

static void choose_auto(struct session_choice *choice, const struct mutsu_gpu_info *gpu, int n,
			uint64_t need, struct mutsu_machine *machine)
{
	struct mutsu_machine_info info;
	char why[384] = "", text[384];

	mutsu_machine_info(machine, &info);
	for (int i = 0; i < n; i++) {
		objection(text, sizeof(text), &gpu[i], need, &info);
		if (!text[0]) {
			strcpy(choice->path, gpu[i].path);
			snprintf(choice->why, sizeof(choice->why), "%s", gpu[i].name);
			return;
		}
		/* What is wrong with hardware matters more. */
		if (!why[0] || !gpu[i].software)
			strcpy(why, text);
	}
	choose_cpu(choice, machine, why[0] ? why : NULL);
}

/* The first of a kind that can be used; or the node itself. */
static int choose_gpu(struct session_choice *choice, const struct mutsu_gpu_info *gpu, int n,
		      const char *wanted, struct mutsu_error *err)
{
	const bool soft = !strcmp(wanted, "soft"), hard = !strcmp(wanted, "agx");
	const struct mutsu_gpu_info *refused = NULL;

	for (int i = 0; i < n; i++) {
		if (soft || hard ? gpu[i].software != soft : strcmp(gpu[i].path, wanted) != 0)
			continue;
		if (gpu[i].why[0]) {
			refused = &gpu[i];
			continue;
		}
		strcpy(choice->path, gpu[i].path);
		snprintf(choice->why, sizeof(choice->why), "%s%s", gpu[i].name,
			 gpu[i].software ? ", in software" : "");
		return 0;
	}
	if (refused)
		return mutsu_fail(err, -ENODEV, "%s: %s", refused->path, refused->why);
	if (soft)
		return mutsu_fail(err, -ENODEV, "there is no GPU in software: load agx_compute.ko "
				  "(modprobe agx_compute)");
	if (hard)
		return mutsu_fail(err, -ENODEV, "there is no GPU with the asahi driver; mutsu info "
				  "says what there is");
	return mutsu_fail(err, -ENODEV, "%s is no render node of the asahi driver; mutsu info says "
			  "what there is", wanted);
}

int mutsu_session_choose(struct session_choice *choice, const char *wanted, uint64_t need,
			 struct mutsu_error *err)
{
	struct mutsu_gpu_info gpu[MAX_GPUS];
	struct mutsu_machine_info info;
	struct mutsu_machine *machine;
	int n, ret;

	if (!wanted)
		wanted = "auto";
	if (strcmp(wanted, "auto") && strcmp(wanted, "cpu") && strcmp(wanted, "agx") &&
	    strcmp(wanted, "soft") && wanted[0] != '/')
		return mutsu_fail(err, -EINVAL, "device \"%s\" is not known; auto, cpu, agx, soft "
				  "and /dev/dri/renderD* are", wanted);
	ret = mutsu_machine_open(&machine, NULL, err);
	if (ret)
		return ret;
	mutsu_machine_info(machine, &info);
	n = strcmp(wanted, "cpu") ? list(gpu) : 0;
	if (!strcmp(wanted, "cpu"))
		choose_cpu(choice, machine, "as asked for");
	else if (!strcmp(wanted, "auto"))
		choose_auto(choice, gpu, n, need, machine);
	else
		ret = choose_gpu(choice, gpu, n, wanted, err);
	if (!ret && choice->path[0] && !fits(need, &info))
		ret = mutsu_fail(err, -ENOMEM, "%s: the model and its context take %.1f GiB, the "
				 "machine has %.1f GiB; use a smaller context or model",
				 choice->path, (double)need / 0x1p30, (double)info.memory / 0x1p30);
	mutsu_machine_close(machine);
	return ret;
}

/* --- weights --------------------------------------------------------------------- */

/* The bytes of a part that are tensors. */
struct region {
	const char *map;	/* of the part */
	uint64_t start, end;	/* offsets; start is aligned for reading */
	const char *path;	/* NULL: it is in memory */
};

static struct region region_of(const struct mutsu_model *model, uint32_t part)
{
	struct region r = { .start = UINT64_MAX };
	size_t size;

	mutsu_gguf_part_data(model->gguf, part, (const void **)&r.map, &size, &r.path);
	for (size_t i = 0; i < mutsu_gguf_n_tensors(model->gguf); i++) {
		const struct gguf_tensor *t = mutsu_gguf_tensor(model->gguf, i);
		uint64_t start = (uint64_t)((const char *)t->data - r.map);

		if (t->part != part)
			continue;
		if (start < r.start)
			r.start = start;
		if (start + t->size > r.end)
			r.end = start + t->size;
	}
	r.start = r.end ? r.start & ~(uint64_t)(LOAD_ALIGN - 1) : 0;
	return r;
}

uint64_t mutsu_session_weights_size(const struct mutsu_model *model)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < mutsu_gguf_n_parts(model->gguf); i++) {
		struct region r = region_of(model, i);

		size += r.end - r.start;
	}
	return size;
}

/* Into buffers that are there already. */
static int load_parts(struct session_device *d, mutsu_progress_fn progress, void *user,
		      struct mutsu_error *err)
{
	const uint32_t n = mutsu_gguf_n_parts(d->model->gguf);
	struct mutsu_load *load = calloc(n, sizeof(*load));
	struct mutsu_load_stats stats = { 0 };
	size_t n_loads = 0;
	int ret = 0;

	if (!load)
		return mutsu_fail(err, -ENOMEM, "no memory to load %s", d->model->name);
	for (uint32_t i = 0; !ret && i < n; i++) {
		struct region r = region_of(d->model, i);

		if (r.end == r.start)
			continue;
		if (!r.path) {
			memcpy(d->buffer[i]->map, r.map + r.start, r.end - r.start);
			continue;
		}
		ret = mutsu_gguf_part_reopen(d->model->gguf, i, err);
		if (ret < 0)
			break;
		load[n_loads++] = (struct mutsu_load){
			.fd = ret, .offset = r.start, .size = r.end - r.start,
			.to = d->buffer[i]->map,
			.name = r.path,
		};
		ret = 0;
	}
	if (!ret && n_loads)
		ret = mutsu_load_run(load, n_loads, progress, user, &stats, err);
	for (size_t i = 0; i < n_loads; i++)
		close(load[i].fd);
	free(load);
	if (!ret && stats.seconds > 0.0)
		mutsu_model_log(d->model, MUTSU_LOG_INFO, "loaded %.1f MiB in %.2f s, %.1f MiB/s%s%s",
				(double)stats.bytes / 0x1p20, stats.seconds,
				(double)stats.bytes / 0x1p20 / stats.seconds,
				stats.uring ? ", io_uring" : "", stats.direct ? ", O_DIRECT" : "");
	return ret;
}

const void *mutsu_session_device_move(void *device, const void *data)
{
	const struct session_device *d = device;

	for (uint32_t i = 0; i < mutsu_gguf_n_parts(d->model->gguf); i++) {
		struct region r = region_of(d->model, i);
		const char *at = data;

		if (at >= r.map + r.start && at < r.map + r.end)
			return (const char *)d->buffer[i]->map + (at - (r.map + r.start));
	}
	return NULL;
}

/* --- opening --------------------------------------------------------------------- */

int mutsu_session_device_open(struct session_device **out, const char *path,
			      const struct mutsu_model *model, mutsu_progress_fn progress,
			      void *user, struct mutsu_error *err)
{
	const uint32_t n = mutsu_gguf_n_parts(model->gguf);
	struct session_device *d = calloc(1, sizeof(*d));
	int ret;

	if (d)
		d->buffer = calloc((size_t)n + OWN_BUFFERS, sizeof(struct mutsu_buffer *));
	if (!d || !d->buffer) {
		free(d);
		return mutsu_fail(err, -ENOMEM, "no memory for a device");
	}
	d->model = model;
	ret = mutsu_gpu_open(&d->gpu, path, err);
	for (uint32_t i = 0; !ret && i < n; i++) {
		struct region r = region_of(model, i);
		/* A part without tensors has its place, too. */
		size_t size = r.end == r.start ? LOAD_ALIGN : r.end - r.start;

		/* Reading goes on to the end of the block. */
		ret = mutsu_buffer_create(&d->buffer[i], d->gpu, size + LOAD_ALIGN,
					  MUTSU_BUFFER_READ_ONLY | MUTSU_BUFFER_CACHED, "weights",
					  err);
		if (!ret)
			d->n_buffers++;
	}
	if (!ret)
		ret = load_parts(d, progress, user, err);
	if (ret) {
		mutsu_session_device_close(d);
		return ret;
	}
	*out = d;
	return 0;
}

int mutsu_session_device_buffer(struct session_device *d, size_t size, const char *what,
				void **map, struct mutsu_error *err)
{
	int ret = mutsu_buffer_create(&d->buffer[d->n_buffers], d->gpu, size, MUTSU_BUFFER_CACHED,
				      what, err);

	if (ret)
		return ret;
	*map = d->buffer[d->n_buffers++]->map;
	return 0;
}

void mutsu_session_device_close(struct session_device *d)
{
	if (!d)
		return;
	mutsu_exec_agx_close(d->exec);
	for (size_t i = 0; i < d->n_buffers; i++)
		mutsu_buffer_destroy(d->gpu, d->buffer[i]);
	mutsu_gpu_close(d->gpu);
	free(d->buffer);
	free(d);
}
