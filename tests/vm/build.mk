# SPDX-License-Identifier: MIT
#
# The kernel module: check-kmod is its source as the kernel's tools see it, check-vm its
# programs on Debian's kernels, check-uml and check-vm-debug on kernels full of checks.  Each
# program gets a machine of its own, whose kernel log is part of its result.

KMOD_TESTS := $(sort $(wildcard tests/kmod/test_*.sh))

# By Debian's names of architectures, as kernels are: where programs for one are built.
VM_MAKE_amd64 := $(if $(filter x86_64,$(HOST_ARCH)),,ARCH=x86_64)
VM_MAKE_arm64 := $(if $(filter arm64,$(HOST_ARCH)),,ARCH=arm64)
# Those that use the device: tests/uapi and tests/drm.
vm_programs = $(patsubst $(B)/%,$(BUILD)$(patsubst ARCH=%,/%,$(VM_MAKE_$(1)))/%,$(UAPI_BIN) $(DRM_BIN))

VM_ENV = BUILD=$(BUILD) VM_CACHE=$(VM_CACHE) MAKEFLAGS=
vm_build = $(RUNNER) -l 1200 -s build-$(1) $(SUBMAKE) $(2)
vm_check = $(VM_ENV) RESULTS=$(RESULTS) T='$(T)' tests/vm/check.sh $(1) $(2) $(call vm_programs,$(3))
# What cannot be had here is skipped, for the reason in the last line.
with_kernels = $(VM_ENV) $(RUNNER) -l 2400 -s build-kernels packaging/kernels.sh $(VM_CACHE) $(1); \
	if [ "$$(cut -f 1 $(RESULTS)/$(PART)/build-kernels.results)" = ok ]; then $(2); fi

part-kmod:
	+@$(call with_kernels,tools source sparse headers-7.3, \
		$(foreach flavour,$(KMOD_FLAVOURS),$(call vm_build,$(flavour),kmod-$(flavour));) \
		$(VM_ENV) $(RUNNER) -l 600 $(KMOD_TESTS))

VM_FLAVOURS ?= arm64 arm64-16k amd64
VM_ARCHS = $(sort $(VM_FLAVOURS:-16k=))
part-vm:
	+@$(call with_kernels,$(VM_FLAVOURS) $(VM_ARCHS:%=guest-%), \
		$(foreach flavour,$(VM_FLAVOURS),$(call vm_build,$(flavour),kmod-$(flavour));) \
		$(foreach arch,$(VM_ARCHS),$(call vm_build,programs-$(arch),$(VM_MAKE_$(arch)) \
			uapi-tests infer-tests vulkan-tests-$(arch));) \
		$(foreach flavour,$(VM_FLAVOURS), \
			$(call vm_check,vm-$(flavour),$(flavour),$(flavour:-16k=));) :)

# Built in some minutes, boots in a second.
part-uml:
	+@$(if $(filter x86_64,$(HOST_ARCH)),$(call with_kernels,um guest-amd64, \
		$(call vm_build,kmod,kmod-um); \
		$(call vm_build,programs,uapi-tests infer-tests vulkan-tests-amd64); \
		$(call vm_check,uml,um,amd64)), \
		$(call skip_step,uml,User Mode Linux needs x86-64))

part-vm-debug: part-uml
	+@$(call with_kernels,arm64-16k-debug guest-arm64, \
		$(call vm_build,kmod,kmod-arm64-16k-debug); \
		$(call vm_build,programs,$(VM_MAKE_arm64) uapi-tests infer-tests vulkan-tests-arm64); \
		$(call vm_check,vm-debug,arm64-16k-debug,arm64))

# The library's users in a virtual machine: static, as the machine has few libraries.
INFER_BIN := $(B)/tests/vm/mutsu $(B)/tests/vm/test_golden
infer-tests: $(INFER_BIN)

$(B)/tests/vm/mutsu: $(call obj,$(MUTSU_SRC)) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -static $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -ljansson $(LIBS)

$(B)/tests/vm/test_golden: $(call obj,tests/model/test_golden.c $(TEST_LIB_SRC)) $(LIB_A) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -static $(KLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(PKG_LIBS) -lcheck -lsubunit -lrt -llzma -ljansson $(LIBS)
.PHONY: infer-tests

# What a submission costs beside a round trip of DRM's own.
BENCH_FLAVOUR ?= amd64
bench-latency:
	+@$(SUBMAKE) kmod-$(BENCH_FLAVOUR)
	+@$(SUBMAKE) $(VM_MAKE_$(BENCH_FLAVOUR:-16k=)) uapi-tests
	@$(VM_ENV) tests/vm/run.sh -m vgem $(BENCH_FLAVOUR) \
		$(filter %/bench_latency,$(call vm_programs,$(BENCH_FLAVOUR:-16k=)))

.PHONY: bench-latency
