// SPDX-License-Identifier: MIT
#include "fake_gpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_dispatch.h"
#include "runtime/error.h"
#include "tools/agx/space.h"

#define USC_BASE 0x1100000000ull
#define FIRST_BUFFER 0x1500000000ull
#define BUDGET 100000

struct fake_gpu fake_gpu;

struct mutsu_gpu {
	struct mutsu_gpu_info info;
	struct agx_space space;
	struct agx_core *core;
	uint64_t next_code, next_buffer;
	uint64_t seqno;
	int status;		/* of the last submission */
	bool detailed;
	uint64_t counter[MUTSU_GPU_COUNTERS];
};

void fake_gpu_reset(void)
{
	fake_gpu = (struct fake_gpu){
		.buffers = FAKE_NEVER, .submits = FAKE_NEVER, .launches = FAKE_NEVER,
		.submit_error = -EINVAL, .status = -EIO,
	};
}

/* False when the countdown has come to its end; from then on it never fails. */
static bool count_down(uint64_t *left)
{
	if (*left == FAKE_NEVER)
		return true;
	if (!*left) {
		*left = FAKE_NEVER;
		return false;
	}
	--*left;
	return true;
}

static void fill_info(struct mutsu_gpu_info *info)
{
	*info = (struct mutsu_gpu_info){
		.path = FAKE_NODE, .name = "Apple M1 (G13G B1)", .chip_id = 0x8103,
		.generation = 13, .variant = 'G', .n_clusters = 1, .n_cores = 8,
		.software = fake_gpu.software, .max_commands = 64,
	};
	if (fake_gpu.why)
		snprintf(info->why, sizeof(info->why), "%s", fake_gpu.why);
}

int mutsu_gpu_list(struct mutsu_gpu_info *info, size_t max)
{
	if (fake_gpu.absent)
		return 0;
	if (max)
		fill_info(info);
	return 1;
}

int mutsu_gpu_open(struct mutsu_gpu **out, const char *path, struct mutsu_error *err)
{
	struct mutsu_gpu *gpu;

	if (fake_gpu.open_error)
		return mutsu_fail(err, fake_gpu.open_error, "%s: it does not open", path);
	gpu = calloc(1, sizeof(*gpu));
	fill_info(&gpu->info);
	agx_space_init(&gpu->space);
	gpu->core = agx_core_create(0);
	gpu->next_code = USC_BASE + 0x4000;
	gpu->next_buffer = FIRST_BUFFER;
	fake_gpu.n_open++;
	*out = gpu;
	return 0;
}

void mutsu_gpu_close(struct mutsu_gpu *gpu)
{
	if (!gpu)
		return;
	agx_core_destroy(gpu->core);
	agx_space_destroy(&gpu->space);
	free(gpu);
	fake_gpu.n_open--;
}

const struct mutsu_gpu_info *mutsu_gpu_info(const struct mutsu_gpu *gpu)
{
	return &gpu->info;
}

uint64_t mutsu_gpu_usc_base(const struct mutsu_gpu *gpu)
{
	(void)gpu;
	return USC_BASE;
}

int mutsu_buffer_create(struct mutsu_buffer **out, struct mutsu_gpu *gpu, size_t size,
			unsigned int flags, const char *what, struct mutsu_error *err)
{
	uint64_t *next = flags & MUTSU_BUFFER_CODE ? &gpu->next_code : &gpu->next_buffer;
	const bool read_only = flags & (MUTSU_BUFFER_CODE | MUTSU_BUFFER_READ_ONLY);
	struct mutsu_buffer *b;

	if (!count_down(&fake_gpu.buffers))
		return mutsu_fail(err, -ENOMEM, "no GPU memory for %s", what);
	b = calloc(1, sizeof(*b));
	b->size = (size + AGX_PAGE_SIZE - 1) / AGX_PAGE_SIZE * AGX_PAGE_SIZE;
	b->addr = *next;
	/* Nothing behind it. */
	*next += b->size + AGX_PAGE_SIZE;
	if (agx_space_map(&gpu->space, b->addr, b->size,
			  read_only ? AGX_MEM_READ : AGX_MEM_READ | AGX_MEM_WRITE, NULL))
		abort();
	b->map = agx_space_at(&gpu->space, b->addr, b->size);
	fake_gpu.n_buffers++;
	*out = b;
	return 0;
}

void mutsu_buffer_destroy(struct mutsu_gpu *gpu, struct mutsu_buffer *buffer)
{
	if (!buffer)
		return;
	agx_space_unmap(&gpu->space, buffer->addr, buffer->size);
	free(buffer);
	fake_gpu.n_buffers--;
}

