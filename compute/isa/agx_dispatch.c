// SPDX-License-Identifier: MIT
/*
 * From a control stream to launches that are ready: reads packets, sizes, USC
 * words, uniforms and code through the address space.
 */
#include "agx_dispatch.h"

#define USC_SIZE_MAX 8192	/* more words than a launch has use for */

void agx_stream_start(struct agx_stream *stream, const struct agx_memory *memory,
		      u64 usc_base, u64 address, u64 end, bool g14x)
{
	memset(stream, 0, sizeof(*stream));
	stream->memory = memory;
	stream->usc_base = usc_base;
	stream->address = address;
	stream->end = end;
	stream->g14x = g14x;
	stream->max_steps = AGX_NO_LIMIT;
	stream->budget = ~0u;
}

/* The packet at stream->address cannot be executed. */
static int __printf(3, 4) fail(struct agx_stream *stream, u64 address, const char *fmt, ...)
{
	va_list args;

	memset(&stream->fault, 0, sizeof(stream->fault));
	stream->fault.kind = AGX_FAULT_STREAM;
	stream->fault.address = address;
	va_start(args, fmt);
	vsnprintf(stream->message, sizeof(stream->message), fmt, args);
	va_end(args);
	return -EFAULT;
}

static int fail_unmapped(struct agx_stream *stream, u64 address, const char *what, u64 start)
{
	return fail(stream, address, "%s at 0x%llx: nothing to read is mapped at 0x%llx", what,
		    (unsigned long long)start, (unsigned long long)address);
}

/* Reads as much as is mapped: bytes. */
static u32 read_some(struct agx_stream *stream, u64 address, void *data, u32 size)
{
	u64 bad;

	if (!agx_read(&stream->tlb, address, data, size, &bad))
		return size;
	return (u32)(bad - address);
}

static int read_all(struct agx_stream *stream, u64 address, void *data, u32 size,
		    const char *what)
{
	u64 bad;

	if (!agx_read(&stream->tlb, address, data, size, &bad))
		return 0;
	return fail_unmapped(stream, bad, what, address);
}

/* --- packets --------------------------------------------------------------- */

static int read_packet(struct agx_stream *stream, struct agx_cdm *cdm)
{
	u64 address = stream->address, room = stream->end - address;
	struct agx_error err;
	u8 bytes[AGX_CDM_MAX];
	u32 size = sizeof(bytes), got;
	int ret;

	if (address % 4)
		return fail(stream, address, "packet at 0x%llx: not a multiple of 4",
			    (unsigned long long)address);
	if (stream->end && address >= stream->end)
		return fail(stream, address, "the stream ends at 0x%llx and does not terminate",
			    (unsigned long long)stream->end);
	if (stream->end && room < size)
		size = (u32)room;
	got = read_some(stream, address, bytes, size);
	ret = agx_cdm_parse(cdm, bytes, got, stream->g14x, &err);
	if (ret == -ENODATA && got < size)
		return fail_unmapped(stream, address + got, "packet", address);
	if (ret < 0)
		return fail(stream, address, "packet at 0x%llx: %s", (unsigned long long)address,
			    err.text);
	return 0;
}

static int follow_link(struct agx_stream *stream, const struct agx_cdm *cdm)
{
	u64 address = stream->address;

	if (++stream->n_links > AGX_LINKS_MAX)
		return fail(stream, address, "link at 0x%llx: more than %u links",
			    (unsigned long long)address, AGX_LINKS_MAX);
	if (cdm->with_return && stream->return_address)
		return fail(stream, address,
			    "link at 0x%llx: with return, inside of another one",
			    (unsigned long long)address);
	if (cdm->with_return)
		stream->return_address = address + cdm->size;
	stream->address = cdm->address;
	/* It was the end of the first piece. */
	stream->end = 0;
	return 1;
}

static int follow_return(struct agx_stream *stream)
{
	if (!stream->return_address)
		return fail(stream, stream->address,
			    "return at 0x%llx: no link with return leads here",
			    (unsigned long long)stream->address);
	stream->address = stream->return_address;
	stream->return_address = 0;
	return 1;
}

/* Any packet but a launch: 1 to go on, 0 at the end, -EFAULT. */
static int follow(struct agx_stream *stream, const struct agx_cdm *cdm)
{
	switch (cdm->type) {
	case AGX_CDM_LINK:
		return follow_link(stream, cdm);
	case AGX_CDM_BARRIER:
		if (cdm->flags & AGX_CDM_BARRIER_RETURNS)
			return follow_return(stream);
		stream->address += cdm->size;
		return 1;
	case AGX_CDM_RETURN:
		return follow_return(stream);
	default:
		/* Asked again, it terminates again. */
		return 0;
	}
}

/* --- a launch -------------------------------------------------------------- */

