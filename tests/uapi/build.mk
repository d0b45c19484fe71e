# SPDX-License-Identifier: MIT
#
# Programs that run in a virtual machine, on the kernel module: static, and with
# nothing but the C library, xz's, the instruction set and the assembler.

UAPI_SRC := $(sort $(wildcard tests/uapi/*.c))
UAPI_MAIN := $(filter tests/uapi/test_% tests/uapi/bench_%,$(UAPI_SRC))
UAPI_FUZZ := $(filter tests/uapi/fuzz_%,$(UAPI_SRC))
UAPI_LIB := $(filter-out $(UAPI_MAIN) $(UAPI_FUZZ),$(UAPI_SRC))
UAPI_BIN := $(UAPI_MAIN:%.c=$(B)/%) $(B)/tests/uapi/fuzz_ioctl
TEST_SRC += $(UAPI_SRC)

$(B)/obj/tests/uapi/%.o: ISA_FLAGS = -idirafter $(UAPI_HEADERS)
$(call obj,$(UAPI_SRC)): | uapi-headers

$(B)/tests/uapi/fuzz_ioctl: $(call obj,$(UAPI_FUZZ) tests/lib/agx_machine.c)

$(UAPI_BIN): $(B)/%: $(B)/obj/%.o $(call obj,$(UAPI_LIB)) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -static $(KLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(if $(CROSS),-L$(SYSROOT)/usr/lib/$(TRIPLET)) -llzma $(LIBS)

uapi-tests: $(UAPI_BIN)
.PHONY: uapi-tests
