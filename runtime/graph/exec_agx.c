// SPDX-License-Identifier: MIT
/*
 * The graph is recorded for a few sizes of batches, the largest of which is all that a
 * batch may have; rows that a batch does not have are left alone by the kernels.  Each
 * recording is a list of parts: a control stream, or an op for the CPU.
 */
#include "exec_agx.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agx_ops.h"
#include "agx_record.h"
#include "compute/agx/half.h"
#include "compute/agx/mark.h"

/* Rows for which the graph is recorded; and n_batch. */
static const uint32_t bucket_rows[] = { 1, 8, 32, 128 };
#define MAX_BUCKETS (sizeof(bucket_rows) / sizeof(bucket_rows[0]) + 1)

/* Logits are as many rows as fit in here. */
#define LOGITS_SIZE ((size_t)16 << 20)

/*
 * How long to sleep between two looks at stop(), and after how much time without an end
 * the device counts as lost.  The driver's own watchdog is faster by far: on hardware it is
 * the firmware's, in software the longest command is ten minutes.
 */
#define LOOK_NS 50000000ll
#define LOST_NS 1200000000000ll

/* What the CPU writes for each submission, and what the GPU answers. */
struct shared {
	struct mutsu_agx_step step;
	uint32_t mark;		/* of this submission */
	uint32_t marked;	/* of the last that came to its end */
	uint32_t pad[2];
	int32_t token[];	/* of each row */
};

/* A stream if cpu_op is NO_OP. */
struct part {
	uint32_t stream;
	uint32_t cpu_op;
	uint32_t op;		/* the last one of a stream */
};
#define NO_OP UINT32_MAX

struct bucket {
	uint32_t n;		/* rows at most */
	struct part *part;
	uint32_t n_parts;
	uint32_t n_parts_no_out;	/* where no logits are wanted */
};

struct mutsu_exec_agx {
	struct mutsu_exec_agx_parts p;
	struct mutsu_buffer *shared_buffer, *logits, *half, *matrix;
	struct shared *shared;
	struct agx_record *record;
	struct bucket bucket[MAX_BUCKETS];
	uint32_t n_buckets;
	uint32_t max_out;
	uint32_t n_cpu_ops;
	uint32_t mark;
	size_t size;
};

/* --- recording ----------------------------------------------------------------- */

/* Whatever is handed out to kernels is in one of the buffers. */
static uint64_t address(void *arg, const void *data)
{
	const struct mutsu_exec_agx *e = arg;

	for (size_t i = 0; i < e->p.n_memory; i++) {
		const struct mutsu_buffer *b = e->p.memory[i];
		size_t offset = (size_t)((const char *)data - (const char *)b->map);

		if ((const char *)data >= (const char *)b->map && offset < b->size)
			return b->addr + offset;
	}
	return 0;
}

/* What recording one bucket needs to know. */
struct recorder {
	struct mutsu_exec_agx *exec;
	struct bucket *bucket;
	struct agx_ops ops;
	bool open;		/* the last part is a stream that takes more */
	bool split;		/* each op has a stream of its own */
};

/* Before the first launch of an op. */
static void begin(void *arg)
{
	struct recorder *r = arg;

	if (r->open)
		return;
	r->bucket->part[r->bucket->n_parts++] = (struct part){
		.stream = mutsu_agx_record_begin(r->ops.record), .cpu_op = NO_OP,
	};
	r->open = true;
}

/* The end of a stream says that everything in front of it came to its end. */
static void end(struct recorder *r)
{
	const uint64_t shared = r->exec->shared_buffer->addr;
	struct mutsu_agx_launch launch;

	if (!r->open)
		return;
	mutsu_agx_mark(&launch, &(struct mutsu_agx_mark){
		.to = shared + offsetof(struct shared, marked),
		.from = shared + offsetof(struct shared, mark),
	});
	mutsu_agx_record_add(r->ops.record, &launch, true);
	r->open = false;
}

