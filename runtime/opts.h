/* SPDX-License-Identifier: MIT */
/* Option structs, which start with a size_t size and grow at the end. */
#ifndef RUNTIME_OPTS_H
#define RUNTIME_OPTS_H

#include "runtime/include/mutsu/mutsu.h"

/*
 * src, a caller's option struct, into the library's own of dst_size bytes:
 * fields that a caller built with an older header does not have become 0, the
 * default, and src may be NULL for defaults alone.  dst's size is dst_size
 * after.  what names the struct: "mutsu_model_opts".
 * -EINVAL: size is not set or absurd, or a field is in use that this library
 * does not know; dst is as it was.
 */
int mutsu_opts_copy(void *dst, size_t dst_size, const void *src,
		    struct mutsu_error *err, const char *what);

#endif
