/* SPDX-License-Identifier: MIT */
/*
 * The one file that knows for which side compute/isa/ is built, the C library or
 * the kernel.  Everything else in this folder uses what it brings and no more.
 */
#ifndef COMPUTE_ISA_AGX_PORT_H
#define COMPUTE_ISA_AGX_PORT_H

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/* For what lives long; never in a fence's path, where pools are for. */
#define agx_alloc(size) kvzalloc(size, GFP_KERNEL)
#define agx_free(ptr) kvfree(ptr)
/* Whether files compiled for AVX2, FMA and F16C may run; the caller has begun FPU use. */
#ifdef CONFIG_X86_64
#include <asm/cpufeature.h>
#define agx_has_avx2() (boot_cpu_has(X86_FEATURE_AVX2) && boot_cpu_has(X86_FEATURE_FMA) && \
			boot_cpu_has(X86_FEATURE_F16C))
#else
#define agx_has_avx2() false
#endif
#define agx_memory_fence() smp_mb()
#define agx_popcount(word) hweight32(word)
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
#define agx_popcount(word) ((u32)__builtin_popcount(word))

#ifdef __x86_64__
/* Every CPU with AVX2 and FMA has F16C. */
#define agx_has_avx2() (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#else
#define agx_has_avx2() false
#endif

/* The thread sanitizer knows no fences; atomics order what it looks at. */
#ifdef __SANITIZE_THREAD__
#define agx_memory_fence() ((void)0)
#else
#define agx_memory_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#endif

#define AGX_ALIGNED(n) __attribute__((aligned(n)))

/*
 * Memory for what is needed to execute: decoded programs, stacks.  alloc() returns it
 * 64-byte aligned, whatever is in it, or NULL.  Where a pool may be given, NULL is the
 * heap.
 */
struct agx_pool {
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *ptr);
	void *ctx;
};

static inline void *agx_pool_alloc(const struct agx_pool *pool, size_t size)
{
	return pool ? pool->alloc(pool->ctx, size) : agx_alloc(size);
}

static inline void agx_pool_free(const struct agx_pool *pool, void *ptr)
{
	if (pool && ptr)
		pool->free(pool->ctx, ptr);
	else if (!pool)
		agx_free(ptr);
}

/*
 * Round to nearest even, nothing flushed, no traps; agx_float_end() gets what was
 * there before.  On x86 kernel_fpu_begin() has seen to it.
 */
static inline unsigned int agx_float_begin(void)
{
#if defined(__x86_64__) && !defined(__KERNEL__)
	unsigned int saved = __builtin_ia32_stmxcsr();

	if ((saved & ~0x3fu) != 0x1f80)
		__builtin_ia32_ldmxcsr(0x1f80);
	return saved;
#elif defined(__aarch64__)
	u64 saved;

	__asm__ volatile("mrs %0, fpcr" : "=r"(saved));
	if (saved)
		__asm__ volatile("msr fpcr, %0" : : "r"((u64)0));
	return (unsigned int)saved;
#else
	return 0;
#endif
}

static inline void agx_float_end(unsigned int saved)
{
#if defined(__x86_64__) && !defined(__KERNEL__)
	if ((saved & ~0x3fu) != 0x1f80)
		__builtin_ia32_ldmxcsr(saved);
#elif defined(__aarch64__)
	if (saved)
		__asm__ volatile("msr fpcr, %0" : : "r"((u64)saved));
#else
	(void)saved;
#endif
}

#endif
