// SPDX-License-Identifier: MIT
/*
 * Code and USC words go to the USC window, where hardware wants them; uniforms and streams
 * are ordinary memory.  All of it is only read by the GPU.
 */
#include "agx_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CODE_ALIGN 128u		/* as Mesa aligns entry points */
#define USC_ALIGN 64u
#define UNIFORM_ALIGN 16u
/* Streams and code are fetched ahead: what is behind them must be mapped, too. */
#define SLACK 0x800u
#define STREAM_ALIGN 256u
/*
 * After every launch that others wait for Mesa sets all of them.  Fewer have been seen to
 * do on single chips, but not on which.
 */
#define BARRIER AGX_CDM_BARRIER_ALL

struct item {
	struct mutsu_agx_launch launch;
	bool wait;
	bool begins;		/* a stream */
	uint32_t code, preamble, usc;	/* offsets in the USC window's buffer */
	size_t uniforms;	/* offset in the data buffer */
};

struct code {
	const uint8_t *bytes;
	uint32_t size, at;
};

struct agx_record {
	struct item *item;
	size_t n_items, room;
	struct code *code;	/* each program once */
	size_t n_codes;
	struct agx_stream_place *stream;
	uint32_t n_streams;
	bool begin;		/* the next item begins a stream */
	bool no_memory;
	struct mutsu_buffer *usc, *data;
};

int mutsu_agx_record_open(struct agx_record **out, struct mutsu_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : mutsu_fail(err, -ENOMEM, "no memory to record a graph");
}

uint32_t mutsu_agx_record_begin(struct agx_record *record)
{
	record->begin = true;
	return record->n_streams++;
}

void mutsu_agx_record_add(struct agx_record *record, const struct mutsu_agx_launch *launch,
			  bool wait)
{
	if (record->n_items == record->room) {
		size_t room = record->room ? 2 * record->room : 64;
		struct item *item = realloc(record->item, room * sizeof(*item));

		if (!item) {
			record->no_memory = true;
			return;
		}
		record->item = item;
		record->room = room;
	}
	record->item[record->n_items++] = (struct item){
		.launch = *launch, .wait = wait && !record->begin, .begins = record->begin,
	};
	record->begin = false;
}

static size_t align(size_t at, size_t to)
{
	return (at + to - 1) & ~(to - 1);
}

/* Where a program is, or will be: at *size, which grows. */
static uint32_t place_code(struct agx_record *record, const uint8_t *bytes, uint32_t n,
			   size_t *size)
{
	struct code *code;

	for (code = record->code; code < record->code + record->n_codes; code++)
		if (code->bytes == bytes)
			return code->at;
	*code = (struct code){ bytes, n, (uint32_t)align(*size, CODE_ALIGN) };
	record->n_codes++;
	*size = code->at + n;
	return code->at;
}

/* Decides where everything is; sizes of the two buffers. */
static int lay_out(struct agx_record *record, size_t *usc_size, size_t *data_size)
{
	uint8_t words[1024];
	size_t usc = 0, data = 0;

	record->code = calloc(2 * record->n_items + 1, sizeof(*record->code));
	if (!record->code)
		return -ENOMEM;
	for (size_t i = 0; i < record->n_items; i++) {
		struct item *item = &record->item[i];
		const struct agx_kernel *k = item->launch.kernel;

		item->code = place_code(record, k->code, k->code_size, &usc);
		if (k->preamble)
			item->preamble = place_code(record, k->preamble, k->preamble_size, &usc);
	}
	usc += SLACK;
	for (size_t i = 0; i < record->n_items; i++) {
		struct item *item = &record->item[i];
		const struct mutsu_agx_place nowhere = { .g14x = true };
		int n = mutsu_agx_launch_usc(&item->launch, &nowhere, words, sizeof(words), NULL);

		if (n < 0)
			return n;
		item->usc = (uint32_t)align(usc, USC_ALIGN);
		usc = item->usc + (size_t)n;
		item->uniforms = align(data, UNIFORM_ALIGN);
		data = item->uniforms + sizeof(uint16_t) * (item->launch.kernel->n_uniforms + 1u);
	}
	data = align(data, STREAM_ALIGN);
	data += record->n_items * 2 * AGX_CDM_MAX;
	data += record->n_streams * (size_t)(AGX_CDM_MAX + STREAM_ALIGN);
	*usc_size = usc + SLACK;
	*data_size = data + SLACK;
	return 0;
}

/* A packet at *at of the data buffer, which moves on. */
static int put(struct agx_record *record, const struct agx_cdm *cdm, size_t *at)
{
	int n = agx_cdm_build(cdm, (char *)record->data->map + *at, NULL);

	if (n > 0)
		*at += (size_t)n;
	return n < 0 ? n : 0;
}

