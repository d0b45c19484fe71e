// SPDX-License-Identifier: MIT
/*
 * Reads option structs of callers that were built with an older or a newer
 * header than the library.  What is newer must be zero: a default that the
 * library cannot apply is no loss, a wish that it would ignore is one.
 */
#include "opts.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

/* No option struct will ever get there: it was not initialised. */
#define OPTS_SIZE_MAX 4096

static bool is_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

int mutsu_opts_copy(void *dst, size_t dst_size, const void *src,
		    struct mutsu_error *err, const char *what)
{
	size_t size = 0;

	if (src) {
		memcpy(&size, src, sizeof(size));
		if (size < sizeof(size) || size > OPTS_SIZE_MAX)
			return mutsu_fail(err, -EINVAL,
					  "struct %s: size is %zu; set it to sizeof(struct %s)",
					  what, size, what);
		if (size > dst_size && !is_zero((const char *)src + dst_size, size - dst_size))
			return mutsu_fail(err, -EINVAL,
					  "struct %s: an option is set that libmutsu " MUTSU_VERSION
					  " does not have (%zu bytes are known, %zu were given); "
					  "update libmutsu", what, dst_size, size);
	}

	memset(dst, 0, dst_size);
	if (src)
		memcpy(dst, src, size < dst_size ? size : dst_size);
	memcpy(dst, &dst_size, sizeof(dst_size));
	return 0;
}