static void record_op(struct recorder *r, uint32_t i)
{
	const struct mutsu_graph *graph = r->exec->p.graph;

	if (!mutsu_agx_ops_add(&r->ops, &graph->op[i], begin, r)) {
		if (r->open)
			r->bucket->part[r->bucket->n_parts - 1].op = i;
		if (r->split)
			end(r);
		return;
	}
	end(r);
	r->bucket->part[r->bucket->n_parts++] = (struct part){ .cpu_op = i };
}

static void find_places(struct recorder *r)
{
	struct mutsu_exec_agx *e = r->exec;
	struct agx_ops *ops = &r->ops;

	*ops = (struct agx_ops){
		.graph = e->p.graph,
		.kv = e->p.kv,
		.record = e->record,
		.kv_map = address(e, e->p.kv->map),
		.expert = address(e, mutsu_exec_experts(e->p.cpu)),
		.expert_weight = address(e, mutsu_exec_expert_weights(e->p.cpu)),
		.token = e->shared_buffer->addr + offsetof(struct shared, token),
		.logits = e->logits->addr,
		.half = e->half ? e->half->addr : 0,
		.matrix = e->matrix ? e->matrix->addr : 0,
		.n = r->bucket->n,
		.max_out = r->bucket->n < e->max_out ? r->bucket->n : e->max_out,
		.address = address,
		.arg = e,
	};
	for (int i = 0; i < N_SLOTS; i++)
		ops->slot[i] = address(e, mutsu_exec_slot(e->p.cpu, i));
	for (int i = 0; i < 2; i++)
		ops->rope[i] = address(e, mutsu_exec_rope(e->p.cpu, i));
}

static int record_bucket(struct mutsu_exec_agx *e, uint32_t n, bool split)
{
	const struct mutsu_graph *graph = e->p.graph;
	struct recorder r = { .exec = e, .bucket = &e->bucket[e->n_buckets], .split = split };

	r.bucket->n = n;
	/* Two parts per op at most, and one of those that have no logits. */
	r.bucket->part = calloc(2 * (size_t)graph->n_ops + 2, sizeof(*r.bucket->part));
	if (!r.bucket->part)
		return -ENOMEM;
	find_places(&r);
	for (uint32_t i = 0; i < graph->n_ops; i++) {
		/* Where logits begin a new stream begins, so that it can be left out. */
		if (n > 1 && graph->op[i].outputs && !r.bucket->n_parts_no_out) {
			end(&r);
			r.bucket->n_parts_no_out = r.bucket->n_parts;
		}
		record_op(&r, i);
	}
	end(&r);
	e->n_buckets++;
	return 0;
}

static int record_all(struct mutsu_exec_agx *e, struct mutsu_error *err)
{
	int ret = mutsu_agx_record_open(&e->record, err);
	uint32_t n = 0;

	if (ret)
		return ret;
	for (size_t i = 0; !ret && n < e->p.n_batch; i++) {
		n = i < MAX_BUCKETS - 1 && bucket_rows[i] < e->p.n_batch ? bucket_rows[i] :
									  e->p.n_batch;
		ret = record_bucket(e, n, false);
	}
	if (ret)
		return mutsu_fail(err, ret, "no memory to record a graph");
	for (uint32_t i = 0; i < e->bucket[0].n_parts; i++)
		e->n_cpu_ops += e->bucket[0].part[i].cpu_op != NO_OP;
	return mutsu_agx_record_place(e->record, e->p.gpu,
				      e->shared_buffer->addr + offsetof(struct shared, step), err);
}

/* --- opening ------------------------------------------------------------------- */

static uint32_t widest_operand(const struct mutsu_graph *graph)
{
	uint32_t widest = 0;

	for (uint32_t i = 0; i < graph->n_ops; i++) {
		const struct mutsu_weight *w = graph->op[i].w;

		if (graph->op[i].kind == OP_MATMUL && w->cols > widest)
			widest = w->cols;
	}
	return widest;
}

static int make_buffer(struct mutsu_exec_agx *e, struct mutsu_buffer **out, size_t size,
		       unsigned int flags, const char *what, struct mutsu_error *err)
{
	int ret = size ? mutsu_buffer_create(out, e->p.gpu, size, flags, what, err) : 0;

	if (*out)
		e->size += (*out)->size;
	return ret;
}

