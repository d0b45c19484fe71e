// SPDX-License-Identifier: MIT
#include "module.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE 20000		/* ms */

static const char *const params[] = {
	"chip", "cores", "slots", "timeout_ms", "max_steps", "arena_mib", "memory_percent",
	"soft_faults", "render",
};

void ut_needs_module(void)
{
	const char *ko = getenv("KO");

	if (!ko || access(ko, R_OK))
		ut_skip("KO does not name the module's file");
	close(ut_open());
}

const char *ut_module_args(void)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		const char *value = ut_param(params[i]);

		if (value)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%s ", params[i],
					      value);
	}
	return text;
}

int ut_load(const char *args)
{
	int fd = open(getenv("KO"), O_RDONLY | O_CLOEXEC);
	int ret = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;

	close(fd);
	return ret;
}

int ut_try_unload(void)
{
	return syscall(SYS_delete_module, UT_MODULE, O_NONBLOCK) ? -errno : 0;
}

void ut_unload(void)
{
	u64 start = ut_now();
	int ret;

	while ((ret = ut_try_unload()) == -EWOULDBLOCK && ut_now() - start < PATIENCE * 1000000ull)
		ut_sleep_ms(10);
	ut_ok(ret);
}

bool ut_bind_driver(const char *what)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/" UT_MODULE "/%s", what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		ut_skip("no %s", path);
	ret = (int)write(fd, UT_MODULE, strlen(UT_MODULE));
	close(fd);
	return ret == (int)strlen(UT_MODULE);
}
