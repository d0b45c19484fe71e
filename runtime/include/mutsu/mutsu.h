/* SPDX-License-Identifier: MIT */
/*
 * libmutsu: transformer models on Apple Silicon machines under Linux.
 *
 * Rules that hold for every call:
 *
 *  - A call that can fail returns 0 (or a count) or a negative errno value and
 *    leaves its outputs alone when it fails.  Where it takes a struct
 *    mutsu_error, which may be NULL, that gets a sentence a person can act on.
 *  - open/close pairs own; everything else borrows, and each declaration says
 *    until when.  Closing NULL is allowed.
 *  - Option structs start with their size and zero means the default: write
 *    struct mutsu_model_opts opts = { .size = sizeof(opts) };
 *  - A model or a machine is read-only once open and may be shared by threads.
 *    A session, a sampler or a detokenizer is used by one thread at a time.
 *  - The library does not print, exit or read the environment.
 *
 * mutsu(7) explains models, sessions and samplers; every call has a page in
 * section 3.
 */
#ifndef MUTSU_MUTSU_H
#define MUTSU_MUTSU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

struct mutsu_model;
struct mutsu_session;
struct mutsu_sampler;
struct mutsu_detok;
struct mutsu_machine;

struct mutsu_error {
	char text[512];		/* what, where and what to do; one line, no newline */
};

/* "0.1.0"; static. */
const char *mutsu_version(void);

/*
 * Models
 */

enum mutsu_log_level {
	MUTSU_LOG_WARN,
	MUTSU_LOG_INFO,
	MUTSU_LOG_DEBUG,
};

/* text is one line, borrowed for the call, which any thread that uses the model makes. */
typedef void (*mutsu_log_fn)(void *user, enum mutsu_log_level level, const char *text);

/* done of total; nonzero: give up, which means nothing once done is total. */
typedef int (*mutsu_progress_fn)(void *user, uint64_t done, uint64_t total);

struct mutsu_model_opts {
	size_t size;		/* sizeof(struct mutsu_model_opts) */
	bool vocab_only;	/* tokenizer and metadata; no session can be opened */
	mutsu_log_fn log;	/* kept until the model is closed; may be NULL */
	void *log_user;
};

/*
 * path is a GGUF file, or the first of a split one (-00001-of-0000N); NULL is
 * the model built into the library.  The file is mapped and must not change
 * while the model is open.
 * -ENOENT, -EACCES and others of open(2): the file.  -EINVAL: it is damaged, no
 * model, or not a whole one.  -ENOTSUP: an architecture, tokenizer, rope scaling
 * or tensor type that this library does not know.  -ENOMEM.
 */
int mutsu_model_open(struct mutsu_model **out, const char *path,
		     const struct mutsu_model_opts *opts, struct mutsu_error *err);

/* Sessions keep a reference: the model may be closed before them. */
void mutsu_model_close(struct mutsu_model *model);

struct mutsu_model_info {
	const char *name;	/* general.name, or the file's name */
	const char *arch;	/* "llama" */
	const char *type;	/* the type most weights have: "Q4_K" */
	uint64_t n_params;
	uint64_t file_size;	/* bytes, all parts */
	uint32_t n_ctx_train;	/* tokens */
	uint32_t n_vocab, n_embd, n_layer, n_head, n_head_kv;
	uint32_t n_expert, n_expert_used;	/* 0: dense */
};

/* Strings are borrowed until the model is closed. */
void mutsu_model_info(const struct mutsu_model *model, struct mutsu_model_info *info);

/*
 * Metadata i of the file, as text; arrays are abbreviated as [a, b, ...] (n).
 * key is borrowed until the model is closed; value is cut to value_size - 1
 * bytes, at a character, and terminated.  -EINVAL: i is not below
 * mutsu_model_n_meta().
 */
size_t mutsu_model_n_meta(const struct mutsu_model *model);
int mutsu_model_meta(const struct mutsu_model *model, size_t i,
		     const char **key, const char **type, char *value, size_t value_size);

struct mutsu_tensor_info {
	const char *name;	/* borrowed until the model is closed */
	const char *type;	/* "Q4_K"; static */
	uint32_t n_dims;
	uint64_t ne[4];		/* elements; ne[0] is contiguous */
	uint64_t size;		/* bytes */
};

/* -EINVAL: i is not below mutsu_model_n_tensors(). */
size_t mutsu_model_n_tensors(const struct mutsu_model *model);
int mutsu_model_tensor(const struct mutsu_model *model, size_t i,
		       struct mutsu_tensor_info *info);

/*
 * Tokens
 */

enum mutsu_tokenize_flags {
	MUTSU_TOKENIZE_ADD_SPECIAL = 1 << 0,	/* BOS and EOS as the model wants them */
	MUTSU_TOKENIZE_PARSE_SPECIAL = 1 << 1,	/* "<s>" in the text is the token */
};

