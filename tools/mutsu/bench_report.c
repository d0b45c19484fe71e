// SPDX-License-Identifier: MIT
/*
 * Reports of mutsu bench: names of fields are those of llama-bench where they mean the
 * same, so that scripts made for one read the other's.
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

struct statistics {
	double mean, deviation, median;
};

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of the sample, n - 1 degrees of freedom; value is sorted. */
static struct statistics summarise(double *value, uint32_t n)
{
	struct statistics s = { 0 };

	for (uint32_t i = 0; i < n; i++)
		s.mean += value[i] / n;
	for (uint32_t i = 0; i < n; i++)
		s.deviation += (value[i] - s.mean) * (value[i] - s.mean);
	s.deviation = n > 1 ? sqrt(s.deviation / (n - 1)) : 0;
	qsort(value, n, sizeof(*value), compare);
	s.median = n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
	return s;
}

/* Nanoseconds, tokens per second. */
static int statistics(const struct bench_test *test, struct statistics *ns, struct statistics *ts)
{
	const double n_tokens = (double)test->n_prompt + (double)test->n_gen;
	double *value = malloc(test->n * sizeof(*value));

	if (!value)
		return output_fail("no memory for a report");
	for (uint32_t i = 0; i < test->n; i++)
		value[i] = (double)test->ns[i];
	*ns = summarise(value, test->n);
	for (uint32_t i = 0; i < test->n; i++)
		value[i] = n_tokens * 1e9 / (double)test->ns[i];
	*ts = summarise(value, test->n);
	free(value);
	return EXIT_DONE;
}

/* Where it is not an Apple SoC, what the CPU calls itself. */
static void find_cpu(char *name, size_t size)
{
	struct mutsu_machine_info info = { .soc_name = "", .arch = "" };
	struct mutsu_machine *machine = NULL;
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	if (!mutsu_machine_open(&machine, NULL, NULL))
		mutsu_machine_info(machine, &info);
	snprintf(name, size, "%s", *info.soc_name ? info.soc_name : info.arch);
	while (file && !*info.soc_name && fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " "));
		break;
	}
	if (file)
		fclose(file);
	mutsu_machine_close(machine);
}

void bench_report_begin(struct bench_report *report, const struct engine *engine,
			const char *format)
{
	struct mutsu_tensor_info tensor;

	*report = (struct bench_report){ .format = format };
	find_cpu(report->cpu, sizeof(report->cpu));
	for (size_t i = 0; i < mutsu_model_n_tensors(engine->model); i++) {
		if (!mutsu_model_tensor(engine->model, i, &tensor))
			report->model_size += tensor.size;
	}
}

static json_t *samples(const struct bench_test *test, bool rates)
{
	const double n_tokens = (double)test->n_prompt + (double)test->n_gen;
	json_t *array = json_array();

	for (uint32_t i = 0; i < test->n; i++)
		json_array_append_new(array, rates ?
				      json_real(n_tokens * 1e9 / (double)test->ns[i]) :
				      json_integer((json_int_t)test->ns[i]));
	return array;
}