static int read_sizes(struct agx_stream *stream, const struct agx_cdm *cdm, u32 size[6])
{
	memcpy(size, cdm->global, sizeof(cdm->global));
	memcpy(size + 3, cdm->local, sizeof(cdm->local));
	switch (cdm->mode) {
	case AGX_CDM_INDIRECT_GLOBAL:
		return read_all(stream, cdm->address, size, 12, "sizes of an indirect launch");
	case AGX_CDM_INDIRECT_LOCAL:
		return read_all(stream, cdm->address, size, 24, "sizes of an indirect launch");
	default:
		return 0;
	}
}

static int fail_size(struct agx_stream *stream, const char *what, const u32 *size)
{
	return fail(stream, stream->address, "launch at 0x%llx: %s %u x %u x %u",
		    (unsigned long long)stream->address, what, size[0], size[1], size[2]);
}

/* 1 if there are threads to run, 0 if not. */
static int set_grid(struct agx_stream *stream, struct agx_dispatch *dispatch,
		    const struct agx_cdm *cdm)
{
	u32 size[6], *global = size, *local = size + 3;
	u64 threads = 1;
	int ret = read_sizes(stream, cdm, size);

	if (ret)
		return ret;
	if (!global[0] || !global[1] || !global[2])
		return 0;
	for (int i = 0; i < 3; i++)
		threads = threads <= AGX_GROUP_THREADS ? threads * local[i] : threads;
	if (!threads || threads > AGX_GROUP_THREADS)
		return fail_size(stream, "threads per threadgroup, 1 to 1024 in all, are", local);

	dispatch->n_groups = 1;
	for (int i = 0; i < 3; i++) {
		u32 groups = global[i], last = local[i];

		/* Threads otherwise: the last group may have fewer. */
		if (cdm->mode != AGX_CDM_INDIRECT_GLOBAL) {
			groups = (global[i] - 1) / local[i] + 1;
			last = global[i] - (groups - 1) * local[i];
		}
		if (dispatch->n_groups > ~0ull / 2 / groups)
			return fail_size(stream, "too many threadgroups:", global);
		dispatch->n_groups *= groups;
		dispatch->groups[i] = groups;
		dispatch->local[i] = local[i];
		dispatch->last[i] = last;
	}
	return 1;
}

static int read_usc(struct agx_stream *stream, const struct agx_cdm *cdm)
{
	u64 start = stream->usc_base + cdm->usc;
	struct agx_usc *usc = &stream->usc;
	u8 bytes[AGX_USC_WORD_MAX];
	struct agx_usc_word word;
	struct agx_error err;
	int ret = 0;

	memset(usc, 0, sizeof(*usc));
	while (!ret) {
		u64 address = start + usc->size;
		u32 got = read_some(stream, address, bytes, sizeof(bytes));

		if (usc->size > USC_SIZE_MAX)
			return fail(stream, stream->address,
				    "USC words at 0x%llx: %u bytes, and no end",
				    (unsigned long long)start, usc->size);
		ret = agx_usc_next(&word, bytes, got, &err);
		if (ret == -ENODATA)
			return fail_unmapped(stream, address + got, "USC words", start);
		if (ret > 0)
			ret = agx_usc_add(usc, &word, &err);
		if (ret < 0)
			return fail(stream, stream->address, "USC words at 0x%llx, byte %u: %s",
				    (unsigned long long)start, usc->size, err.text);
	}
	return 0;
}

static int load_uniforms(struct agx_stream *stream, struct agx_dispatch *dispatch,
			 const struct agx_cdm *cdm)
{
	const struct agx_usc *usc = &stream->usc;
	int ret = 0;

	for (u32 i = 0; i < usc->n_uniforms && !ret; i++) {
		const struct agx_usc_uniform *u = &usc->uniform[i];

		if ((u32)u->start + u->count > cdm->uniforms)
			return fail(stream, stream->address,
				    "launch at 0x%llx: uniform halves %u to %u are loaded, but only %u allocated",
				    (unsigned long long)stream->address, u->start,
				    u->start + u->count - 1, cdm->uniforms);
		ret = read_all(stream, u->address, (u8 *)dispatch->uniform + 2 * u->start,
			       2u * u->count, "uniforms");
	}
	return ret;
}

static int fail_program(struct agx_stream *stream, u64 address)
{
	if (!agx_tlb_find(&stream->tlb, address, AGX_MEM_READ))
		return fail_unmapped(stream, address, "code", address);
	return fail(stream, address, "code at 0x%llx: there is none", (unsigned long long)address);
}

