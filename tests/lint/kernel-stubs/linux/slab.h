/* SPDX-License-Identifier: MIT */
#ifndef STUB_LINUX_SLAB_H
#define STUB_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL 0xcc0u
void *kvzalloc(size_t size, unsigned int flags);
void kvfree(const void *p);

#endif
