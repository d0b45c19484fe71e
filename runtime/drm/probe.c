// SPDX-License-Identifier: MIT
/* Which GPUs there are, and why one cannot be opened. */
#include <drm/asahi_drm.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xf86drm.h>

#include "priv.h"

#define MAX_NODES 64	/* render nodes of a machine, all drivers */

int mutsu_drm_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) ? -errno : 0;
}

/* A group's name from the file: what asks a server loads libraries into the process. */
static bool find_group(gid_t gid, char *name, size_t size)
{
	FILE *file = fopen("/etc/group", "re");
	struct group group, *found = NULL;
	char line[4096];

	if (!file)
		return false;
	while (!fgetgrent_r(file, &group, line, sizeof(line), &found) && group.gr_gid != gid)
		found = NULL;
	fclose(file);
	if (found)
		snprintf(name, size, "%s", group.gr_name);
	return found;
}

static void explain_access(struct mutsu_gpu_info *info)
{
	char group[64];
	struct stat st;

	if (stat(info->path, &st))
		snprintf(info->why, sizeof(info->why), "no permission to open it");
	else if ((st.st_mode & 0060) != 0060)
		snprintf(info->why, sizeof(info->why), "no permission: its mode is %04o, and only "
			 "its owner, user %u, may open it", st.st_mode & 07777, st.st_uid);
	else if (find_group(st.st_gid, group, sizeof(group)))
		snprintf(info->why, sizeof(info->why), "no permission: it is for members of group "
			 "'%s'; become one (sudo usermod -a -G %s USER) and log in again",
			 group, group);
	else
		snprintf(info->why, sizeof(info->why), "no permission: it is for members of group "
			 "%u, which has no name here", st.st_gid);
}

static int explain_open(struct mutsu_gpu_info *info, int error)
{
	if (error == EACCES || error == EPERM) {
		explain_access(info);
		return -EACCES;
	}
	snprintf(info->why, sizeof(info->why), "cannot be opened: %s", strerror(error));
	return -error;
}

/* 0 if its driver is asahi. */
static int check_driver(struct mutsu_gpu_info *info, int fd)
{
	drmVersionPtr version = drmGetVersion(fd);
	int ret;

	if (!version) {
		ret = errno == ENOMEM ? -ENOMEM : -ENXIO;
		snprintf(info->why, sizeof(info->why), "%s",
			 ret == -ENXIO ? "not a DRM device" : strerror(ENOMEM));
		return ret;
	}
	ret = strcmp(version->name, "asahi") ? -ENXIO : 0;
	if (ret)
		snprintf(info->why, sizeof(info->why),
			 "its driver is '%s'; 'asahi' is the one of Apple GPUs", version->name);
	drmFreeVersion(version);
	return ret;
}

static int read_params(struct mutsu_gpu_info *info, struct mutsu_plan *plan, int fd)
{
	struct drm_asahi_params_global params = { .features = 0 };
	struct drm_asahi_get_params args = {
		.pointer = (uintptr_t)&params, .size = sizeof(params),
	};
	int ret = mutsu_drm_ioctl(fd, DRM_IOCTL_ASAHI_GET_PARAMS, &args);

	if (!ret)
		ret = mutsu_gpu_is_software(fd, &info->software);
	if (ret == -EINVAL || ret == -ENOTTY) {
		/* Kernels of Asahi had another one by the same name before. */
		snprintf(info->why, sizeof(info->why),
			 "its driver has not the interface of Linux 6.16 (drm/asahi_drm.h): "
			 "a newer kernel has");
		return -ENOTSUP;
	}
	if (ret == -ENODEV)
		snprintf(info->why, sizeof(info->why),
			 "the GPU has crashed, or is gone; after a reboot it is back. "
			 "The kernel log says more: dmesg | grep -i -e asahi -e agx");
	else if (ret)
		snprintf(info->why, sizeof(info->why),
			 "the driver does not say what the GPU is: %s", strerror(-ret));
	return ret ? ret : mutsu_gpu_describe(info, plan, &params);
}

int mutsu_gpu_probe(struct mutsu_gpu_info *info, struct mutsu_plan *plan, const char *path)
{
	struct mutsu_plan unused;
	int fd, ret;

	memset(info, 0, sizeof(*info));
	if (strlen(path) >= sizeof(info->path)) {
		snprintf(info->why, sizeof(info->why), "this is no path of a device");
		return -ENAMETOOLONG;
	}
	strcpy(info->path, path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return explain_open(info, errno);
	ret = check_driver(info, fd);
	if (!ret)
		ret = read_params(info, plan ? plan : &unused, fd);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* The driver that sysfs has for a node: asahi's or ours. */
static bool sysfs_says_asahi(const char *path)
{
	char link[64], target[256];
	const char *name;
	struct stat st;
	ssize_t n;

	if (stat(path, &st) || !S_ISCHR(st.st_mode))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device/driver", major(st.st_rdev),
		 minor(st.st_rdev));
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	return name && (!strcmp(name, "/asahi") || !strcmp(name, "/agx_compute"));
}

/* Whether the node is one of the driver's; fills info. */
static bool look_at(struct mutsu_gpu_info *info, const char *path)
{
	const int fd = mutsu_gpu_probe(info, NULL, path);

	if (fd >= 0)
		close(fd);
	/* Then the driver said its name, and something else was wrong. */
	if (fd >= 0 || fd == -ENODEV || fd == -ENOTSUP)
		return true;
	return fd != -ENXIO && sysfs_says_asahi(path);
}

static int compare_nodes(const void *a, const void *b)
{
	const drmDevicePtr *x = a, *y = b;

	/* renderD99 is before renderD128. */
	return strverscmp((*x)->nodes[DRM_NODE_RENDER], (*y)->nodes[DRM_NODE_RENDER]);
}

int mutsu_gpu_list(struct mutsu_gpu_info *info, size_t max)
{
	drmDevicePtr devices[MAX_NODES];
	int n = drmGetDevices2(0, devices, MAX_NODES), with_node = 0, found = 0;

	if (n <= 0)
		return 0;
	for (int i = 0; i < n; i++) {
		if (devices[i]->available_nodes & 1 << DRM_NODE_RENDER) {
			drmDevicePtr device = devices[i];

			devices[i] = devices[with_node];
			devices[with_node++] = device;
		}
	}
	qsort(devices, (size_t)with_node, sizeof(devices[0]), compare_nodes);
	for (int i = 0; i < with_node; i++) {
		struct mutsu_gpu_info one;

		if (!look_at(&one, devices[i]->nodes[DRM_NODE_RENDER]))
			continue;
		if ((size_t)found < max)
			info[found] = one;
		found++;
	}
	drmFreeDevices(devices, n);
	return found;
}
