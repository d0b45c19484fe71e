/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What changed between Linux 6.18 and 7.3, under the newer name.
 */
#ifndef AGXC_COMPAT_H
#define AGXC_COMPAT_H

#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
/* 7.0 renamed it, and warns of a mode that no VM here is in. */
#define drm_gpuvm_bo_obtain_locked(vm, obj) drm_gpuvm_bo_obtain(vm, obj)
/* Buffers of several MiB were not aligned for huge pages. */
#define drm_gem_get_unmapped_area NULL
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
/* Every buffer has the list that it asked for. */
#define DRIVER_GEM_GPUVA 0
#endif

/* Of 7.0; others may have taken it over. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp) kzalloc(sizeof(obj), gfp)
#endif

#endif