static int end_stream(struct agx_record *record, struct agx_stream_place *stream, size_t *at)
{
	const struct agx_cdm last = { .type = AGX_CDM_BARRIER, .flags = BARRIER };
	const struct agx_cdm terminate = { .type = AGX_CDM_TERMINATE };
	int ret = put(record, &last, at);

	if (!ret)
		ret = put(record, &terminate, at);
	stream->end = record->data->addr + *at;
	*at = align(*at, STREAM_ALIGN);
	return ret;
}

static int put_item(struct agx_record *record, struct item *item, struct mutsu_gpu *gpu,
		    uint64_t step, size_t *at)
{
	const uint32_t window = (uint32_t)(record->usc->addr - mutsu_gpu_usc_base(gpu));
	const struct mutsu_agx_place place = {
		.code = window + item->code,
		.preamble = window + item->preamble,
		.usc = window + item->usc,
		.uniforms = record->data->addr + item->uniforms,
		.step = step,
		.g14x = mutsu_gpu_info(gpu)->g14x,
	};
	const struct agx_cdm barrier = { .type = AGX_CDM_BARRIER, .flags = BARRIER };
	char *usc = (char *)record->usc->map + item->usc;
	int ret = 0;

	memcpy((char *)record->data->map + item->uniforms, item->launch.uniform,
	       sizeof(uint16_t) * item->launch.kernel->n_uniforms);
	if (item->wait)
		ret = put(record, &barrier, at);
	if (!ret)
		ret = mutsu_agx_launch_usc(&item->launch, &place, usc,
					   record->usc->size - item->usc, NULL);
	if (ret >= 0)
		ret = mutsu_agx_launch_cdm(&item->launch, &place,
					   (char *)record->data->map + *at, NULL);
	if (ret < 0)
		return ret;
	*at += (size_t)ret;
	return 0;
}

static int write_all(struct agx_record *record, struct mutsu_gpu *gpu, uint64_t step)
{
	struct agx_stream_place *stream = NULL;
	size_t at = 0;
	int ret = 0;

	for (size_t i = 0; i < record->n_codes; i++)
		memcpy((char *)record->usc->map + record->code[i].at, record->code[i].bytes,
		       record->code[i].size);
	if (record->n_items) {
		const struct item *last = &record->item[record->n_items - 1];

		at = align(last->uniforms + sizeof(last->launch.uniform), STREAM_ALIGN);
	}
	for (size_t i = 0; !ret && i < record->n_items; i++) {
		struct item *item = &record->item[i];

		if (item->begins) {
			if (stream)
				ret = end_stream(record, stream, &at);
			stream = stream ? stream + 1 : record->stream;
			stream->start = record->data->addr + at;
		}
		stream->n_launches++;
		if (!ret)
			ret = put_item(record, item, gpu, step, &at);
	}
	return ret || !stream ? ret : end_stream(record, stream, &at);
}

int mutsu_agx_record_place(struct agx_record *record, struct mutsu_gpu *gpu, uint64_t step,
			   struct mutsu_error *err)
{
	size_t usc_size, data_size;
	int ret = record->no_memory ? -ENOMEM : lay_out(record, &usc_size, &data_size);

	record->stream = calloc(record->n_streams + 1u, sizeof(*record->stream));
	if (!record->stream)
		ret = -ENOMEM;
	if (ret == -ENOMEM)
		return mutsu_fail(err, ret, "no memory to record a graph");
	if (ret)
		return mutsu_fail(err, ret, "a launch of the GPU cannot be encoded");
	ret = mutsu_buffer_create(&record->usc, gpu, usc_size, MUTSU_BUFFER_CODE, "GPU code", err);
	if (!ret)
		ret = mutsu_buffer_create(&record->data, gpu,
					  data_size + sizeof(record->item->launch.uniform),
					  MUTSU_BUFFER_READ_ONLY, "control streams", err);
	if (ret)
		return ret;
	ret = write_all(record, gpu, step);
	free(record->item);
	free(record->code);
	record->item = NULL;
	record->code = NULL;
	record->n_items = 0;
	return ret ? mutsu_fail(err, ret, "a launch of the GPU cannot be encoded") : 0;
}

struct agx_stream_place mutsu_agx_record_stream(const struct agx_record *record, uint32_t i)
{
	return record->stream[i];
}

size_t mutsu_agx_record_size(const struct agx_record *record)
{
	return record->usc->size + record->data->size;
}

void mutsu_agx_record_close(struct agx_record *record, struct mutsu_gpu *gpu)
{
	if (!record)
		return;
	mutsu_buffer_destroy(gpu, record->usc);
	mutsu_buffer_destroy(gpu, record->data);
	free(record->item);
	free(record->code);
	free(record->stream);
	free(record);
}
