/* SPDX-License-Identifier: MIT */
#ifndef STUB_ASM_BARRIER_H
#define STUB_ASM_BARRIER_H

#define smp_mb() __sync_synchronize()

#endif