static int make_buffers(struct mutsu_exec_agx *e, struct mutsu_error *err)
{
	const bool batches = e->p.n_batch >= AGX_GEMM_ROWS;
	const size_t row = e->p.graph->model->hp.n_vocab * sizeof(float);
	size_t max_out = LOGITS_SIZE / row;
	int ret;

	e->max_out = !max_out ? 1 : max_out < e->p.n_batch ? (uint32_t)max_out : e->p.n_batch;
	ret = make_buffer(e, &e->shared_buffer,
			  sizeof(struct shared) + e->p.n_batch * sizeof(int32_t),
			  MUTSU_BUFFER_CACHED, "a batch's tokens", err);
	if (!ret)
		ret = make_buffer(e, &e->logits, e->max_out * row, MUTSU_BUFFER_CACHED, "logits",
				  err);
	if (!ret && batches)
		ret = make_buffer(e, &e->half,
				  mutsu_agx_half_size(widest_operand(e->p.graph), e->p.n_batch), 0,
				  "activations", err);
	if (!ret && batches)
		ret = make_buffer(e, &e->matrix, mutsu_agx_ops_matrix_size(e->p.graph), 0,
				  "an unpacked matrix", err);
	if (!ret)
		e->shared = e->shared_buffer->map;
	return ret;
}

int mutsu_exec_agx_open(struct mutsu_exec_agx **out, const struct mutsu_exec_agx_parts *parts,
			struct mutsu_error *err)
{
	struct mutsu_exec_agx *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return mutsu_fail(err, -ENOMEM, "no memory for an executor");
	e->p = *parts;
	ret = make_buffers(e, err);
	if (!ret)
		ret = record_all(e, err);
	if (ret) {
		mutsu_exec_agx_close(e);
		return ret;
	}
	e->size += mutsu_agx_record_size(e->record);
	*out = e;
	return 0;
}

void mutsu_exec_agx_close(struct mutsu_exec_agx *e)
{
	if (!e)
		return;
	mutsu_agx_record_close(e->record, e->p.gpu);
	mutsu_buffer_destroy(e->p.gpu, e->shared_buffer);
	mutsu_buffer_destroy(e->p.gpu, e->logits);
	mutsu_buffer_destroy(e->p.gpu, e->half);
	mutsu_buffer_destroy(e->p.gpu, e->matrix);
	for (size_t i = 0; i < MAX_BUCKETS; i++)
		free(e->bucket[i].part);
	free(e);
}

uint32_t mutsu_exec_agx_max_out(const struct mutsu_exec_agx *exec)
{
	return exec->max_out;
}

uint32_t mutsu_exec_agx_n_cpu_ops(const struct mutsu_exec_agx *exec)
{
	return exec->n_cpu_ops;
}

size_t mutsu_exec_agx_size(const struct mutsu_exec_agx *exec)
{
	return exec->size;
}

/* --- running ------------------------------------------------------------------- */

static bool asked_to_stop(const struct mutsu_batch *batch)
{
	return batch->stop && batch->stop(batch->stop_arg);
}

/* Whatever stop() says, the GPU is done with the batch's memory when this returns. */
static int wait_for(struct mutsu_exec_agx *e, const struct mutsu_batch *batch, uint64_t seqno,
		    bool *stop)
{
	int64_t waited = 0;
	int ret;

	do {
		/* One wait, where nobody has to be asked. */
		int64_t ns = batch->stop && !*stop ? LOOK_NS : LOST_NS;

		ret = mutsu_gpu_wait(e->p.gpu, seqno, ns);
		if (ret == -ETIME) {
			waited += ns;
			*stop = *stop || asked_to_stop(batch);
		}
	} while (ret == -ETIME && waited < LOST_NS);
	return ret;
}

