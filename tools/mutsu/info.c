// SPDX-License-Identifier: MIT
/* mutsu info: the machine, what of it is used, and why the rest is not. */
#include "mutsu.h"

#include <string.h>

#include "args.h"
#include "output.h"

struct info {
	const char *root;
	bool json;
	struct mutsu_machine *machine;
	struct mutsu_machine_info m;
	struct mutsu_session_info session;	/* isa is NULL where none could be opened */
	char why[512];			/* session.device_why, which ends with the session */
	struct mutsu_error session_error;
};

static bool parse(struct info *info, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "info",
		.synopsis = "[--json] [--root DIR]",
		.summary = "Prints what this computer is, and what Mutsu will use of it",
	};
	const struct arg table[] = {
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &info->json },
		{ 0, "root", "DIR", "look at DIR/proc and DIR/sys, of another computer",
		  ARG_STRING, .to = &info->root },
	};

	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	return args_parse(&args, argc, argv, NULL, status);
}

/* A session with the built-in model knows which kernels and how many threads. */
static void ask_session(struct info *info)
{
	const struct mutsu_model_opts model_opts = { .size = sizeof(model_opts) };
	const struct mutsu_session_opts opts = { .size = sizeof(opts), .n_ctx = 8, .n_batch = 1 };
	struct mutsu_session *session = NULL;
	struct mutsu_model *model = NULL;

	if (!mutsu_model_open(&model, NULL, &model_opts, &info->session_error) &&
	    !mutsu_session_open(&session, model, &opts, &info->session_error)) {
		mutsu_session_info(session, &info->session);
		snprintf(info->why, sizeof(info->why), "%s", info->session.device_why);
	}
	mutsu_session_close(session);
	mutsu_model_close(model);
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "not known";
}

static void print_clusters(const struct info *info)
{
	for (uint32_t i = 0; i < info->m.n_clusters; i++) {
		struct mutsu_cluster_info cluster;

		mutsu_machine_cluster(info->machine, i, &cluster);
		printf("cluster %u: %u %s cores (%s)", i, cluster.n_cores,
		       cluster.performance ? "performance" : "efficiency", cluster.cores);
		if (*cluster.cpu)
			printf(", %s", cluster.cpu);
		if (cluster.max_hz)
			printf(", up to %.2f GHz", (double)cluster.max_hz * 1e-9);
		if (cluster.capacity)
			printf(", capacity %u", cluster.capacity);
		putchar('\n');
	}
}

static void print_devices(const struct info *info)
{
	if (!info->m.n_devices)
		puts("devices: no GPU was found");
	for (uint32_t i = 0; i < info->m.n_devices; i++) {
		struct mutsu_device_info device;

		mutsu_machine_device(info->machine, i, &device);
		printf("device %s%s%s: %s%s%s\n", device.name, *device.driver ? ", driver " : "",
		       device.driver, device.usable ? "usable" : "",
		       device.usable && *device.why ? ": " : "", device.why);
	}
}

static int print_text(const struct info *info)
{
	char memory[16];

	printf("mutsu: %s\n", mutsu_version());
	printf("machine: %s\n", or_unknown(info->m.model));
	if (*info->m.soc)
		printf("SoC: %s (%s)\n", or_unknown(info->m.soc_name), info->m.soc);
	else
		puts("SoC: not Apple Silicon");
	printf("kernel: %s, %s\n", info->m.kernel, info->m.arch);
	printf("memory: %s, in pages of %u bytes\n",
	       output_bytes(memory, sizeof(memory), info->m.memory), info->m.page_size);
	printf("CPUs: %u online, %u for performance\n", info->m.n_cpus, info->m.n_performance);
	print_clusters(info);
	printf("features: %s\n", *info->m.features ? info->m.features : "none that kernels use");
	print_devices(info);
	if (info->session.isa)
		printf("used here: %s (%s), %s kernels, %u threads\n", info->session.device,
		       info->why, info->session.isa, info->session.n_threads);
	else
		printf("used here: nothing: %s\n", info->session_error.text);
	return EXIT_DONE;
}

static json_t *json_clusters(const struct info *info)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < info->m.n_clusters; i++) {
		struct mutsu_cluster_info cluster;

		mutsu_machine_cluster(info->machine, i, &cluster);
		json_array_append_new(list, json_pack("{sI sb sI sI so so}",
			"n_cores", (json_int_t)cluster.n_cores,
			"performance", cluster.performance,
			"capacity", (json_int_t)cluster.capacity,
			"max_hz", (json_int_t)cluster.max_hz,
			"cpu", output_json_text(cluster.cpu, strlen(cluster.cpu)),
			"cores", output_json_text(cluster.cores, strlen(cluster.cores))));
	}
	return list;
}

static json_t *json_devices(const struct info *info)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < info->m.n_devices; i++) {
		struct mutsu_device_info device;

		mutsu_machine_device(info->machine, i, &device);
		json_array_append_new(list, json_pack("{ss ss sb ss?}",
			"name", device.name, "driver", device.driver,
			"usable", device.usable, "why", *device.why ? device.why : NULL));
	}
	return list;
}

static json_t *json_session(const struct info *info)
{
	if (!info->session.isa)
		return json_null();
	return json_pack("{ss so ss sI}", "device", info->session.device,
			 "why", output_json_text(info->why, strlen(info->why)),
			 "isa", info->session.isa,
			 "threads", (json_int_t)info->session.n_threads);
}

static int print_json(const struct info *info)
{
	const struct mutsu_machine_info *m = &info->m;

	return output_json(json_pack(
		"{ss so so so ss so ss sI sI sI sI so so so}",
		"version", mutsu_version(),
		"model", output_json_text(m->model, strlen(m->model)),
		"soc", output_json_text(m->soc, strlen(m->soc)),
		"soc_name", output_json_text(m->soc_name, strlen(m->soc_name)),
		"arch", m->arch,
		"kernel", output_json_text(m->kernel, strlen(m->kernel)),
		"features", m->features,
		"n_cpus", (json_int_t)m->n_cpus,
		"n_performance", (json_int_t)m->n_performance,
		"page_size", (json_int_t)m->page_size,
		"memory_bytes", (json_int_t)m->memory,
		"clusters", json_clusters(info),
		"devices", json_devices(info),
		"used", json_session(info)));
}

int mutsu_info_command(int argc, char **argv)
{
	struct info info = { 0 };
	struct mutsu_error err = { "" };
	int ret;

	if (!parse(&info, argc, argv, &ret))
		return ret;
	ret = mutsu_machine_open(&info.machine, info.root, &err);
	if (ret)
		return output_fail("%s", *err.text ? err.text : strerror(-ret));
	mutsu_machine_info(info.machine, &info.m);
	ask_session(&info);
	ret = info.json ? print_json(&info) : print_text(&info);
	mutsu_machine_close(info.machine);
	return ret;
}
