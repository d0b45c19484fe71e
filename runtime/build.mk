# SPDX-License-Identifier: MIT

RUNTIME_SRC := $(sort $(wildcard runtime/*.c runtime/*/*.c runtime/*/*.S))
LIB_SRC := $(COMPUTE_SRC) $(RUNTIME_SRC)

LIB_A := $(B)/lib/libmutsu.a
LIB_SO := $(B)/lib/libmutsu.so.$(VERSION)

ifeq ($(CROSS)$(SAN),)
lib: $(LIB_A) $(LIB_SO)
else
lib: $(LIB_A)
endif

$(LIB_A): $(call obj,$(LIB_SRC)) $(AGX_KERNEL_OBJ)
	$(say) AR $@
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(LIB_SO): $(call obj,$(LIB_SRC)) $(AGX_KERNEL_OBJ) runtime/libmutsu.map
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-soname,libmutsu.so.$(ABI) -Wl,--version-script=runtime/libmutsu.map \
		-Wl,--no-undefined $(KLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(PKG_LIBS) $(LIBS)
	$(Q)ln -sf libmutsu.so.$(VERSION) $(@D)/libmutsu.so.$(ABI)
	$(Q)ln -sf libmutsu.so.$(ABI) $(@D)/libmutsu.so

# drm/asahi_drm.h, which Debian 12 is too old for, unless somebody says where it is.
DRM_HEADERS ?= $(BUILD)/include
ifeq ($(origin DRM_HEADERS),file)
$(DRM_HEADERS)/drm/asahi_drm.h: packaging/drm-headers.sh
	$(Q)packaging/drm-headers.sh $(@D:/drm=)
	@touch $@
endif

# The only files that know the kernel's interface.
DRM_SRC := $(sort $(wildcard runtime/drm/*.c))
$(B)/obj/runtime/drm/%.o $(B)/fuzz/obj/runtime/drm/%.o: ISA_FLAGS = -idirafter $(DRM_HEADERS)
$(call obj,$(DRM_SRC)) $(DRM_SRC:%.c=$(B)/fuzz/obj/%.o): | $(DRM_HEADERS)/drm/asahi_drm.h

# .incbin is not something -MMD sees.
$(B)/obj/runtime/default_model/default_model.o: $(wildcard runtime/default_model/*.gguf)
