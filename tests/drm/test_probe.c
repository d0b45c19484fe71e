// SPDX-License-Identifier: MIT
/* Files that are no GPU, and what is said of them.  No device is needed. */
#include "runtime/drm/gpu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/suite.h"

#define NOBODY 65534

static void refuse(const char *path, int want, const char *words)
{
	struct mutsu_error err = { "" };
	struct mutsu_gpu *gpu = NULL;
	const int ret = mutsu_gpu_open(&gpu, path, &err);

	ck_assert_msg(ret == want, "%s: %d, not %d: %s", path, ret, want, err.text);
	ck_assert_ptr_null(gpu);
	ck_assert_msg(strstr(err.text, words), "'%s' is not in '%s'", words, err.text);
	ck_assert_msg(!strncmp(err.text, path, strlen(path)) || strlen(path) > 63,
		      "'%s' does not begin with %s", err.text, path);
	/* Who does not want to know. */
	ck_assert_int_eq(mutsu_gpu_open(&gpu, path, NULL), want);
}

START_TEST(no_file)
{
	refuse("/nonexistent/renderD128", -ENOENT, "cannot be opened: No such file");
	refuse("", -ENOENT, "cannot be opened");
	refuse("/dev", -EISDIR, "Is a directory");
}
END_TEST

START_TEST(no_drm)
{
	char *dir = suite_dir(), path[200];
	int fd;

	refuse("/dev/null", -ENXIO, "not a DRM device");
	refuse("/dev/zero", -ENXIO, "not a DRM device");
	snprintf(path, sizeof(path), "%s/f", dir);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	if (strlen(path) < 64)
		refuse(path, -ENXIO, "not a DRM device");
	/* One that nobody writes to: it does not wait. */
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	if (strlen(path) < 64)
		refuse(path, -ENXIO, "not a DRM device");
	unlink(path);
	rmdir(dir);
	free(dir);
}
END_TEST

START_TEST(long_path)
{
	char path[2000];

	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	refuse(path, -ENAMETOOLONG, "");
	path[64] = '\0';
	refuse(path, -ENAMETOOLONG, "no path of a device");
	path[63] = '\0';
	refuse(path, -EISDIR, "Is a directory");
}
END_TEST

/* As a user without rights; of root's files, group 0 is called root everywhere. */
static void no_permission(mode_t mode, gid_t gid, const char *words)
{
	char path[] = "/tmp/mutsu-gpu-XXXXXX";
	const int fd = mkstemp(path);
	int status;
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchown(fd, 0, gid), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct mutsu_error err = { "" };
		struct mutsu_gpu *gpu;

		if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			_exit(2);
		if (mutsu_gpu_open(&gpu, path, &err) != -EACCES)
			_exit(3);
		_exit(strstr(err.text, words) ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	unlink(path);
	ck_assert_msg(!status, "%s: status 0x%x", words, status);
}

START_TEST(permission)
{
	no_permission(0660, 0, "for members of group 'root'; become one "
		      "(sudo usermod -a -G root USER)");
	no_permission(0660, 4123456, "for members of group 4123456, which has no name");
	no_permission(0640, 0, "its mode is 0640, and only its owner, user 0, may open it");
}
END_TEST

START_TEST(list)
{
	struct mutsu_gpu_info info[8];
	const int n = mutsu_gpu_list(info, 8);

	ck_assert_int_ge(n, 0);
	ck_assert_int_eq(mutsu_gpu_list(NULL, 0), n);
	for (int i = 0; i < n && i < 8; i++) {
		ck_assert_msg(!strncmp(info[i].path, "/dev/dri/renderD", 16), "%s", info[i].path);
		ck_assert(info[i].why[0] || info[i].generation);
	}
}
END_TEST

START_TEST(nothing)
{
	mutsu_gpu_close(NULL);
	mutsu_buffer_destroy(NULL, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *tcase = tcase_create("probe");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, no_file);
	tcase_add_test(tcase, no_drm);
	tcase_add_test(tcase, long_path);
	if (getuid())
		suite_skip("permission", "only root can become somebody else");
	else
		tcase_add_test(tcase, permission);
	tcase_add_test(tcase, list);
	tcase_add_test(tcase, nothing);
	return suite_run(suite);
}
