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

# The AGX instruction set: a library of its own, for the tools and the tests (and,
# from the same files, for the kernel).
ISA_SRC := $(sort $(wildcard compute/isa/*.c))
ifneq ($(ARCH),x86_64)
ISA_SRC := $(filter-out %_avx2.c,$(ISA_SRC))
endif
ISA_A := $(B)/lib/libagx.a

# Loops over 32 lanes are what the vectoriser is for.
ISA_avx2 := -mavx2 -mfma -mf16c
$(B)/obj/compute/isa/agx_exec%.o: ISA_FLAGS = $(ISA_exec)
$(B)/obj/compute/isa/agx_exec%_avx2.o: ISA_FLAGS = $(ISA_exec) $(ISA_avx2)
ISA_exec := $(if $(SAN),,-O3)

$(ISA_A): $(call obj,$(ISA_SRC))
	$(say) AR $@
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) crs $@ $^
