/* SPDX-License-Identifier: MIT */
/* Unloading the module and loading it again: $KO is its file. */
#ifndef TESTS_UAPI_MODULE_H
#define TESTS_UAPI_MODULE_H

#include "uapi.h"

#define UT_MODULE "agx_compute"

/* Tells the driver to "bind" or "unbind" the device, in sysfs; false where it refuses. */
bool ut_bind_driver(const char *what);

/* Skips the test where that cannot be done. */
void ut_needs_module(void);

/* Its parameters as they are, for loading; until the next call. */
const char *ut_module_args(void);

/* 0 or a negative errno. */
int ut_load(const char *args);
int ut_try_unload(void);

/* Waits until the last client's things are gone; ends the test where they never are. */
void ut_unload(void);

#endif
