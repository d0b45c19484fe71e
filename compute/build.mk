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

# Kernels for the AGX: assembled by agx-as, one object each.  What builds launches of the
# instruction set's library is part of libmutsu.
AGX_KERNELS := $(sort $(wildcard compute/agx/*.agx))
AGX_KERNEL_OBJ := $(AGX_KERNELS:%.agx=$(B)/obj/%.agx.o)
COMPUTE_SRC += $(sort $(wildcard compute/agx/*.c)) $(patsubst %,compute/isa/agx_%.c,bits cdm kernel packet usc)

# The assembler runs on the machine that builds.
ifeq ($(CROSS)$(SAN),)
AGX_AS := $(B)/bin/agx-as
else
AGX_AS := $(BUILD)/bin/agx-as
$(AGX_AS): FORCE
	+@$(MAKE) --no-print-directory ARCH=$(HOST_ARCH) CC=gcc SAN= B=$(BUILD) $@
endif

$(B)/gen/%.c: %.agx $(AGX_AS)
	$(say) AGX-AS $<
	@mkdir -p $(@D)
	$(Q)$(AGX_AS) -W error -f c -o $@ -d $@.d $<

$(B)/obj/%.agx.o: $(B)/gen/%.c $(B)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(WARN) $(CFLAGS) -c -o $@ $<

.SECONDARY: $(AGX_KERNELS:%.agx=$(B)/gen/%.c)
-include $(AGX_KERNELS:%.agx=$(B)/gen/%.c.d)

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
