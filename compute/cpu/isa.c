// SPDX-License-Identifier: MIT
/*
 * What this CPU can run.  On arm64 that is what the kernel says (it may hide
 * what the hardware has); on x86-64 the NEON sources are built for Haswell, and
 * SIMDe makes all of NEON out of that, dot products and matrix products
 * included.
 */
#include "compute/kernels.h"

#if defined(__aarch64__)

#include <sys/auxv.h>

/* Kernel ABI (asm/hwcap.h), which older C libraries do not name. */
#define HAS_ASIMD	(1UL << 1)	/* AT_HWCAP */
#define HAS_ASIMDDP	(1UL << 20)	/* AT_HWCAP */
#define HAS_I8MM	(1UL << 13)	/* AT_HWCAP2 */

unsigned int mutsu_isa_detect(void)
{
	unsigned long hwcap = getauxval(AT_HWCAP);
	unsigned int isa = 0;

	if (hwcap & HAS_ASIMD)
		isa |= MUTSU_ISA_NEON;
	if (hwcap & HAS_ASIMDDP)
		isa |= MUTSU_ISA_DOTPROD;
	/* The i8mm kernels are built with dot products allowed. */
	if ((hwcap & HAS_ASIMDDP) && (getauxval(AT_HWCAP2) & HAS_I8MM))
		isa |= MUTSU_ISA_I8MM;
	return isa;
}

#elif defined(__x86_64__)

#include <cpuid.h>

/* clang 14 does not know f16c by name. */
static bool has_f16c(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

unsigned int mutsu_isa_detect(void)
{
	/* Haswell, as far as compilers use it; this also asks the OS for AVX. */
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && has_f16c())
		return MUTSU_ISA_ALL;
	return 0;
}

#else

unsigned int mutsu_isa_detect(void)
{
	return 0;
}

#endif
