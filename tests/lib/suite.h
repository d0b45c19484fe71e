/* SPDX-License-Identifier: MIT */
/*
 * What every test program shares: TAP on stdout, skips that say what is
 * missing, buffers that end at an unreadable page, random numbers by seed.
 */
#ifndef TESTS_LIB_SUITE_H
#define TESTS_LIB_SUITE_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* Runs the suite, prints TAP, frees it; returns main()'s exit status (0 or 1). */
int suite_run(Suite *suite);

/* Reported by suite_run() as "ok - NAME # SKIP WHY"; both are kept by pointer. */
void suite_skip(const char *name, const char *why);

/*
 * Path of a file of the shared test data, malloc'ed, or NULL with a skip noted
 * under name where MUTSU_MODELS is not set or the file is not there.
 */
char *suite_data(const char *name, const char *file);

/* A new, empty folder in TMPDIR: its path, malloc'ed.  The caller removes it. */
char *suite_dir(void);

/*
 * size bytes, zeroed, that end exactly at an unreadable page (so alignment is
 * that of size); freed when the test's process ends.
 */
void *kt_buf(size_t size);

/* xorshift64*, seeded from KT_SEED or a constant; print it when a test fails. */
extern uint64_t kt_seed;
uint64_t kt_random(void);
/* Uniform in [lo, hi). */
float kt_uniform(float lo, float hi);
/* Uniform in [0, n). */
uint32_t kt_below(uint32_t n);

#endif
