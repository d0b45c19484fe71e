// SPDX-License-Identifier: MIT
/*
 * Opens what the command line names and reports on it: the part of run and
 * perplexity that is the same.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "output.h"
#include "progress.h"

static const char *const kv_types[] = { "f16", "f32", NULL };
static const char *const isas[] = { "ref", "neon", "dotprod", "i8mm", NULL };

void engine_model_arg(const char **path, struct args *args)
{
	const struct arg arg = {
		'm', "model", "FILE", "the model, like the argument MODEL", ARG_STRING, .to = path,
	};

	args_add(args, &arg, 1);
}

void engine_session_args(struct engine *engine, struct args *args)
{
	const struct arg table[] = {
		{ 'c', "ctx-size", "N", "tokens of context (0: as trained, 4096 at most)",
		  ARG_INT, &engine->n_ctx, .min = 0, .max = INT32_MAX },
		{ 0, "kv-type", "TYPE", "type of the KV cache: f16, f32 (f16)", ARG_CHOICE,
		  &engine->kv_type, .choices = kv_types },
		{ 0, "isa", "NAME", "kernels to use at most: ref, neon, dotprod, i8mm",
		  ARG_CHOICE, &engine->isa, .choices = isas },
		{ 'd', "device", "NAME", "auto, cpu, agx, soft, or a node /dev/dri/renderD* (auto)",
		  ARG_STRING, .to = &engine->device },
		{ 'v', "verbose", NULL, "say what is used, and what the library reports",
		  ARG_SET, .to = &engine->verbose },
	};

	engine_model_arg(&engine->path, args);
	args_add(args, table, sizeof(table) / sizeof(table[0]));
}

void engine_args(struct engine *engine, struct args *args)
{
	const struct arg table[] = {
		{ 'b', "batch-size", "N", "tokens of prompt evaluated at once (128; on a GPU 512)",
		  ARG_INT, &engine->n_batch, .min = 1, .max = 65536 },
		{ 't', "threads", "N", "threads (as many as performance cores)", ARG_INT,
		  &engine->n_threads, .min = 1, .max = 1024 },
		{ 0, "no-fallback", NULL, "stop where the GPU fails; else the CPU goes on",
		  ARG_SET, .to = &engine->no_fallback },
	};

	engine_session_args(engine, args);
	args_add(args, table, sizeof(table) / sizeof(table[0]));
}

static void print_log(void *user, enum mutsu_log_level level, const char *text)
{
	const bool *verbose = user;

	if (level != MUTSU_LOG_WARN && !verbose)
		return;
	if (level == MUTSU_LOG_WARN)
		fputs("mutsu: warning: ", stderr);
	output_safe(stderr, text, strlen(text), 0);
	fputc('\n', stderr);
}

int engine_open_model(struct mutsu_model **model, const char *path, bool vocab_only,
		      bool verbose)
{
	/* Any pointer means verbose: the model keeps it longer than our caller lives. */
	static const bool yes = true;
	struct mutsu_model_opts opts = {
		.size = sizeof(opts),
		.vocab_only = vocab_only,
		.log = print_log,
		.log_user = verbose ? (void *)&yes : NULL,
	};
	struct mutsu_error err = { "" };
	int ret;

	ret = mutsu_model_open(model, path, &opts, &err);
	if (ret)
		return output_fail("%s", *err.text ? err.text : strerror(-ret));
	return EXIT_DONE;
}

static int show_load(void *user, uint64_t done, uint64_t total)
{
	progress_update(user, done, total);
	return 0;
}

int engine_open_session(struct engine *engine)
{
	struct progress progress;
	struct mutsu_session_opts opts = {
		.size = sizeof(opts),
		.device = engine->device,
		.no_fallback = engine->no_fallback,
		.load_progress = show_load,
		.load_user = &progress,
		.n_ctx = (uint32_t)engine->n_ctx,
		.n_batch = (uint32_t)engine->n_batch,
		.n_threads = (uint32_t)engine->n_threads,
		.isa = engine->isa,
	};
	struct mutsu_error err = { "" };
	int ret;

	if (engine->kv_type && !strcmp(engine->kv_type, "f32"))
		opts.kv_type = MUTSU_KV_F32;
	progress_start(&progress, "loading");
	ret = mutsu_session_open(&engine->session, engine->model, &opts, &err);
	progress_clear(&progress);
	if (ret)
		return output_fail("%s", *err.text ? err.text : strerror(-ret));
	mutsu_model_info(engine->model, &engine->model_info);
	mutsu_session_info(engine->session, &engine->info);
	return EXIT_DONE;
}

