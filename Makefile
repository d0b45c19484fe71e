# SPDX-License-Identifier: MIT
#
# make help says what there is.  Sources are found per folder by build.mk
# fragments; objects go below $(B) only.  V=1 shows commands.

VERSION := 0.1.0
ABI := 0
comma := ,

# Native build, or ARCH=arm64 with Debian's cross compiler, each in its folder.
HOST_ARCH := $(subst aarch64,arm64,$(shell uname -m))
ARCH ?= $(HOST_ARCH)
BUILD ?= build
# What the user asked CC to be; make's own default does not count.
ifeq ($(origin CC),default)
CC := gcc
endif

ifneq ($(ARCH),$(HOST_ARCH))
CROSS := 1
TRIPLET := $(subst arm64,aarch64,$(ARCH))-linux-gnu
B ?= $(BUILD)/$(ARCH)
CROSS_COMPILE ?= $(TRIPLET)-
# Made by packaging/sysroot.sh, unless it is somebody's own.
SYSROOT ?= $(BUILD)/sysroot-$(ARCH)
override CC := $(if $(filter clang,$(CC)),clang --target=$(TRIPLET),$(CROSS_COMPILE)$(CC))
AR := $(CROSS_COMPILE)gcc-ar
# QEMU_CPU, a variable of qemu's own, chooses the CPU.
RUN := qemu-$(subst arm64,aarch64,$(ARCH))
else
B ?= $(BUILD)
endif

# make SAN=address,undefined or SAN=thread: another folder, everything static.
ifneq ($(SAN),)
B := $(B)/san-$(subst $(comma),-,$(SAN))
endif

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
# Models and golden outputs that larger tests compare with; they skip without.
MODELS ?= ../shared/models
CORPUS ?= ../shared/corpus

# Sanitizers: compile time is what counts.
CFLAGS ?= $(if $(SAN),-O1,-O2) -g
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror
# Kernels state where they fuse: the compiler may not (compute/ops).
KFLAGS := -std=gnu11 -D_GNU_SOURCE -ffp-contract=off -fno-math-errno \
	-fvisibility=hidden -fPIC -pthread -I.
KFLAGS += -DMUTSU_VERSION='"$(VERSION)"'
KLDFLAGS := -pthread
LIBS := -lm

PKGS := libpcre2-8 libdrm liburing
ifeq ($(CROSS),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null || echo -lpcre2-8 -ldrm -luring)
else
PKG_CFLAGS := $(addprefix -I$(SYSROOT)/usr/include,/ /libdrm /$(TRIPLET))
PKG_LIBS := -L$(SYSROOT)/usr/lib/$(TRIPLET) -lpcre2-8 -ldrm -luring
KLDFLAGS += -static
endif
ifneq ($(SAN),)
KFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
KLDFLAGS += -fsanitize=$(SAN)
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif
# Recipes that build run this, after a +: as many jobs as CPUs, unless -j was given.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# Here, because prerequisites expand as the fragments are read.
obj = $(patsubst %.S,$(B)/obj/%.o,$(patsubst %.c,$(B)/obj/%.o,$(1)))

all: need-build
	+@$(SUBMAKE) lib tools

include compute/build.mk
include runtime/build.mk
include tools/build.mk
include kmod/build.mk
include tests/build.mk
include Documentation/build.mk
include packaging/build.mk

run: setup-build
	+@$(SUBMAKE) tools
	@$(RUN) $(B)/bin/mutsu run $(ARGS)

# Other flags, other objects.
FLAGS = $(CC) $(KFLAGS) $(WARN) $(PKG_CFLAGS) $(CFLAGS)
$(B)/flags: FORCE
	@$(shell mkdir -p $(@D))$(file >$@.new,$(FLAGS))cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The libraries that cross builds link.
ifeq ($(CROSS)$(origin SYSROOT),1file)
$(SYSROOT)/.complete: packaging/sysroot.sh
	$(Q)packaging/sysroot.sh $(ARCH) $(SYSROOT)
	@touch $@

$(B)/flags: $(SYSROOT)/.complete
endif

$(B)/obj/%.o: %.c $(B)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(WARN) $(PKG_CFLAGS) $(CFLAGS) $(CFLAGS_$(basename $<)) $(ISA_FLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.S $(B)/flags
	$(say) AS $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(TOOL_SRC) $(TEST_SRC)))

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all run help clean FORCE
.DELETE_ON_ERROR:

## make                build the library and the tools into build/
## make run            install what building needs, build, tell a story;
##                     ARGS="..." goes to mutsu run
## make kmod           agx_compute.ko for Linux 7.2 on arm64, arm64 with 16K pages and
##                     amd64, into build/kmod; KDIR=DIR: for another kernel, into MO
## make kmod-install   make modules_install, likewise with KDIR
## make dkms           the sources, where DKMS builds it for each new kernel
## make kmod-um        for a User Mode Linux full of checks, built first: some minutes
## make uapi-headers   DRM's headers for programs that use it, into VM_CACHE/include
##
## make install        into PREFIX (/usr/local), LIBDIR, below DESTDIR
## make uninstall      the reverse
## make docs           manual and guide as HTML into build/docs
## make bench          kernels, and tokens per second beside llama.cpp's if there
##                     (LLAMA_DIR: where llama-bench is)
## make bench-agx      build the benchmark of the software AGX
## make bench-load     FILE=...: how fast that file comes into memory, beside dd and fio
## make bench-vulkan   what a token costs a GPU, beside llama.cpp's Vulkan backend, counted on
##                     User Mode Linux: half an hour
## make bench-latency  a submission to the module beside a round trip of vgem, in QEMU
## make clean          remove build/
## make setup          install what building and checking need (apt)
##
## make check          everything below, one total; T=pattern: matching tests only
## make check-native     unit and command line tests
## make check-clang      built with clang: arithmetic is the same
## make check-san        under the address and undefined behaviour sanitizers
## make check-tsan       threads under the thread sanitizer
## make check-arm64      built for arm64, on three CPUs of qemu
## make check-kmod       the kernel module: warnings, sparse, checkpatch, versions, DKMS
## make check-uml        on a User Mode Linux full of checks: programs, KUnit, Mesa
## make check-vm         on Debian's Linux 7.2 in QEMU: VM_FLAVOURS, three kernels; not part
##                       of make check: half an hour and more
## make check-vm-debug   check-uml, and the same on arm64 with 16K pages in QEMU; not part
##                       of make check: that kernel is built first, in ten minutes
## make check-install    installed library, header, example program
## make check-fuzz       half a minute of each fuzzer
## make check-docs       make docs without a warning
## make lint             style: layers, headers, man pages, sizes, scripts
## make fuzz           FUZZ_SECONDS (30) for each fuzzer; FUZZ="names"
## make fuzz-seeds     write what fuzzers start from into tests/fuzz/corpus
##
## V=1 shows commands.  ARCH=arm64 builds for arm64 into build/arm64, CC=clang
## BUILD=build/clang with clang, SAN=address,undefined with sanitizers.
## VM_CACHE=DIR keeps kernels, their compiler and systems to run (build/vm).
## MODELS=DIR is where larger tests find models (../shared/models), CORPUS=DIR
## where they find compiled shaders (../shared/corpus).
