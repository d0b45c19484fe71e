/* SPDX-License-Identifier: MIT */
/*
 * The tests of the device: each opens what it needs, and fails by fail().
 */
#ifndef TESTS_VULKAN_TESTS_H
#define TESTS_VULKAN_TESTS_H

/* The shader NAME of tests/mesa, launched as its //RUN: says. */
void test_shader(const char *name);

void test_device(void);
void test_copies(void);
void test_pipelines(void);
void test_bounds(void);
void test_timestamps(void);
void test_fault(void);

void test_semaphores(void);
void test_timeline(void);
void test_in_flight(void);
void test_sync_file(void);

void test_memory(void);
void test_shared(void);
void test_processes(void);
void test_killed(void);

#endif