/*
 * Tokens of len bytes of text; bytes that are not UTF-8 are kept as the
 * vocabulary can.  Returns how many there are; more than max are not stored,
 * so call again with room when the return is larger than max.  tokens may be
 * NULL if max is 0.
 * -EINVAL: unknown flags.  -E2BIG: more than 512 MiB.  -ENOTSUP: the model's
 * tokenizer is not known (vocab_only).  -ENOMEM.
 */
int64_t mutsu_tokenize(const struct mutsu_model *model, const char *text, size_t len,
		       unsigned int flags, int32_t *tokens, size_t max,
		       struct mutsu_error *err);

/*
 * The bytes of one token, which may be part of a character; special tokens are
 * empty unless special is set.  Returns the length; more than size bytes are
 * not stored, nothing is terminated.  -EINVAL: no such token.  -ENOTSUP: as
 * mutsu_tokenize().
 */
int mutsu_token_text(const struct mutsu_model *model, int32_t token, bool special,
		     char *text, size_t size);

bool mutsu_token_is_eog(const struct mutsu_model *model, int32_t token);

/* -1 where the model has none. */
int32_t mutsu_token_bos(const struct mutsu_model *model);
int32_t mutsu_token_eos(const struct mutsu_model *model);

/*
 * Tokens to text, one at a time, never splitting a UTF-8 character: what would
 * end in the middle of one is held back until it is whole.  Bytes that cannot
 * become a character come out as U+FFFD.  The model must stay open.  -ENOTSUP: as
 * mutsu_tokenize().  -ENOMEM.
 */
int mutsu_detok_open(struct mutsu_detok **out, const struct mutsu_model *model, bool special);
void mutsu_detok_close(struct mutsu_detok *detok);

/* Text is terminated, borrowed until the next call.  -EINVAL, -ENOMEM. */
int mutsu_detok_push(struct mutsu_detok *detok, int32_t token, const char **text);

/* What was held back; the next push starts anew.  -ENOMEM. */
int mutsu_detok_flush(struct mutsu_detok *detok, const char **text);

/*
 * Sessions: one sequence of tokens and the KV cache of a model for it
 */

enum mutsu_kv_type {
	MUTSU_KV_F16,
	MUTSU_KV_F32,
};

struct mutsu_session_opts {
	size_t size;		/* sizeof(struct mutsu_session_opts) */
	uint32_t n_ctx;		/* tokens the KV cache holds; 0: as trained, 4096 at most */
	/* Tokens evaluated at once; 0: 128, on a GPU 512; n_ctx, 65536 at most. */
	uint32_t n_batch;
	uint32_t n_threads;	/* 0: the machine's performance cores */
	enum mutsu_kv_type kv_type;
	/*
	 * Most capable kernels to use: "ref", "neon", "dotprod", "i8mm"; NULL:
	 * the best this CPU has.  For tests and bug reports: the text is the same.
	 */
	const char *isa;
	/*
	 * What to compute on: "cpu"; "agx", the first GPU of the asahi driver; "soft", one
	 * in software (agx_compute.ko); a render node, "/dev/dri/renderD128"; NULL or
	 * "auto": a GPU of the asahi driver that is not software if the model fits, else
	 * the CPU.
	 */
	const char *device;
	bool no_fallback;	/* where the GPU fails, so do calls; else the CPU goes on */
	/* Bytes of the model that are in a GPU's memory; nonzero: give up.  May be NULL. */
	mutsu_progress_fn load_progress;
	void *load_user;
};

/*
 * The model is kept open by the session.
 * -EINVAL: a bad option, or the model is vocab_only.  -ENOTSUP: this CPU lacks
 * isa.  -EAGAIN: the system does not allow so many threads.  -ENODEV: the device that
 * was asked for is not there or cannot be used.  -ECANCELED: the load callback
 * asked for it.  -EIO: the file cannot be read.  -ENOMEM.
 */
int mutsu_session_open(struct mutsu_session **out, struct mutsu_model *model,
		       const struct mutsu_session_opts *opts, struct mutsu_error *err);
void mutsu_session_close(struct mutsu_session *session);

/*
 * Append n tokens and compute the logits that follow the last one.  The result
 * does not depend on n_threads, n_batch or isa.  A single token is evaluated in
 * full float precision; where several meet F16 weights, activations are rounded
 * to half, as hardware for such products does: there, results can depend on
 * whether a token comes alone, by about 1e-3 of the logits' size.
 *
 * A GPU multiplies floats, in another order, and prompts as halves: logits are the
 * CPU's within 1e-2 of their size, and, where the CPU rounds activations to eight
 * bits, for quantised weights, as near as that is to floats: some hundredths.
 *
 * Where a GPU fails, the CPU computes what was lost and everything from then on, with
 * the same memory; the model's log gets one warning.  Lost because of another program's
 * fault: tried again once.
 *
 * On failure the session is as it was before the call.
 * -EINVAL: n is 0, or a token is not below n_vocab.  -ENOSPC: n_ctx would be
 * exceeded.  -ECANCELED: the progress callback asked for it.  With no_fallback also
 * -EIO, -ETIMEDOUT, -ENODEV and others: the GPU failed.
 */
