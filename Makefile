# SPDX-License-Identifier: MIT
#
# make help says what there is.  Sources are found per folder by build.mk
# fragments; objects go below $(B) only.  V=1 shows commands.

VERSION := 0.1.0
ABI := 0

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
B ?= $(BUILD)/$(ARCH)
CROSS_COMPILE ?= aarch64-linux-gnu-
SYSROOT ?= $(BUILD)/sysroot-$(ARCH)
override CC := $(CROSS_COMPILE)$(CC)
AR := $(CROSS_COMPILE)gcc-ar
# QEMU_CPU, a variable of qemu's own, chooses the CPU.
RUN := qemu-aarch64
else
B ?= $(BUILD)
endif

# make SAN=address,undefined or SAN=thread: another folder, everything static.
ifneq ($(SAN),)
B := $(B)/san-$(subst $(comma),-,$(SAN))
endif
comma := ,

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
# Models and golden outputs that larger tests compare with; they skip without.
MODELS ?= ../shared/models

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror
# Kernels state where they fuse: the compiler may not (compute/ops).
KFLAGS := -std=gnu11 -D_GNU_SOURCE -ffp-contract=off -fno-math-errno \
	-fvisibility=hidden -fPIC -pthread -I.
KFLAGS += -DMUTSU_VERSION='"$(VERSION)"'
LIBS := -lm

PKGS := libpcre2-8
ifeq ($(CROSS),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null || echo -lpcre2-8)
else
PKG_CFLAGS := -I$(SYSROOT)/usr/include -I$(SYSROOT)/usr/include/aarch64-linux-gnu
PKG_LIBS := -L$(SYSROOT)/usr/lib/aarch64-linux-gnu -lpcre2-8
LDFLAGS += -static
endif
ifneq ($(SAN),)
KFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

all: lib tools

# Here, because prerequisites expand as the fragments are read.
obj = $(patsubst %.S,$(B)/obj/%.o,$(patsubst %.c,$(B)/obj/%.o,$(1)))

include compute/build.mk
include runtime/build.mk
include tools/build.mk
include tests/build.mk
include Documentation/build.mk
include packaging/build.mk

$(B)/obj/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(WARN) $(PKG_CFLAGS) $(CFLAGS) $(CFLAGS_$(basename $<)) $(ISA_FLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.S
	$(say) AS $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(TOOL_SRC) $(TEST_SRC)))

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

clean:
	rm -rf $(BUILD)

## make                  build library and tools into build/
## make run              install what is needed, build, tell a story (ARGS="...")
## make help             this
## make clean            remove build/

.PHONY: all lib tools help clean
.DELETE_ON_ERROR:
