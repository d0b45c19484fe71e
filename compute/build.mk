# SPDX-License-Identifier: MIT
# Files named *_<isa>.c get that instruction set; the rest is for any CPU.

COMPUTE_SRC := $(sort $(wildcard compute/*.c compute/ref/*.c compute/cpu/*.c))

# Elsewhere the reference runs alone (compute/kernels.c).
ifneq ($(filter arm64 x86_64,$(ARCH)),)
COMPUTE_SRC += $(sort $(wildcard compute/cpu/neon/*.c))
endif

ifeq ($(ARCH),arm64)
ISA_neon := -march=armv8-a
ISA_dotprod := -march=armv8.2-a+dotprod
ISA_i8mm := -march=armv8.2-a+dotprod+i8mm
else
# NEON sources run through SIMDe, which needs FMA to mean what NEON means.
ISA_neon := -march=haswell
ISA_dotprod := $(ISA_neon)
ISA_i8mm := $(ISA_neon)
endif

$(B)/obj/compute/cpu/neon/%_neon.o: ISA_FLAGS = $(ISA_neon)
$(B)/obj/compute/cpu/neon/%_dotprod.o: ISA_FLAGS = $(ISA_dotprod)
$(B)/obj/compute/cpu/neon/%_i8mm.o: ISA_FLAGS = $(ISA_i8mm)