int mutsu_session_eval(struct mutsu_session *session, const int32_t *tokens, size_t n,
		       struct mutsu_error *err);

/*
 * The same, with a callback in every layer of every batch (done: tokens of the
 * batches before) and at the end, which must not use the session; and, if logits
 * is not NULL, room for the logits after each of the n tokens (n rows of n_vocab
 * floats, of which some may be written when the call is cancelled).
 */
int mutsu_session_eval_all(struct mutsu_session *session, const int32_t *tokens, size_t n,
			   float *logits, mutsu_progress_fn progress, void *user,
			   struct mutsu_error *err);

/* n_vocab floats, borrowed until the next call on this session; NULL: none, see rewind. */
const float *mutsu_session_logits(const struct mutsu_session *session);

/* Borrowed until the session is closed. */
const struct mutsu_model *mutsu_session_model(const struct mutsu_session *session);

/* Tokens evaluated so far. */
uint32_t mutsu_session_pos(const struct mutsu_session *session);

/* Forget what follows pos, and the logits if that is anything.  -EINVAL: pos is past the end. */
int mutsu_session_rewind(struct mutsu_session *session, uint32_t pos);

struct mutsu_session_info {
	uint32_t n_ctx, n_batch, n_threads;
	const char *device;	/* "cpu", "agx" or "soft"; static */
	const char *isa;	/* "dotprod"; static */
	uint64_t kv_size;	/* bytes, when full */
	uint64_t work_size;	/* bytes of activations and scratch */
	/* Which device it is and why, one sentence; borrowed until the next evaluation. */
	const char *device_why;
};

void mutsu_session_info(const struct mutsu_session *session, struct mutsu_session_info *info);

/* What all ops of one kind executed.  Instructions are those of SIMD-groups (32 lanes). */
struct mutsu_profile_op {
	const char *name;	/* "matmul"; static */
	const char *type;	/* of its weights, "Q4_0", or ""; static */
	uint32_t n_ops, n_launches;
	uint64_t n_insns;	/* all of the following */
	uint64_t n_int, n_float, n_half, n_matrix, n_simd, n_flow, n_memory, n_local;
	uint64_t read_bytes, write_bytes;	/* by all lanes, whatever caches do */
	uint64_t need_bytes;	/* weights, rows of K and V, operands, results: each once */
	uint64_t macs;		/* multiply-adds with weights, and those of attention */
};

/*
 * Evaluates n tokens, n_batch at most, as mutsu_session_eval() does, but op by op, on a
 * device that counts what it executes: "soft".  For who works on kernels: it is slow.
 * Returns how many kinds of ops there are, in the order in which they come; more than
 * max are not stored.
 * Errors are those of mutsu_session_eval() without fallback, and -E2BIG: n is more than
 * n_batch.  -ENOTSUP: the device does not count.  -ENOMEM.
 */
int mutsu_session_profile(struct mutsu_session *session, const int32_t *tokens, size_t n,
			  struct mutsu_profile_op *ops, size_t max, struct mutsu_error *err);

/*
 * Samplers: logits to a token, through a chain that always has this order:
 * penalties, top-k, typical, top-p, min-p, temperature, draw
 */

struct mutsu_sampler_opts {
	size_t size;		/* sizeof(struct mutsu_sampler_opts) */
	float temperature;	/* 0: the largest logit (greedy) */
	int32_t top_k;		/* 0: off */
	float top_p;		/* 0 or 1: off */
	float min_p;		/* 0: off */
	float typical_p;	/* 0 or 1: off */
	float repeat_penalty;	/* 0 or 1: off */
	float frequency_penalty, presence_penalty;	/* 0: off */
	int32_t penalty_last_n;	/* tokens looked back; 0: 64, -1: all */
	uint64_t seed;		/* same seed and logits, same tokens */
};

/* -EINVAL: a value out of range, named in err.  -ENOMEM. */
int mutsu_sampler_open(struct mutsu_sampler **out, const struct mutsu_sampler_opts *opts,
		       struct mutsu_error *err);
void mutsu_sampler_close(struct mutsu_sampler *sampler);

/*
 * The token.  logits are n_vocab floats and stay as they are.  -EINVAL: all are
 * NaN, or there are none.  -ENOMEM.
 */
int32_t mutsu_sampler_sample(struct mutsu_sampler *sampler, const float *logits, size_t n_vocab);

