# SPDX-License-Identifier: MIT
# A Vulkan program and its shaders, for machines whose GPU is the kernel module.  Both
# and the driver come from Debian sid, unpacked below $(VM_CACHE).

VULKAN_ARCHS := amd64 arm64
VULKAN_SRC := $(sort $(wildcard tests/vulkan/*.c)) tests/mesa/programs.c
VULKAN_COMP := $(sort $(wildcard tests/mesa/*.comp tests/vulkan/*.comp))
VULKAN_DIR := $(BUILD)/vulkan

VULKAN_PACKAGES := mesa-vulkan-drivers vulkan-tools libvulkan-dev glslang-tools
# Not built for others.
VULKAN_PACKAGES_amd64 := igt-gpu-tools-tests
VULKAN_CC_$(HOST_ARCH:x86_64=amd64) := gcc
VULKAN_CC_amd64 ?= x86_64-linux-gnu-gcc
VULKAN_CC_arm64 ?= aarch64-linux-gnu-gcc

vulkan-tests: $(VULKAN_ARCHS:%=vulkan-tests-%)

# Of both sorts of shaders; their //RUN: lines are read by the program.
$(VULKAN_DIR)/shaders/.done: tests/vulkan/shaders.sh $(VULKAN_COMP)
	$(say) GLSL $(@D)
	@mkdir -p $(@D)
	$(Q)packaging/chroot.sh $(VM_CACHE)/mesa-$(HOST_ARCH:x86_64=amd64) \
		$< $(@D) $(VULKAN_COMP)
	@touch $@

# The library is newer than the C library here.
define vulkan_rules
vulkan-tree-$(1):
	$$(Q)packaging/unpack.sh -e $(1) sid $(VM_CACHE)/mesa-$(1) \
		$$(VULKAN_PACKAGES) $$(VULKAN_PACKAGES_$(1))

$(VULKAN_DIR)/$(1)/vulkan: $$(VULKAN_SRC) $$(wildcard tests/vulkan/*.h) | vulkan-tree-$(1)
	$$(say) CC $$@
	@mkdir -p $$(@D)
	$$(Q)$$(VULKAN_CC_$(1)) $$(KFLAGS) $$(WARN) -O2 -g -isystem $(VM_CACHE)/mesa-$(1)/usr/include \
		-o $$@ $$(VULKAN_SRC) $(VM_CACHE)/mesa-$(1)/usr/lib/*/libvulkan.so.1 \
		-Wl,--unresolved-symbols=ignore-in-shared-libs $$(LIBS)

vulkan-tests-$(1): $(VULKAN_DIR)/$(1)/vulkan $(VULKAN_DIR)/shaders/.done
.PHONY: vulkan-tree-$(1) vulkan-tests-$(1)
endef
$(foreach arch,$(VULKAN_ARCHS),$(eval $(call vulkan_rules,$(arch))))
$(VULKAN_DIR)/shaders/.done: | vulkan-tree-$(HOST_ARCH:x86_64=amd64)

.PHONY: vulkan-tests
