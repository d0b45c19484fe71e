/* SPDX-License-Identifier: MIT */
/*
 * The one file that knows for which side compute/isa/ is built, the C library or
 * the kernel.  Everything else in this folder uses what it brings and no more.
 */
#ifndef COMPUTE_ISA_AGX_PORT_H
#define COMPUTE_ISA_AGX_PORT_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/* For structures that live as long as a submit or longer; never in a fence's path. */
#define agx_alloc(size) kvzalloc(size, GFP_KERNEL)
#define agx_free(ptr) kvfree(ptr)
#else
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define fallthrough __attribute__((fallthrough))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

/* Zeroed; NULL without memory. */
#define agx_alloc(size) calloc(1, size)
#define agx_free(ptr) free(ptr)
#endif

#define AGX_ALIGNED(n) __attribute__((aligned(n)))

#endif