int engine_open(struct engine *engine)
{
	double start = progress_seconds();
	int ret;

	ret = engine_open_model(&engine->model, engine->path, false, engine->verbose);
	if (!ret)
		ret = engine_open_session(engine);
	engine->load_s = progress_seconds() - start;
	return ret;
}

void engine_close(struct engine *engine)
{
	mutsu_session_close(engine->session);
	mutsu_model_close(engine->model);
}

int engine_tokenize(const struct mutsu_model *model, const char *text, size_t size,
		    unsigned int flags, int32_t **tokens, size_t *n)
{
	struct mutsu_error err = { "" };
	int32_t *list = NULL;
	size_t max = 0;
	int64_t ret;

	/* A token is a byte or more, with few exceptions: mostly one call will do. */
	for (ret = (int64_t)size + 8; ret > (int64_t)max;) {
		int32_t *more = reallocarray(list, (size_t)ret, sizeof(*list));

		if (!more) {
			free(list);
			return output_fail("no memory for %lld tokens", (long long)ret);
		}
		list = more;
		max = (size_t)ret;
		ret = mutsu_tokenize(model, text, size, flags, list, max, &err);
	}
	if (ret < 0) {
		free(list);
		return output_fail("%s", *err.text ? err.text : strerror((int)-ret));
	}
	*tokens = list;
	*n = (size_t)ret;
	return EXIT_DONE;
}

/*
 * Not getrusage() if it can be helped: that starts with the peak of whoever
 * called exec, which for the child of a large program is the program's own.
 */
uint64_t engine_peak_rss(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long kib = 0;
	struct rusage usage;
	char line[256];

	while (file && !kib && fgets(line, sizeof(line), file))
		sscanf(line, "VmHWM: %llu kB", &kib);
	if (file)
		fclose(file);
	if (kib)
		return kib * 1024;
	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss * 1024;
}

void engine_print_setup(const struct engine *engine)
{
	const struct mutsu_model_info *model = &engine->model_info;
	const struct mutsu_session_info *info = &engine->info;

	fputs("model: ", stderr);
	output_safe(stderr, model->name, strlen(model->name), 0);
	fprintf(stderr, ", %s, %s, %.2f million parameters\n", model->arch, model->type,
		(double)model->n_params * 1e-6);
	fprintf(stderr, "device: %s, %s kernels, %u threads, context %u, batch %u\n",
		info->device, info->isa, info->n_threads, info->n_ctx, info->n_batch);
	fprintf(stderr, "device: %s\n", info->device_why);
}

void engine_print_memory(const struct engine *engine)
{
	char peak[16], kv[16], work[16], model[16];

	fprintf(stderr, "memory: %s at most; KV cache %s, work %s, model file %s\n",
		output_bytes(peak, sizeof(peak), engine_peak_rss()),
		output_bytes(kv, sizeof(kv), engine->info.kv_size),
		output_bytes(work, sizeof(work), engine->info.work_size),
		output_bytes(model, sizeof(model), engine->model_info.file_size));
}

int engine_json(const struct engine *engine, json_t *object)
{
	const struct mutsu_session_info *info = &engine->info;

	return json_object_update_new(object, json_pack(
		"{so ss so ss sI sI sI s{sI sI sI sI}}",
		"model", output_json_model(engine->model, engine->path),
		"device", info->device,
		"device_why", output_json_text(info->device_why, strlen(info->device_why)),
		"isa", info->isa,
		"threads", (json_int_t)info->n_threads,
		"n_ctx", (json_int_t)info->n_ctx,
		"n_batch", (json_int_t)info->n_batch,
		"memory",
			"rss_peak_bytes", (json_int_t)engine_peak_rss(),
			"kv_bytes", (json_int_t)info->kv_size,
			"work_bytes", (json_int_t)info->work_size,
			"model_bytes", (json_int_t)engine->model_info.file_size));
}
