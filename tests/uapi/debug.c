// SPDX-License-Identifier: MIT
#include "debug.h"

#include <unistd.h>

#define die(...) ut_fail(__FILE__, __LINE__, __VA_ARGS__)

#define TRACING "/sys/kernel/tracing/"

int ut_info(int fd, void *info, u64 *size)
{
	struct drm_agxc_get_info args = { .pointer = ut_ptr(info), .size = *size };
	int ret = ut_ioctl(fd, DRM_IOCTL_AGXC_GET_INFO, &args);

	*size = args.size;
	return ret;
}

int ut_counters(int fd, u32 queue, u32 flags, void *values, u64 *size)
{
	struct drm_agxc_get_counters args = {
		.flags = flags, .queue_id = queue, .pointer = ut_ptr(values), .size = *size,
	};
	int ret = ut_ioctl(fd, DRM_IOCTL_AGXC_GET_COUNTERS, &args);

	*size = args.size;
	return ret;
}

int ut_fault(int fd, u32 vm, void *fault, u64 *size)
{
	struct drm_agxc_get_fault args = {
		.vm_id = vm, .pointer = ut_ptr(fault), .size = *size,
	};
	int ret = ut_ioctl(fd, DRM_IOCTL_AGXC_GET_FAULT, &args);

	*size = args.size;
	return ret;
}

int ut_capture(int fd, u32 queue, int to, u64 offset)
{
	struct drm_agxc_capture args = { .queue_id = queue, .fd = to, .offset = offset };

	return ut_ioctl(fd, DRM_IOCTL_AGXC_CAPTURE, &args);
}

void ut_get_info(int fd, struct drm_agxc_info *info)
{
	u64 size = sizeof(*info);

	ut_ok(ut_info(fd, info, &size));
	ut_eq(size, sizeof(*info));
}

void ut_get_counters(int fd, u32 queue, u64 values[DRM_AGXC_COUNTERS])
{
	u64 size = DRM_AGXC_COUNTERS * sizeof(*values);

	ut_ok(ut_counters(fd, queue, 0, values, &size));
	ut_eq(size, DRM_AGXC_COUNTERS * sizeof(*values));
}

void ut_get_fault(int fd, u32 vm, struct drm_agxc_fault *fault)
{
	u64 size = sizeof(*fault);

	ut_ok(ut_fault(fd, vm, fault, &size));
	ut_eq(size, sizeof(*fault));
}

/* --- files -------------------------------------------------------------------------- */

const char *ut_debugfs(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%s/%s",
		 ut_node() + strlen("/dev/dri/renderD"), name);
	return path;
}

/* Finding the device allocates: its folder is looked up once. */
static const char *inject(const char *name)
{
	static char dir[256], path[320];

	if (!dir[0])
		snprintf(dir, sizeof(dir), "%s", ut_debugfs("inject"));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

u64 ut_inject_get(const char *name)
{
	const char *text = ut_read_file(inject(name));

	if (!text)
		ut_skip("no %s: debugfs is not mounted, or not in this kernel", inject(name));
	return strtoull(text, NULL, 0);
}

void ut_inject_set(const char *name, u64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	if (!ut_write_file(inject(name), text))
		ut_skip("no %s: debugfs is not mounted, or not in this kernel", inject(name));
}

char *ut_read_all(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	/* There is no 0 in it. */
	if (getdelim(&text, &size, 0, file) < 0) {
		free(text);
		text = ferror(file) ? NULL : strdup("");
	}
	fclose(file);
	return text;
}

char *ut_read_debugfs(const char *name)
{
	char *text = ut_read_all(ut_debugfs(name));

	if (!text)
		ut_skip("no %s: debugfs is not mounted, or not in this kernel", ut_debugfs(name));
	return text;
}

char *ut_fdinfo(int fd, const char *key)
{
	char path[64], *text, *value = NULL, *line, *rest;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = ut_read_all(path);
	if (!text)
		die("no %s", path);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t n = strcspn(line, ":");

		if (n == strlen(key) && !strncmp(line, key, n) && line[n])
			value = strdup(line + n + 1 + strspn(line + n + 1, " \t"));
	}
	free(text);
	return value;
}

u64 ut_fdinfo_number(int fd, const char *key)
{
	char *text = ut_fdinfo(fd, key), *unit;
	u64 value;

	if (!text)
		die("fdinfo has no %s", key);
	value = strtoull(text, &unit, 10);
	if (unit == text)
		die("fdinfo: %s: '%s' is no number", key, text);
	if (!strcmp(unit, " KiB"))
		value <<= 10;
	else if (!strcmp(unit, " MiB"))
		value <<= 20;
	else if (*unit && strcmp(unit, " ns"))
		die("fdinfo: %s: unit '%s'", key, unit);
	free(text);
	return value;
}

/* --- tracing ------------------------------------------------------------------------ */

void ut_trace(bool on)
{
	if (!ut_write_file(TRACING "events/agx_compute/enable", on ? "1" : "0"))
		ut_skip("no tracepoints: tracefs is not mounted, or not in this kernel");
	/* Clears it. */
	if (on && truncate(TRACING "trace", 0))
		die("%strace: %s", TRACING, ut_errno(errno));
}

char *ut_traced(void)
{
	char *text = ut_read_all(TRACING "trace");

	if (!text)
		die("%strace: %s", TRACING, ut_errno(errno));
	return text;
}