static int explain(struct mutsu_exec_agx *e, uint64_t seqno, int ret, struct mutsu_error *err)
{
	char fault[256] = "";

	if (!ret)
		ret = mutsu_gpu_status(e->p.gpu, seqno);
	switch (ret) {
	case -ECANCELED:
		return mutsu_fail(err, -EAGAIN, "the GPU lost the work: another program's fault or "
				  "timeout ended what was running");
	case -ETIME:
		return mutsu_fail(err, -ENODEV, "the GPU does not answer");
	case -ETIMEDOUT:
	case -EIO:
		mutsu_gpu_fault(e->p.gpu, fault, sizeof(fault));
		return mutsu_fail(err, ret, "%s%s%s", ret == -EIO ? "GPU fault" : "GPU timeout",
				  fault[0] ? ": " : "", fault);
	case -ENODEV:
		return mutsu_fail(err, ret, "the GPU is gone");
	case 0:
		return mutsu_fail(err, -EIO, "the GPU did not finish, and its driver does not say "
				  "why");
	default:
		return mutsu_fail(err, ret, "the GPU failed: %s", strerror(-ret));
	}
}

/* One submission, and its end. */
static int run_stream(struct mutsu_exec_agx *e, const struct mutsu_batch *batch, uint32_t stream,
		      bool *stop, struct mutsu_error *err)
{
	const struct agx_stream_place place = mutsu_agx_record_stream(e->record, stream);
	uint64_t seqno;
	int ret;

	e->shared->mark = ++e->mark;
	/* Where memory is write-combined, what was written is to be there before. */
	atomic_thread_fence(memory_order_seq_cst);
	ret = mutsu_gpu_submit(e->p.gpu, place.start, place.end, &seqno, err);
	if (ret)
		return ret;
	ret = wait_for(e, batch, seqno, stop);
	atomic_thread_fence(memory_order_seq_cst);
	/* Waiting succeeds for work that failed, too: only its last launch says that it ran. */
	if (ret || *(volatile uint32_t *)&e->shared->marked != e->mark)
		return explain(e, seqno, ret, err);
	return 0;
}

static const struct bucket *choose(const struct mutsu_exec_agx *e, uint32_t n)
{
	const struct bucket *b = e->bucket;

	while (b->n < n)
		b++;
	return b;
}

static void prepare(struct mutsu_exec_agx *e, const struct mutsu_batch *batch)
{
	e->shared->step = (struct mutsu_agx_step){
		.n = batch->n,
		.pos = batch->pos,
		.skip = batch->n - batch->n_out,
		.n_out = batch->n_out,
	};
	memcpy(e->shared->token, batch->token, batch->n * sizeof(*batch->token));
	mutsu_exec_set_rope(e->p.cpu, batch);
}

int mutsu_exec_agx_run(struct mutsu_exec_agx *e, const struct mutsu_batch *batch,
		       struct mutsu_error *err)
{
	const struct bucket *b = choose(e, batch->n);
	/* Logits on the CPU go where the GPU's go. */
	struct mutsu_batch inner = *batch;
	uint32_t n_parts = batch->n_out || !b->n_parts_no_out ? b->n_parts : b->n_parts_no_out;
	bool stop = asked_to_stop(batch);
	int ret = 0;

	inner.logits = e->logits->map;
	prepare(e, batch);
	for (uint32_t i = 0; i < n_parts && !ret && !stop; i++) {
		if (b->part[i].cpu_op == NO_OP)
			ret = run_stream(e, batch, b->part[i].stream, &stop, err);
		else
			mutsu_exec_run_op(e->p.cpu, &inner, b->part[i].cpu_op);
	}
	if (ret)
		return ret;
	if (stop)
		return mutsu_fail(err, -ECANCELED, "stopped");
	if (batch->n_out)
		memcpy(batch->logits, e->logits->map,
		       (size_t)batch->n_out * e->p.graph->model->hp.n_vocab * sizeof(float));
	return 0;
}

/* --- counting ------------------------------------------------------------------ */

/* Counters before, for what they grow by. */
struct meter {
	uint64_t before[MUTSU_GPU_COUNTERS];
	uint64_t grown[MUTSU_GPU_COUNTERS];
};

