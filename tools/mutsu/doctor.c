// SPDX-License-Identifier: MIT
/*
 * mutsu doctor: what a bug report needs when the GPU does not work
 *
 * Each check says what there is, and if it is wrong, what to do.  Whatever comes
 * from this computer's files passes private_clean() before it is shown.
 */
#include "mutsu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "kernel_log.h"
#include "output.h"
#include "plan_chip.h"
#include "private.h"

#define MAX_CHECKS	96

struct check {
	char name[40];
	char text[640];
	char advice[320];	/* "": nothing is wrong */
};

struct doctor {
	const char *root;	/* NULL: this computer */
	bool json;
	struct mutsu_machine *machine;
	struct mutsu_machine_info m;
	struct private private;
	struct kernel_log log;
	struct check check[MAX_CHECKS];
	size_t n_checks, n_problems;
	bool has_driver;	/* asahi, and it knows this GPU as far as we know */
};

static bool parse(struct doctor *d, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "doctor",
		.synopsis = "[--json] [--root DIR]",
		.summary = "Checks what the GPU needs, and collects what a bug report needs",
		.more = "Exit status 0: nothing is wrong; 1: something is.  No names of people or\n"
			"computers, no addresses and no serial numbers are printed.",
	};
	const struct arg table[] = {
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &d->json },
		{ 0, "root", "DIR", "look below DIR, at files of another computer", ARG_STRING,
		  .to = &d->root },
	};

	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	return args_parse(&args, argc, argv, NULL, status);
}

/*
 * Reports and files
 */

/* advice NULL: fine. */
__attribute__((format(printf, 4, 5)))
static void report(struct doctor *d, const char *name, const char *advice, const char *format, ...)
{
	char text[sizeof(d->check[0].text)];
	struct check *check;
	va_list args;

	if (d->n_checks == MAX_CHECKS)
		return;
	check = &d->check[d->n_checks++];
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(check->name, sizeof(check->name), "%s", name);
	private_clean(&d->private, check->text, sizeof(check->text), text);
	private_clean(&d->private, check->advice, sizeof(check->advice), advice ? advice : "");
	d->n_problems += advice != NULL;
}

__attribute__((format(printf, 4, 5)))
static const char *path_of(const struct doctor *d, char *path, size_t size, const char *format, ...)
{
	size_t n = (size_t)snprintf(path, size, "%s/", d->root ? d->root : "");
	va_list args;

	va_start(args, format);
	if (n < size)
		vsnprintf(path + n, size - n, format, args);
	va_end(args);
	return path;
}

/* At most size - 1 bytes of a file, terminated; how many, 0 if it cannot be read. */
static size_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t n = 0;

	while (fd >= 0 && len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return len;
}

/* What follows key at the start of a line, without quotes; "" if there is none. */
static void find_line(const char *text, const char *key, char *value, size_t size)
{
	const char *line = text;
	int n;

	value[0] = '\0';
	while (line && strncmp(line, key, strlen(key))) {
		line = strchr(line, '\n');
		line += !!line;
	}
	if (!line)
		return;
	line += strlen(key);
	line += *line == '"';
	n = (int)strcspn(line, "\"\n");
	snprintf(value, size, "%.*s", n, line);
}

/*
 * This library and this machine
 */

static void check_library(struct doctor *d)
{
	const struct mutsu_model_opts model_opts = { .size = sizeof(model_opts) };
	const struct mutsu_session_opts opts = { .size = sizeof(opts), .n_ctx = 8, .n_batch = 1 };
	struct mutsu_session *session = NULL;
	struct mutsu_model *model = NULL;
	struct mutsu_error err = { "" };
	struct mutsu_session_info info;

	if (mutsu_model_open(&model, NULL, &model_opts, &err) ||
	    mutsu_session_open(&session, model, &opts, &err)) {
		report(d, "mutsu", "this is a bug of Mutsu or of how it was built; report it",
		       "%s: the built-in model cannot be used: %s", mutsu_version(), err.text);
	} else {
		mutsu_session_info(session, &info);
		report(d, "mutsu", NULL, "version %s; without a GPU: %s kernels, %u threads",
		       mutsu_version(), info.isa, info.n_threads);
	}
	mutsu_session_close(session);
	mutsu_model_close(model);
}

static void check_system(struct doctor *d)
{
	char path[4096], text[4096], name[256];

	if (!read_file(path_of(d, path, sizeof(path), "etc/os-release"), text, sizeof(text)))
		read_file(path_of(d, path, sizeof(path), "usr/lib/os-release"), text,
			  sizeof(text));
	find_line(text, "PRETTY_NAME=", name, sizeof(name));
	report(d, "system", NULL, "%s", *name ? name : "os-release does not say");
	report(d, "kernel", NULL, "%s, %s, pages of %u bytes", d->m.kernel, d->m.arch,
	       d->m.page_size);
}