/* 0 when the program is there, -EAGAIN when there is more to do. */
static int load_program(struct agx_stream *stream, struct agx_program *program, u32 offset,
			u32 n_regs, u32 *budget)
{
	struct agx_loading *loading = &stream->loading;
	u64 address = stream->usc_base + offset;
	int ret;

	if (!loading->program) {
		if (stream->cache &&
		    agx_cache_find(stream->cache, &stream->tlb, address, n_regs, program))
			return 0;
		program->address = address;
		program->n_regs = n_regs;
		program->pool = stream->pool;
		agx_program_load(loading, program, &stream->tlb);
	}
	do {
		ret = agx_program_load_more(loading, budget);
	} while (ret == -ENOMEM && stream->cache && agx_cache_evict(stream->cache));
	if (ret > 0)
		return -EAGAIN;
	loading->program = NULL;
	if (ret == -EFAULT || ret == -ENOEXEC)
		return fail_program(stream, address);
	/* Not one that ends where memory does: it may not end there the next time. */
	if (!ret && stream->cache && !loading->cut)
		agx_cache_add(stream->cache, program);
	return ret;
}

static int load_programs(struct agx_stream *stream, struct agx_dispatch *dispatch, u32 *budget)
{
	const struct agx_usc *usc = &stream->usc;
	int ret = 0;

	if (!dispatch->main.n_insns || stream->loading.program == &dispatch->main)
		ret = load_program(stream, &dispatch->main, usc->shader, usc->regs, budget);
	if (ret || !usc->has_preamble)
		return ret;
	return load_program(stream, &dispatch->preamble, usc->preamble,
			    stream->launch.preshader_regs, budget);
}

/* All of a launch but its programs: 1, or 0 if it has no threads. */
static int prepare(struct agx_stream *stream, struct agx_dispatch *dispatch)
{
	const struct agx_cdm *cdm = &stream->launch;
	int ret;

	ret = set_grid(stream, dispatch, cdm);
	if (ret <= 0)
		return ret;
	ret = read_usc(stream, cdm);
	if (ret)
		return ret;
	ret = load_uniforms(stream, dispatch, cdm);
	if (ret)
		return ret;
	dispatch->local_size = stream->usc.shared_size;
	dispatch->address = stream->address;
	dispatch->phase = stream->usc.has_preamble ? AGX_PHASE_PREAMBLE : AGX_PHASE_GROUPS;
	dispatch->steps_left = stream->max_steps;
	dispatch->memory = stream->memory;
	dispatch->observer = stream->observer;
	dispatch->soft_faults = stream->soft_faults;
	return 1;
}

/* 1 at a launch with threads, 0 at the end, -EAGAIN in between. */
static int walk_packets(struct agx_stream *stream, struct agx_dispatch *dispatch, u32 *budget)
{
	struct agx_cdm *cdm = &stream->launch;
	int ret;

	for (; *budget; --*budget, stream->n_idle++) {
		if (stream->n_idle >= AGX_IDLE_MAX)
			return fail(stream, stream->address,
				    "packet at 0x%llx: %u packets, and none had threads to run",
				    (unsigned long long)stream->address, AGX_IDLE_MAX);
		ret = read_packet(stream, cdm);
		if (ret)
			return ret;
		if (cdm->type != AGX_CDM_LAUNCH) {
			ret = follow(stream, cdm);
			if (ret <= 0)
				return ret;
			continue;
		}
		memset(dispatch, 0, sizeof(*dispatch));
		ret = prepare(stream, dispatch);
		if (ret)
			return ret;
		stream->address += cdm->size;
		stream->n_launches++;
	}
	return -EAGAIN;
}

int agx_stream_next(struct agx_stream *stream, struct agx_dispatch *dispatch)
{
	u32 budget = stream->budget;
	int ret;

	agx_tlb_init(&stream->tlb, stream->memory);
	if (!stream->launching) {
		ret = walk_packets(stream, dispatch, &budget);
		if (ret <= 0)
			return ret;
		stream->launching = true;
	}
	ret = load_programs(stream, dispatch, &budget);
	if (ret == -EAGAIN)
		return ret;
	/* Without memory, it is this launch that is tried again. */
	stream->launching = false;
	if (ret) {
		agx_program_destroy(&dispatch->main);
		agx_program_destroy(&dispatch->preamble);
		return ret;
	}
	stream->address += stream->launch.size;
	stream->n_launches++;
	stream->n_idle = 0;
	return 1;
}

/* --- its end --------------------------------------------------------------- */

void agx_dispatch_stop(struct agx_dispatch *dispatch)
{
	__atomic_store_n(&dispatch->stop, 1, __ATOMIC_RELEASE);
}

int agx_dispatch_end(struct agx_dispatch *dispatch)
{
	agx_program_destroy(&dispatch->main);
	agx_program_destroy(&dispatch->preamble);
	if (dispatch->fault.kind != AGX_FAULT_NONE)
		return -EFAULT;
	return dispatch->stop ? -ECANCELED : 0;
}
