# SPDX-License-Identifier: MIT
# agx_compute.ko.  Kbuild says what it is made of; here is for which kernels.

# Linux 7.2 of Debian: what these need is fetched into VM_CACHE once.
KMOD_FLAVOURS := amd64 arm64 arm64-16k
VM_CACHE ?= $(BUILD)/vm
DKMS_SRC := Kbuild $(sort $(wildcard kmod/*.[ch] uapi/drm/*.h compute/isa/*.[ch]))

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

# For DKMS, which builds it again for each new kernel.
DKMS_DIR := /usr/src/agx-compute-$(VERSION)
dkms:
	for file in $(DKMS_SRC) LICENSES/GPL-2.0-only.txt LICENSES/MIT.txt; do \
		$(INSTALL) -D -m 644 $$file $(DESTDIR)$(DKMS_DIR)/$$file || exit; \
	done
	sed 's|@VERSION@|$(VERSION)|' packaging/dkms.conf.in >$(DESTDIR)$(DKMS_DIR)/dkms.conf
	@echo "now: dkms install agx-compute/$(VERSION)"

# For programs: DRM's headers of that kernel, where the system's are older or none.
UAPI_HEADERS ?= $(VM_CACHE)/include
uapi-headers: $(VM_CACHE)/include/.complete
$(VM_CACHE)/include/.complete: packaging/kernels.sh
	$(Q)packaging/kernels.sh $(VM_CACHE) include
	@touch $@

.PHONY: kmod kmod-install dkms uapi-headers
