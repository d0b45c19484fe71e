/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail when a test says so, and are counted.  Include it in one
 * file of a program only.  It replaces malloc(), which only a dynamically linked
 * glibc program without sanitizers can do: elsewhere CAN_FAIL_MALLOC is 0.
 */
#ifndef TESTS_LIB_FAILING_MALLOC_H
#define TESTS_LIB_FAILING_MALLOC_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#define FM_HAS(feature) __has_feature(feature)
#else
#define FM_HAS(feature) 0
#endif
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
	!FM_HAS(address_sanitizer) && !FM_HAS(thread_sanitizer) && !FM_HAS(memory_sanitizer)
#define CAN_FAIL_MALLOC 1
#else
#define CAN_FAIL_MALLOC 0
#endif

#if CAN_FAIL_MALLOC

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

/* Libraries' own calls come here, too. */
#define FM_EXPORTED __attribute__((visibility("default")))

static long fm_left = -1;	/* allocations that succeed; -1: all */
static long fm_live;		/* not yet freed */

static bool fm_refuse(void)
{
	if (fm_left < 0)
		return false;
	if (!fm_left) {
		errno = ENOMEM;
		return true;
	}
	fm_left--;
	return false;
}

FM_EXPORTED void *malloc(size_t size)
{
	void *p = fm_refuse() ? NULL : __libc_malloc(size);

	fm_live += p != NULL;
	return p;
}

FM_EXPORTED void *calloc(size_t n, size_t size)
{
	void *p = fm_refuse() ? NULL : __libc_calloc(n, size);

	fm_live += p != NULL;
	return p;
}

FM_EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
	void *p = fm_refuse() ? NULL : __libc_memalign(alignment, size);

	fm_live += p != NULL;
	return p;
}

FM_EXPORTED void *realloc(void *old, size_t size)
{
	void *p = fm_refuse() ? NULL : __libc_realloc(old, size);

	fm_live += p && !old;
	return p;
}

FM_EXPORTED void free(void *p)
{
	fm_live -= p != NULL;
	__libc_free(p);
}

/* What a call returned and said whose allocation n failed; before is fm_live at its start. */
static inline void fm_check_refusal(int64_t ret, const char *text, long before, long n)
{
	long kept = fm_live - before;

	ck_assert_msg(ret == -ENOMEM, "%lld without allocation %ld", (long long)ret, n);
	ck_assert_msg(strstr(text, "memory"), "'%s' without allocation %ld", text, n);
	ck_assert_msg(!kept, "%ld kept without allocation %ld", kept, n);
}

#endif
#endif
