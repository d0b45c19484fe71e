// SPDX-License-Identifier: MIT
#include "files.h"

#include <sys/stat.h>

static bool is_asahi(int fd, agx_files_ioctl_fn ioctl)
{
	char name[16] = "";
	struct agx_drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !ioctl(fd, AGX_DRM_IOWR(AGX_DRM_VERSION, struct agx_drm_version), &version) &&
	       !strcmp(name, AGX_DRM_NAME);
}

bool agx_files_has(const struct agx_files *files, int fd)
{
	return fd >= 0 && fd < AGX_FILES_MAX &&
	       __atomic_load_n(&files->file[fd], __ATOMIC_RELAXED);
}

static void set(struct agx_files *files, int fd, struct agx_file *file)
{
	__atomic_store_n(&files->file[fd], file, __ATOMIC_RELAXED);
}

static struct agx_file *add(struct agx_files *files, int fd, const struct stat *stat,
			    agx_files_ioctl_fn ioctl)
{
	struct agx_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->n_fds = 1;
	file->dev = stat->st_dev;
	file->ino = stat->st_ino;
	file->client = is_asahi(fd, ioctl) ? agx_client_create() : NULL;
	set(files, fd, file);
	return file;
}

struct agx_client *agx_files_find(struct agx_files *files, int fd, agx_files_ioctl_fn ioctl)
{
	struct agx_file *file;
	struct stat stat;

	if (fd < 0 || fd >= AGX_FILES_MAX || fstat(fd, &stat))
		return NULL;
	file = files->file[fd];
	/* Not every way to close a descriptor comes by here. */
	if (file && (file->dev != stat.st_dev || file->ino != stat.st_ino)) {
		agx_files_close(files, fd);
		file = NULL;
	}
	if (!file)
		file = add(files, fd, &stat, ioctl);
	return file ? file->client : NULL;
}

void agx_files_same(struct agx_files *files, int fd, int copy)
{
	if (copy < 0 || copy >= AGX_FILES_MAX || copy == fd)
		return;
	agx_files_close(files, copy);
	if (agx_files_has(files, fd)) {
		files->file[fd]->n_fds++;
		set(files, copy, files->file[fd]);
	}
}

void agx_files_close(struct agx_files *files, int fd)
{
	struct agx_file *file;

	if (!agx_files_has(files, fd))
		return;
	file = files->file[fd];
	set(files, fd, NULL);
	if (!--file->n_fds) {
		agx_client_destroy(file->client);
		free(file);
	}
}