static void check_machine(struct doctor *d)
{
	char path[4096], text[512];
	size_t n;

	n = read_file(path_of(d, path, sizeof(path),
			      "sys/firmware/devicetree/base/compatible"), text, sizeof(text));
	if (!n)
		n = read_file(path_of(d, path, sizeof(path), "proc/device-tree/compatible"), text,
			      sizeof(text));
	/* Strings with a NUL after each. */
	for (size_t i = 0; i + 1 < n; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	report(d, "machine", NULL, "%s", *d->m.model ? d->m.model : "not known");
	if (*d->m.soc)
		report(d, "SoC", NULL, "%s (%s); compatible: %s",
		       *d->m.soc_name ? d->m.soc_name : "not known", d->m.soc, text);
	else
		report(d, "SoC", NULL, "not Apple Silicon%s%s", n ? "; compatible: " : "", text);
}

static void check_cpu(struct doctor *d)
{
	report(d, "CPU", NULL, "%u online, %u for performance; features that kernels use: %s",
	       d->m.n_cpus, d->m.n_performance, *d->m.features ? d->m.features : "none");
}

static void check_memory(struct doctor *d)
{
	char path[4096], text[4096], value[64], total[16], available[16];
	uint64_t bytes;

	read_file(path_of(d, path, sizeof(path), "proc/meminfo"), text, sizeof(text));
	find_line(text, "MemAvailable:", value, sizeof(value));
	bytes = strtoull(value, NULL, 10) << 10;
	output_bytes(total, sizeof(total), d->m.memory);
	output_bytes(available, sizeof(available), bytes);
	if (!bytes)
		report(d, "memory", NULL, "%s", total);
	else
		report(d, "memory", bytes < 1ull << 29 ? "end other programs" : NULL,
		       "%s, of which %s are available", total, available);
}

/*
 * The driver
 */

static bool module_loaded(const struct doctor *d, const char *name, char *version, size_t size)
{
	char path[4096];
	size_t n;

	/* Built in, it may have no folder among the modules. */
	if (access(path_of(d, path, sizeof(path), "sys/module/%s", name), F_OK) &&
	    access(path_of(d, path, sizeof(path), "sys/bus/platform/drivers/%s", name), F_OK))
		return false;
	n = read_file(path_of(d, path, sizeof(path), "sys/module/%s/version", name), version, size);
	if (!n)
		n = read_file(path_of(d, path, sizeof(path), "sys/module/%s/srcversion", name),
			      version, size);
	version[strcspn(version, "\n")] = '\0';
	return true;
}

/* "y", "m", "n"; "" where the kernel's configuration is not to be found. */
static const char *kernel_option(const struct doctor *d, char *value, size_t size)
{
	const char *release = strchr(d->m.kernel, ' ');
	static const size_t max = 1 << 20;
	char path[4096], *text = malloc(max);

	value[0] = '\0';
	if (text && release &&
	    read_file(path_of(d, path, sizeof(path), "boot/config-%s", release + 1), text, max)) {
		find_line(text, "CONFIG_DRM_ASAHI=", value, size);
		if (!*value)
			snprintf(value, size, "n");
	}
	free(text);
	return value;
}

/* Whether Linux has a driver for the GPU of this SoC, as far as we know. */
static bool linux_has_driver(const struct doctor *d)
{
	for (size_t i = 0; i < plan_n_chips; i++) {
		const char *name = d->m.soc_name;

		if (!strncmp(name, "Apple ", 6) && !strcmp(name + 6, plan_chips[i].name))
			return plan_chips[i].gpu;
	}
	return false;
}

static void check_driver(struct doctor *d)
{
	char asahi[64] = "", ours[64] = "", option[16];
	bool has_asahi = module_loaded(d, "asahi", asahi, sizeof(asahi));
	bool has_ours = module_loaded(d, "agx_compute", ours, sizeof(ours));
	const char *advice = NULL;

	kernel_option(d, option, sizeof(option));
	d->has_driver = has_asahi && (!*d->m.soc || linux_has_driver(d));
	if (*d->m.soc && !linux_has_driver(d))
		report(d, "driver", "nothing: the CPU is used; Linux 7.2 has no driver for this GPU",
		       "none for the GPU of %s%s", *d->m.soc_name ? d->m.soc_name : d->m.soc,
		       has_asahi ? ", though asahi is loaded" : "");
	if (*d->m.soc && linux_has_driver(d) && !has_asahi) {
		advice = !strcmp(option, "n") || !*option ?
			"boot a kernel that has DRM_ASAHI, such as Fedora Asahi Remix's" :
			"sudo modprobe asahi; if that fails, send what the kernel log says";
		report(d, "driver", advice, "asahi is not loaded%s%s",
		       *option ? "; this kernel has CONFIG_DRM_ASAHI=" : "", option);
	}
	if (has_asahi)
		report(d, "driver", NULL, "asahi is loaded%s%s", *asahi ? ", version " : "", asahi);
	if (has_ours)
		report(d, "driver", NULL, "agx_compute is loaded, a GPU in software%s%s",
		       *ours ? ", version " : "", ours);
	if (!*d->m.soc && !has_asahi && !has_ours)
		report(d, "driver", NULL, "neither asahi nor agx_compute is loaded");
}

/*
 * Devices
 */

/* Name of a group, or its number. */
static void group_name(const struct doctor *d, unsigned int gid, char *name, size_t size)
{
	char path[4096], line[1024];
	FILE *file = fopen(path_of(d, path, sizeof(path), "etc/group"), "re");

	snprintf(name, size, "%u", gid);
	while (file && fgets(line, sizeof(line), file)) {
		char found[64];
		unsigned int number;

		if (sscanf(line, "%63[^:]:%*[^:]:%u:", found, &number) == 2 && number == gid) {
			snprintf(name, size, "%s", found);
			break;
		}
	}
	if (file)
		fclose(file);
}

/*
 * The place for whatever has to be asked of a GPU itself: the node is there, and
 * this user may open it.
 */
static void check_gpu_opens(struct doctor *d, const char *node, const char *path)
{
	char name[40];
	int fd;

	if (d->root)
		return;
	snprintf(name, sizeof(name), "opening %.16s", node);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		report(d, name, "send this report and the kernel log", "%s", strerror(errno));
		return;
	}
	close(fd);
	report(d, name, NULL, "works");
}

