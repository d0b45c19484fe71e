/* SPDX-License-Identifier: MIT */
#ifndef STUB_LINUX_BUILD_BUG_H
#define STUB_LINUX_BUILD_BUG_H

#define static_assert(expr, ...) _Static_assert(expr, "" #expr)
#define BUILD_BUG_ON(expr) static_assert(!(expr))

#endif