static int read_meter(struct mutsu_exec_agx *e, struct meter *m, struct mutsu_error *err)
{
	uint64_t now[MUTSU_GPU_COUNTERS];
	int ret = mutsu_gpu_counters(e->p.gpu, true, now, MUTSU_GPU_COUNTERS);

	if (ret == -ENOTSUP)
		return mutsu_fail(err, ret, "this device does not count what it executes: only one "
				  "in software does (device \"soft\")");
	if (ret)
		return mutsu_fail(err, ret, "the device's counters: %s", strerror(-ret));
	for (int i = 0; i < MUTSU_GPU_COUNTERS; i++) {
		m->grown[i] = now[i] - m->before[i];
		m->before[i] = now[i];
	}
	return 0;
}

/* A recording of one bucket, op by op; stream 0 is the mark alone. */
static int record_split(struct mutsu_exec_agx *e, uint32_t n, struct mutsu_error *err)
{
	int ret = mutsu_agx_record_open(&e->record, err);
	struct recorder r = { .exec = e, .open = true, .ops.record = e->record };

	if (ret)
		return ret;
	mutsu_agx_record_begin(e->record);
	end(&r);
	ret = record_bucket(e, n, true);
	if (ret)
		return mutsu_fail(err, ret, "no memory to record a graph");
	return mutsu_agx_record_place(e->record, e->p.gpu,
				      e->shared_buffer->addr + offsetof(struct shared, step), err);
}

static int run_split(struct mutsu_exec_agx *e, const struct mutsu_batch *batch,
		     void (*report)(void *arg, uint32_t op, uint32_t n_launches,
				    const uint64_t *counter),
		     void *arg, struct mutsu_error *err)
{
	const struct bucket *b = &e->bucket[0];
	struct mutsu_batch inner = *batch;
	struct meter meter = { .before = { 0 } };
	uint64_t mark[MUTSU_GPU_COUNTERS];
	bool stop = true;	/* asks nobody */
	int ret;

	inner.logits = e->logits->map;
	inner.stop = NULL;
	prepare(e, batch);
	ret = read_meter(e, &meter, err);
	if (!ret)
		ret = run_stream(e, &inner, 0, &stop, err);
	if (!ret)
		ret = read_meter(e, &meter, err);
	/* Of each stream, the last launch is none of the op's. */
	memcpy(mark, meter.grown, sizeof(mark));
	for (uint32_t i = 0; i < b->n_parts && !ret; i++) {
		const struct part *part = &b->part[i];

		if (part->cpu_op != NO_OP) {
			mutsu_exec_run_op(e->p.cpu, &inner, part->cpu_op);
			continue;
		}
		ret = run_stream(e, &inner, part->stream, &stop, err);
		if (!ret)
			ret = read_meter(e, &meter, err);
		if (ret)
			break;
		for (int c = 0; c < MUTSU_GPU_COUNTERS; c++)
			meter.grown[c] -= meter.grown[c] < mark[c] ? meter.grown[c] : mark[c];
		report(arg, part->op,
		       mutsu_agx_record_stream(e->record, part->stream).n_launches - 1,
		       meter.grown);
	}
	return ret;
}

int mutsu_exec_agx_profile(struct mutsu_exec_agx *e, const struct mutsu_batch *batch,
			   void (*report)(void *arg, uint32_t op, uint32_t n_launches,
					  const uint64_t *counter),
			   void *arg, struct mutsu_error *err)
{
	/* The same buffers, another recording. */
	struct mutsu_exec_agx split = *e;
	uint64_t counter[MUTSU_GPU_COUNTERS];
	int ret;

	split.record = NULL;
	split.n_buckets = 0;
	memset(split.bucket, 0, sizeof(split.bucket));
	ret = record_split(&split, choose(e, batch->n)->n, err);
	if (!ret)
		ret = run_split(&split, batch, report, arg, err);
	mutsu_gpu_counters(e->p.gpu, false, counter, MUTSU_GPU_COUNTERS);
	e->mark = split.mark;
	mutsu_agx_record_close(split.record, e->p.gpu);
	free(split.bucket[0].part);
	if (!ret && batch->n_out)
		memcpy(batch->logits, e->logits->map,
		       (size_t)batch->n_out * e->p.graph->model->hp.n_vocab * sizeof(float));
	return ret;
}