static void check_node(struct doctor *d, const struct mutsu_device_info *device)
{
	char path[4096], name[40], group[64], advice[160];
	struct stat st;

	snprintf(name, sizeof(name), "/dev/dri/%.20s", device->name);
	path_of(d, path, sizeof(path), "dev/dri/%s", device->name);
	if (stat(path, &st)) {
		report(d, name, "look whether udev (or the container) makes the nodes of /dev/dri",
		       "driver %s, but there is no such node: %s", device->driver,
		       strerror(errno));
		return;
	}
	group_name(d, st.st_gid, group, sizeof(group));
	if (access(path, R_OK | W_OK)) {
		snprintf(advice, sizeof(advice),
			 "sudo usermod -aG %s $(id -un), then log out and in again", group);
		report(d, name, advice, "driver %s; this user may not use it: group %s, mode %03o",
		       device->driver, group, (unsigned int)st.st_mode & 0777);
		return;
	}
	report(d, name, NULL, "driver %s; this user may use it: group %s, mode %03o",
	       device->driver, group, (unsigned int)st.st_mode & 0777);
	check_gpu_opens(d, device->name, path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What /dev/dri has, whatever sysfs says. */
static void list_nodes(struct doctor *d)
{
	char path[4096], names[24][20], text[sizeof(names) + 24], *end = text;
	DIR *dir = opendir(path_of(d, path, sizeof(path), "dev/dri"));
	const struct dirent *entry;
	size_t n = 0;

	while (dir && n < sizeof(names) / sizeof(names[0]) && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, "card", 4) || !strncmp(entry->d_name, "renderD", 7))
			snprintf(names[n++], sizeof(names[0]), "%.19s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++)
		end = stpcpy(stpcpy(end, i ? " " : ""), names[i]);
	report(d, "/dev/dri", NULL, "%s", n ? text : "no nodes");
}

static void check_devices(struct doctor *d)
{
	bool usable = false, agx = false;

	list_nodes(d);
	for (uint32_t i = 0; i < d->m.n_devices; i++) {
		struct mutsu_device_info device;
		char name[40];

		mutsu_machine_device(d->machine, i, &device);
		snprintf(name, sizeof(name), "device %.20s", device.name);
		if (!strcmp(device.driver, "asahi")) {
			agx = true;
			check_node(d, &device);
		}
		usable |= device.usable;
		if (device.usable)
			report(d, name, NULL, "Mutsu can use it");
		else if (!strcmp(device.name, "gpu") && !d->has_driver)
			;	/* said already */
		else if (!strcmp(device.driver, "asahi") || !strcmp(device.name, "gpu"))
			report(d, name, "see the other checks; until then, the CPU is used", "%s",
			       device.why);
		else
			report(d, name, NULL, "%s", device.why);
	}
	if (!usable && !agx && !*d->m.soc)
		report(d, "GPU", "nothing, if the CPU is enough; agx_compute.ko is a GPU in software",
		       "none that Mutsu knows in this machine");
}

/*
 * The kernel's log
 */

static void check_log(struct doctor *d)
{
	char path[4096];
	int ret = kernel_log_read(&d->log, path_of(d, path, sizeof(path), "dev/kmsg"));

	if (ret)
		report(d, "kernel log", NULL, "cannot be read (%s); add what this prints: "
		       "sudo dmesg | grep -i -e asahi -e agx", strerror(-ret));
	else if (d->log.n_bad)
		report(d, "kernel log", "send the lines below with the report",
		       "%zu lines about AGX, of which %zu sound like errors", d->log.n,
		       d->log.n_bad);
	else
		report(d, "kernel log", NULL, "%zu lines about AGX", d->log.n);
	for (size_t i = 0; i < kernel_log_kept(&d->log); i++) {
		char clean[KERNEL_LOG_WIDTH];

		private_clean(&d->private, clean, sizeof(clean), d->log.line[i]);
		strcpy(d->log.line[i], clean);
	}
}

/*
 * Output
 */

static int exit_status(const struct doctor *d)
{
	return d->n_problems ? EXIT_FAILED : EXIT_DONE;
}

static int print_text(const struct doctor *d)
{
	for (size_t i = 0; i < d->n_checks; i++) {
		const struct check *check = &d->check[i];

		printf("%-9s%s: ", *check->advice ? "problem" : "ok", check->name);
		output_safe(stdout, check->text, strlen(check->text), 0);
		putchar('\n');
		if (*check->advice) {
			fputs("         what to do: ", stdout);
			output_safe(stdout, check->advice, strlen(check->advice), 0);
			putchar('\n');
		}
	}
	if (d->log.n)
		puts("\nLast lines of the kernel log about AGX:");
	for (size_t i = 0; i < kernel_log_kept(&d->log); i++) {
		const char *line = kernel_log_line(&d->log, i);

		output_safe(stdout, line, strlen(line), 0);
		putchar('\n');
	}
	if (d->n_problems)
		printf("\n%zu problem%s.  A bug report needs all of this, and the command that failed.\n",
		       d->n_problems, d->n_problems == 1 ? "" : "s");
	else
		puts("\nNothing is wrong.");
	return exit_status(d);
}

static int print_json(const struct doctor *d)
{
	json_t *checks = json_array(), *log = json_array();
	int ret;

	for (size_t i = 0; i < d->n_checks; i++) {
		const struct check *check = &d->check[i];

		json_array_append_new(checks, json_pack("{ss sb so so}", "name", check->name,
			"ok", !*check->advice,
			"text", output_json_text(check->text, strlen(check->text)),
			"advice", *check->advice ?
				output_json_text(check->advice, strlen(check->advice)) :
				json_null()));
	}
	for (size_t i = 0; i < kernel_log_kept(&d->log); i++) {
		const char *line = kernel_log_line(&d->log, i);

		json_array_append_new(log, output_json_text(line, strlen(line)));
	}
	ret = output_json(json_pack("{ss sb sI so so}", "version", mutsu_version(),
				    "ok", !d->n_problems, "problems", (json_int_t)d->n_problems,
				    "checks", checks, "kernel_log", log));
	return ret ? ret : exit_status(d);
}

int mutsu_doctor_command(int argc, char **argv)
{
	struct doctor *d = calloc(1, sizeof(*d));
	struct mutsu_error err = { "" };
	int ret;

	if (!d)
		return output_fail("no memory");
	if (!parse(d, argc, argv, &ret))
		goto out_free;
	ret = mutsu_machine_open(&d->machine, d->root, &err);
	if (ret) {
		ret = output_fail("%s", *err.text ? err.text : strerror(-ret));
		goto out_free;
	}
	mutsu_machine_info(d->machine, &d->m);
	private_init(&d->private, d->root);
	check_library(d);
	check_system(d);
	check_machine(d);
	check_cpu(d);
	check_memory(d);
	check_driver(d);
	check_devices(d);
	check_log(d);
	ret = d->json ? print_json(d) : print_text(d);
	mutsu_machine_close(d->machine);
out_free:
	free(d);
	return ret;
}