/* Tell the penalties what came: prompt tokens, then each token used.  -EINVAL, -ENOMEM. */
int mutsu_sampler_accept(struct mutsu_sampler *sampler, int32_t token);

/*
 * Generation: evaluates a prompt, then samples until something says stop
 */

enum mutsu_stop {
	MUTSU_STOP_LIMIT,	/* n_predict tokens */
	MUTSU_STOP_EOG,		/* the model ended */
	MUTSU_STOP_STRING,	/* one of stop[] */
	MUTSU_STOP_CONTEXT,	/* n_ctx is full */
	MUTSU_STOP_CALLER,	/* a callback returned nonzero */
};

/* Whole characters, terminated, borrowed for the call; nonzero: stop. */
typedef int (*mutsu_text_fn)(void *user, const char *text);

/* Each token generated, before its text; nonzero: stop after that text. */
typedef int (*mutsu_token_fn)(void *user, int32_t token);

struct mutsu_generate_opts {
	size_t size;		/* sizeof(struct mutsu_generate_opts) */
	int64_t n_predict;	/* tokens; -1: until the end; 0 means 0 */
	const char *const *stop;	/* n_stop strings, none empty; not part of the text */
	size_t n_stop;
	bool special;		/* give control tokens as text too */
	bool ignore_eog;	/* never choose a token that ends the text */
	mutsu_text_fn text;	/* may be NULL */
	mutsu_progress_fn prompt_progress;	/* tokens of the prompt; may be NULL */
	void *user;		/* for the callbacks */
	mutsu_token_fn token;	/* may be NULL */
};

struct mutsu_generate_result {
	enum mutsu_stop stop;
	const char *stop_string;	/* the member of opts->stop, or NULL */
	uint64_t n_prompt, n_gen;	/* tokens; not the one that ended the text */
	double prompt_s, gen_s;		/* seconds */
};

/*
 * The prompt is appended to what the session already holds; it may be empty if
 * the session has logits.  The last token is not evaluated, as nobody would use
 * its logits.  If the prompt's progress callback says stop, the session is as it
 * was.  result may be NULL.  Errors are those of mutsu_session_eval(), -EINVAL
 * for a bad option or logits that are all NaN, and -ENOMEM; text given before one
 * stays given.
 */
int mutsu_generate(struct mutsu_session *session, struct mutsu_sampler *sampler,
		   const int32_t *prompt, size_t n_prompt,
		   const struct mutsu_generate_opts *opts,
		   struct mutsu_generate_result *result, struct mutsu_error *err);

/*
 * Machines: what this computer is, from its device tree and sysfs
 */

struct mutsu_cluster_info {
	uint32_t n_cores;
	bool performance;	/* false: efficiency cores */
	uint32_t capacity;	/* of a core, 1024: the fastest; 0: not known */
	uint64_t max_hz;	/* 0: not known */
	const char *cpu;	/* "apple,firestorm", or "" ; borrowed */
	const char *cores;	/* "4-7"; borrowed */
};

struct mutsu_device_info {
	const char *name;	/* "renderD128", or "gpu" where there is no node */
	const char *driver;	/* "asahi", or "" */
	bool usable;		/* a session that is opened on it may still be refused */
	const char *why;	/* why not, or what to know of it: one sentence, or "" */
};

struct mutsu_machine_info {
	const char *model;	/* "Apple MacBook Pro (14-inch, M1 Pro, 2021)" or "" */
	const char *soc;	/* "t6000", or "" where not an Apple SoC */
	const char *soc_name;	/* "Apple M1 Pro", or "" */
	const char *arch;	/* "aarch64" */
	const char *kernel;	/* "Linux 7.2.12" */
	const char *features;	/* "asimd asimddp ..." as far as kernels use them */
	uint32_t n_cpus;	/* online */
	uint32_t n_clusters;
	uint32_t n_performance;	/* cores; all of them where there is one kind */
	uint32_t page_size;	/* bytes */
	uint64_t memory;	/* bytes */
	uint32_t n_devices;
};

/*
 * root is the folder that holds proc/ and sys/, NULL for this machine's.
 * Everything borrowed lives until the machine is closed.  Opening: -ENOENT and
 * others of open(2), -ENOMEM.  -EINVAL: i is not below n_clusters, n_devices.
 */
int mutsu_machine_open(struct mutsu_machine **out, const char *root, struct mutsu_error *err);
void mutsu_machine_close(struct mutsu_machine *machine);
void mutsu_machine_info(const struct mutsu_machine *machine, struct mutsu_machine_info *info);
int mutsu_machine_cluster(const struct mutsu_machine *machine, uint32_t i,
			  struct mutsu_cluster_info *info);
int mutsu_machine_device(const struct mutsu_machine *machine, uint32_t i,
			 struct mutsu_device_info *info);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
