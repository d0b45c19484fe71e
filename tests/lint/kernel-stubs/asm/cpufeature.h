/* SPDX-License-Identifier: MIT */
#ifndef STUB_ASM_CPUFEATURE_H
#define STUB_ASM_CPUFEATURE_H

#define X86_FEATURE_AVX2 0
#define X86_FEATURE_FMA 1
#define X86_FEATURE_F16C 2
_Bool boot_cpu_has(int feature);

#endif
