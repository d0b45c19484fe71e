# SPDX-License-Identifier: MIT
#
# The kernel module: check-kmod is its source as the kernel's tools see it, check-vm its
# programs on Debian's kernels, check-uml and check-vm-debug on kernels full of checks.  Each
# program gets a machine of its own, whose kernel log is part of its result.

VM_FLAVOURS ?= amd64 arm64 arm64-16k
export VM_CACHE BUILD

# A command on a machine, with seconds that it may take.
VM_RUN = tests/vm/run.sh -m vgem -t $(2) $(3) $(1)
# Where the programs for a flavour are, and a make that makes them.
VM_ARCH = $(if $(filter arm64%,$(1)),arm64,x86_64)
VM_B = $(BUILD)$(if $(filter $(call VM_ARCH,$(1)),$(HOST_ARCH)),,/$(call VM_ARCH,$(1)))
# A minute of the fuzzer first, beside which the others run.
VM_PROGRAMS = $(patsubst %.c,$(call VM_B,$(1))/%,tests/uapi/fuzz_ioctl.c \
	$(sort $(wildcard tests/uapi/test_*.c)))
VM_BUILD = $(RUNNER) -p $(PART)-$(1) -l 1800 -s build-kmod $(SUBMAKE) kmod-$(1); \
	$(RUNNER) -p $(PART)-$(1) -l 1200 -s build $(MAKE) --no-print-directory \
		ARCH=$(call VM_ARCH,$(1)) uapi-tests

define vm_uapi
	$(call VM_BUILD,$(1)); \
	TESTS_ROOT=$(call VM_B,$(1))/ $(RUNNER) -p $(PART)-$(1) -l 400 -w '$(call VM_RUN,$(1),360)' \
		$(call VM_PROGRAMS,$(1));
endef

part-kmod:
	+@$(foreach flavour,$(KMOD_FLAVOURS),$(RUNNER) -l 1800 -s build-$(flavour) \
		$(SUBMAKE) kmod-$(flavour);)
	@MAKEFLAGS= $(RUNNER) -l 900 $(sort $(wildcard tests/kmod/test_*.sh))

part-vm:
	+@$(foreach flavour,$(VM_FLAVOURS),$(call vm_uapi,$(flavour)))
	+@$(RUNNER) -l 1200 -s build-vulkan $(SUBMAKE) vulkan-tests
	@$(foreach flavour,$(VM_FLAVOURS),$(RUNNER) -p $(PART)-$(flavour) -l 600 -W \
		'tests/vm/run.sh -M 2048 -t 580 -r $(VM_CACHE)/mesa-$(flavour:-16k=) $(flavour)' \
		tests/vm/mesa.sh;)

define vm_kunit
	$(RUNNER) -p $(PART)-$(1) -l 300 -W '$(call VM_RUN,$(1),280,-a kunit.enable=1 -a kunit.autorun=1)' tests/vm/kunit.sh;
endef
part-uml:
	+@$(call vm_uapi,um)
	@$(call vm_kunit,um)

part-vm-debug: part-uml
	+@$(call vm_uapi,arm64-16k-debug)
	@$(call vm_kunit,arm64-16k-debug)

# What a submission costs beside a round trip of DRM's own.
bench-latency:
	+@$(SUBMAKE) kmod-$(BENCH_FLAVOUR)
	+@$(MAKE) --no-print-directory ARCH=$(call VM_ARCH,$(BENCH_FLAVOUR)) uapi-tests
	@$(call VM_RUN,$(BENCH_FLAVOUR),200) $(call VM_B,$(BENCH_FLAVOUR))/tests/uapi/bench_latency
BENCH_FLAVOUR ?= amd64

.PHONY: bench-latency