/* Classes as the kernel module has them; 0, which is no class: flow. */
static const uint8_t counters[AGX_CLASS_COUNT] = {
	[AGX_CLASS_MOVE] = MUTSU_GPU_INT,
	[AGX_CLASS_INT] = MUTSU_GPU_INT,
	[AGX_CLASS_INT_SLOW] = MUTSU_GPU_INT,
	[AGX_CLASS_UNIFORM] = MUTSU_GPU_INT,
	[AGX_CLASS_FLOAT] = MUTSU_GPU_FLOAT,
	[AGX_CLASS_SPECIAL] = MUTSU_GPU_FLOAT,
	[AGX_CLASS_MATRIX] = MUTSU_GPU_MATRIX,
	[AGX_CLASS_SIMD] = MUTSU_GPU_SIMD,
	[AGX_CLASS_LOAD] = MUTSU_GPU_MEMORY,
	[AGX_CLASS_STORE] = MUTSU_GPU_MEMORY,
	[AGX_CLASS_ATOMIC] = MUTSU_GPU_MEMORY,
	[AGX_CLASS_LOCAL] = MUTSU_GPU_LOCAL,
	[AGX_CLASS_STACK] = MUTSU_GPU_LOCAL,
};

static void count_insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	const u8 op = simd->program->insn[index].op;
	struct mutsu_gpu *gpu = ctx;
	u32 counter = counters[agx_insn_info(op)->class];

	if (op == AGX_OP_HADD || op == AGX_OP_HMUL || op == AGX_OP_HFMA)
		counter = MUTSU_GPU_HALF;
	gpu->counter[MUTSU_GPU_INSTRUCTIONS]++;
	if (gpu->detailed)
		gpu->counter[counter ? counter : MUTSU_GPU_FLOW]++;
}

static void count_access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address,
			 u32 size, u32 kind)
{
	struct mutsu_gpu *gpu = ctx;

	(void)simd;
	(void)lane;
	(void)address;
	if (!gpu->detailed || space != AGX_SPACE_DEVICE)
		return;
	if (kind == AGX_ACCESS_READ)
		gpu->counter[MUTSU_GPU_READ_BYTES] += size;
	else if (kind == AGX_ACCESS_WRITE)
		gpu->counter[MUTSU_GPU_WRITE_BYTES] += size;
	else
		gpu->counter[MUTSU_GPU_ATOMICS]++;
}

static int run(struct mutsu_gpu *gpu, uint64_t start, uint64_t end)
{
	static struct agx_dispatch dispatch;
	static struct agx_stream stream;
	const struct agx_observer observer = {
		.ctx = gpu, .insn = count_insn, .access = count_access,
	};
	int ret;

	agx_stream_start(&stream, &gpu->space.memory, USC_BASE, start, end, gpu->info.g14x);
	/* Being watched makes it slow. */
	stream.observer = gpu->detailed ? &observer : NULL;
	while ((ret = agx_stream_next(&stream, &dispatch)) > 0) {
		if (!count_down(&fake_gpu.launches)) {
			agx_dispatch_stop(&dispatch);
			agx_dispatch_end(&dispatch);
			return fake_gpu.status;
		}
		fake_gpu.n_launches++;
		gpu->counter[MUTSU_GPU_LAUNCHES]++;
		while (agx_core_run(gpu->core, &dispatch, BUDGET) == AGX_CORE_MORE)
			;
		ret = agx_dispatch_end(&dispatch);
		if (ret) {
			char text[256];

			agx_fault_print(text, sizeof(text), &dispatch.fault);
			fprintf(stderr, "# %s\n", text);
			return -EIO;
		}
	}
	if (ret)
		fprintf(stderr, "# %s\n", stream.message);
	return ret ? -EIO : 0;
}

int mutsu_gpu_submit(struct mutsu_gpu *gpu, uint64_t stream, uint64_t stream_end,
		     uint64_t *seqno, struct mutsu_error *err)
{
	if (!count_down(&fake_gpu.submits))
		return mutsu_fail(err, fake_gpu.submit_error, "%s: SUBMIT: %s", FAKE_NODE,
				  strerror(-fake_gpu.submit_error));
	fake_gpu.n_submits++;
	gpu->status = run(gpu, stream, stream_end);
	*seqno = ++gpu->seqno;
	return 0;
}

int mutsu_gpu_wait(struct mutsu_gpu *gpu, uint64_t seqno, int64_t timeout_ns)
{
	(void)gpu;
	(void)seqno;
	(void)timeout_ns;
	fake_gpu.n_waits++;
	return 0;
}

int mutsu_gpu_status(struct mutsu_gpu *gpu, uint64_t seqno)
{
	(void)seqno;
	return gpu->status;
}

void mutsu_gpu_fault(struct mutsu_gpu *gpu, char *text, size_t size)
{
	(void)gpu;
	snprintf(text, size, "on purpose");
}

int mutsu_gpu_counters(struct mutsu_gpu *gpu, bool detailed, uint64_t *counter, size_t n)
{
	memset(counter, 0, n * sizeof(*counter));
	if (!gpu->info.software)
		return -ENOTSUP;
	gpu->detailed = detailed;
	memcpy(counter, gpu->counter,
	       (n < MUTSU_GPU_COUNTERS ? n : MUTSU_GPU_COUNTERS) * sizeof(*counter));
	return 0;
}
