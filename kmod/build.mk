# SPDX-License-Identifier: MIT
# agx_compute.ko.  Kbuild says what it is made of; here is for which kernels.

# Linux 7.2 of Debian: what these need is fetched into VM_CACHE once.
KMOD_FLAVOURS := amd64 arm64 arm64-16k
VM_CACHE ?= $(BUILD)/vm

# Or any kernel of this machine: make kmod KDIR=/lib/modules/$(uname -r)/build
KDIR ?=
MO ?= $(BUILD)/kmod
KBUILD_KDIR = $(MAKE) -C $(KDIR) M=$(CURDIR) MO=$(abspath $(MO))

ifneq ($(KDIR),)
kmod:
	@mkdir -p $(MO)
	+$(KBUILD_KDIR) modules

kmod-install:
	+$(KBUILD_KDIR) modules_install
else
kmod: $(KMOD_FLAVOURS:%=kmod-%)

kmod-install:
	@echo "make kmod-install KDIR=/lib/modules/$$(uname -r)/build"; exit 2
endif

# Kernels full of checks are built from source first.
$(KMOD_FLAVOURS:%=kmod-%) kmod-um kmod-arm64-16k-debug: kmod-%: FORCE
	$(say) KMOD $(BUILD)/kmod/$*
	$(Q)BUILD=$(BUILD) VM_CACHE=$(VM_CACHE) kmod/kbuild.sh $* $(if $(filter 1,$(V)),V=1)

# For programs: DRM's headers of that kernel, where the system's are older or none.
UAPI_HEADERS ?= $(VM_CACHE)/include
uapi-headers: $(VM_CACHE)/include/.complete
$(VM_CACHE)/include/.complete: packaging/kernels.sh
	$(Q)packaging/kernels.sh $(VM_CACHE) include
	@touch $@

.PHONY: kmod kmod-install uapi-headers
