/* SPDX-License-Identifier: MIT */
/* What the module adds to the hardware's UAPI, debugfs, fdinfo and tracepoints. */
#ifndef TESTS_UAPI_DEBUG_H
#define TESTS_UAPI_DEBUG_H

#include "gpu.h"
#include "uapi/drm/agx_compute_drm.h"

/* As much of it as size says; 0 and the kernel's size, or a negative errno. */
int ut_info(int fd, void *info, u64 *size);
int ut_counters(int fd, u32 queue, u32 flags, void *values, u64 *size);
int ut_fault(int fd, u32 vm, void *fault, u64 *size);
/* -1: not any more. */
int ut_capture(int fd, u32 queue, int to, u64 offset);

/* All of one; they end the test where they fail. */
void ut_get_info(int fd, struct drm_agxc_info *info);
void ut_get_counters(int fd, u32 queue, u64 values[DRM_AGXC_COUNTERS]);
void ut_get_fault(int fd, u32 vm, struct drm_agxc_fault *fault);

/* Path of a file in the device's folder of debugfs, until the next call. */
const char *ut_debugfs(const char *name);

/* Failures on request: a file of debugfs' inject/; skips the test where there is none. */
u64 ut_inject_get(const char *name);
void ut_inject_set(const char *name, u64 value);

/* All of a file, malloc'ed, with a 0 behind it; NULL without the file. */
char *ut_read_all(const char *path);
/* Of one in debugfs, which must be there, else the test is skipped. */
char *ut_read_debugfs(const char *name);

/* A value of fdinfo as it stands there, malloc'ed; NULL: there is no such key. */
char *ut_fdinfo(int fd, const char *key);
/* A number in ns or bytes, whatever the unit. */
u64 ut_fdinfo_number(int fd, const char *key);

/* Switches the module's tracepoints; they are off when the test has ended. */
void ut_trace(bool on);
/* All events since, malloc'ed text. */
char *ut_traced(void);

#endif
