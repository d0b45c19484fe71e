# SPDX-License-Identifier: MIT
# test_*.c need no device.  gpu_*.c use one: static programs as those of tests/uapi, which run
# in virtual machines.

DRM_TEST_SRC := $(sort $(wildcard tests/drm/*.c))
DRM_MAIN := $(filter tests/drm/gpu_%,$(DRM_TEST_SRC))
DRM_LIB := $(filter-out tests/drm/gpu_% tests/drm/test_%,$(DRM_TEST_SRC))
DRM_LIB += $(addprefix tests/uapi/,debug.c gpu.c module.c uapi.c uapi_sync.c ut.c)
DRM_BIN := $(DRM_MAIN:%.c=$(B)/%)
TEST_SRC += $(DRM_TEST_SRC)

$(B)/obj/tests/drm/%.o: ISA_FLAGS = -idirafter $(DRM_HEADERS)
$(call obj,$(DRM_TEST_SRC)): | $(DRM_HEADERS)/drm/asahi_drm.h

$(DRM_BIN): $(B)/%: $(B)/obj/%.o $(call obj,$(DRM_LIB)) $(LIB_A) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -static $(KLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(PKG_LIBS) -llzma $(LIBS)

uapi-tests: $(DRM_BIN)