static json_t *row_object(const struct bench_report *report, const struct engine *engine,
			  const struct bench_test *test, const struct statistics *ns,
			  const struct statistics *ts)
{
	const struct mutsu_model_info *model = &engine->model_info;
	const struct mutsu_session_info *info = &engine->info;
	const char *path = engine->path ? engine->path : model->name;
	const char *kv_type = engine->kv_type ? engine->kv_type : "f16";
	char type[64];

	snprintf(type, sizeof(type), "%s %s", model->arch, model->type);
	return json_pack("{ss so ss ss so so so sI sI sI sI ss ss sI sI sI sI "
			 "ss sI sI sI sf sf sf so so}",
			 "build_commit", mutsu_version(),
			 "cpu_info", output_json_text(report->cpu, strlen(report->cpu)),
			 "backends", info->device,
			 "isa", info->isa,
			 "device_why", output_json_text(info->device_why,
							strlen(info->device_why)),
			 "model_filename", output_json_text(path, strlen(path)),
			 "model_type", output_json_text(type, strlen(type)),
			 "model_size", (json_int_t)report->model_size,
			 "model_n_params", (json_int_t)model->n_params,
			 "n_batch", (json_int_t)info->n_batch,
			 "n_threads", (json_int_t)info->n_threads,
			 "type_k", kv_type,
			 "type_v", kv_type,
			 "n_ctx", (json_int_t)info->n_ctx,
			 "n_prompt", (json_int_t)test->n_prompt,
			 "n_gen", (json_int_t)test->n_gen,
			 "n_depth", (json_int_t)test->depth,
			 "test_time", test->time,
			 "avg_ns", (json_int_t)ns->mean,
			 "stddev_ns", (json_int_t)ns->deviation,
			 "median_ns", (json_int_t)ns->median,
			 "avg_ts", ts->mean,
			 "stddev_ts", ts->deviation,
			 "median_ts", ts->median,
			 "samples_ns", samples(test, false),
			 "samples_ts", samples(test, true));
}

static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

/* Keys come in the order in which they were packed; lists of samples have no column. */
static void print_csv(json_t *object, bool keys)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach(object, key, value) {
		if (json_is_array(value))
			continue;
		fputs(between, stdout);
		between = ",";
		if (keys)
			fputs(key, stdout);
		else if (json_is_string(value))
			print_quoted(json_string_value(value));
		else if (json_is_integer(value))
			printf("\"%lld\"", (long long)json_integer_value(value));
		else
			printf("\"%.6f\"", json_real_value(value));
	}
	putchar('\n');
}

static void print_md(const struct bench_report *report, const struct engine *engine,
		     const struct bench_test *test, const struct statistics *ts)
{
	char size[16], name[40], what[48], type[64];
	const struct mutsu_model_info *model = &engine->model_info;

	if (!report->n_rows)
		puts("| model                | size     | params   | device | threads | batch | test"
		     "            |         tokens/s         |   median |\n"
		     "|----------------------|---------:|---------:|--------|--------:|------:|-----"
		     "------------|-------------------------:|---------:|");
	snprintf(type, sizeof(type), "%s %s", model->arch, model->type);
	snprintf(what, sizeof(what), "%s%u", test->n_prompt ? "pp" : "tg",
		 test->n_prompt ? test->n_prompt : test->n_gen);
	if (test->depth)
		snprintf(what + strlen(what), sizeof(what) - strlen(what), " @ %u", test->depth);
	snprintf(name, sizeof(name), "%.2f M", (double)model->n_params * 1e-6);
	printf("| %-20s | %8s | %8s | %-6s | %7u | %5u | %-15s | %12.2f +/- %7.2f | %8.2f |\n",
	       type, output_bytes(size, sizeof(size), report->model_size), name,
	       engine->info.device, engine->info.n_threads, engine->info.n_batch, what, ts->mean,
	       ts->deviation, ts->median);
}

int bench_report_add(struct bench_report *report, const struct engine *engine,
		     const struct bench_test *test)
{
	struct statistics ns = { 0 }, ts = { 0 };
	json_t *object;
	int ret;

	ret = statistics(test, &ns, &ts);
	if (ret)
		return ret;
	if (!strcmp(report->format, "md")) {
		print_md(report, engine, test, &ts);
	} else {
		object = row_object(report, engine, test, &ns, &ts);
		if (!object)
			return output_fail("no memory for a report");
		if (!strcmp(report->format, "csv")) {
			if (!report->n_rows)
				print_csv(object, true);
			print_csv(object, false);
			json_decref(object);
		} else {
			if (!report->array)
				report->array = json_array();
			if (json_array_append_new(report->array, object))
				return output_fail("no memory for a report");
		}
	}
	report->n_rows++;
	return output_flush() ? EXIT_DONE : EXIT_FAILED;
}

int bench_report_end(struct bench_report *report)
{
	return report->array ? output_json(report->array) : EXIT_DONE;
}
