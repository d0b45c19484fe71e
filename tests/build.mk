# SPDX-License-Identifier: MIT
# Every tests/*/test_*.c is a program of its own, linked with the static library;
# tests/*/test_*.sh are programs as they are.  All print TAP; tests/run.sh counts.

TEST_LIB_SRC := $(sort $(wildcard tests/lib/*.c))
# Those of tests/uapi run in virtual machines.
TEST_PROG_SRC := $(filter-out tests/uapi/%,$(sort $(wildcard tests/*/test_*.c)))
TEST_SRC := $(TEST_LIB_SRC) $(TEST_PROG_SRC)
TEST_BIN := $(patsubst %.c,$(B)/%,$(TEST_PROG_SRC))
CLI_TESTS := $(sort $(wildcard tests/cli/test_*.sh))
LINT_TESTS := $(sort $(wildcard tests/lint/*.sh))

ifeq ($(CROSS),)
CHECK_LIBS ?= $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)
else
CHECK_LIBS ?= -lcheck -lsubunit -lrt
endif

$(TEST_BIN): $(B)/%: $(B)/obj/%.o $(call obj,$(TEST_LIB_SRC)) $(LIB_A) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) \
		$(CHECK_LIBS) -llzma -ljansson $(LIBS)

# The example of the documentation; tests/install builds it as a user would.
$(B)/tests/example/story: tests/example/story.c $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -Iruntime/include $(WARN) $(CFLAGS) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ \
		$(PKG_LIBS) $(LIBS)

tests: $(TEST_BIN) $(B)/tests/example/story

# Flags of single tests, fuzzers, benchmarks.
-include $(sort $(wildcard tests/*/build.mk))

# What is checked: a make of its own for each part, with the part's variables.
PARTS := native clang san tsan arm64 kmod uml install fuzz lint docs
VARS_clang := CC=clang B=$(BUILD)/clang
VARS_san := SAN=address$(comma)undefined
VARS_tsan := SAN=thread
VARS_arm64 := ARCH=arm64

RESULTS := $(BUILD)/check
PART_MAKE = $(MAKE) --no-print-directory part-$(1) PART=$(1) $(VARS_$(1))
FUZZ_SECONDS ?= 30

check: check-parts
	@RESULTS=$(RESULTS) tests/run.sh -r

# Succeeds whatever the tests do; the report tells.
check-parts: check-setup
	@rm -rf $(RESULTS) $(RESULTS).xml && mkdir -p $(RESULTS)
	+@$(foreach part,$(PARTS),$(call PART_MAKE,$(part)) || $(call unfinished,$(part));) :

# Take too long to be part of all: half an hour and more.
PARTS_MORE := vm vm-debug
$(PARTS:%=check-%) $(PARTS_MORE:%=check-%): check-%: check-setup
	@rm -rf $(RESULTS) $(RESULTS).xml && mkdir -p $(RESULTS)
	+@$(call PART_MAKE,$*) || $(call unfinished,$*)
	@RESULTS=$(RESULTS) tests/run.sh -r

lint: check-lint

unfinished = RESULTS=$(RESULTS) tests/run.sh -p $(1) -s build sh -c 'echo make part-$(1) failed; exit 1'

# What only some parts need may be missing: those parts say so.
check-setup: setup-build
	-+@$(MAKE) --no-print-directory setup-check

# Below, in the part's own make.
have = $(shell command -v $(1) 2>/dev/null)
RUNNER = RESULTS=$(RESULTS) TESTS_ROOT=$(B)/ T='$(T)' $(NO_ASLR) tests/run.sh -p $(PART)
build_step = $(RUNNER) -l 1200 -s build $(SUBMAKE) -k
skip_step = $(RUNNER) -s $(1) sh -c 'echo "$(2)"; exit 77'

MUTSU := $(abspath $(B))/bin/$(if $(CROSS),mutsu-$(RUN),mutsu)
export MUTSU
ifneq ($(wildcard $(MODELS)/.),)
export MUTSU_MODELS := $(abspath $(MODELS))
endif
# Compute shaders compiled by Mesa with what they compute, likewise.
ifneq ($(wildcard $(CORPUS)/.),)
export MUTSU_CORPUS := $(abspath $(CORPUS))
endif
# Where the tests of the command line find the agx-* tools.
AGX_BIN := $(abspath $(B))/$(if $(CROSS),$(RUN),bin)
export AGX_BIN
# Check's own 4 seconds are too few under sanitizers, emulation, or on a busy machine.
export CK_DEFAULT_TIMEOUT := 60
ifneq ($(SAN),)
export MUTSU_SAN := 1
# Sanitizers want addresses where they expect them.
NO_ASLR := $(shell setarch -R true 2>/dev/null && echo setarch -R)
export ASAN_OPTIONS := detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS := print_stacktrace=1
export TSAN_OPTIONS := halt_on_error=1
endif
ifneq ($(CROSS),)
export MUTSU_EMULATED := 1
endif

part-native:
	+@$(build_step) lib tools tests
	@$(RUNNER) $(TEST_BIN) $(CLI_TESTS)
	@$(RUNNER) -s example $(B)/tests/example/story
	@$(if $(AGX_ORACLE),B=$(B) $(RUNNER) -l 7200 tests/mesa/run.sh)

# Another compiler makes other code of the same arithmetic.
ARITHMETIC = $(filter $(B)/tests/kern/% $(B)/tests/model/%golden,$(TEST_BIN))
part-clang:
	+@$(if $(call have,$(CC)),\
		$(build_step) lib tools tests; $(RUNNER) $(ARITHMETIC); \
		$(RUNNER) -s example $(B)/tests/example/story,\
		$(call skip_step,build,$(CC) is missing))

part-san:
	+@$(build_step) tools tests
	@$(RUNNER) -l 600 $(TEST_BIN) $(CLI_TESTS)
	@$(RUNNER) -s mutsu-run $(MUTSU) run
	@$(RUNNER) -s example $(B)/tests/example/story

# What has threads.
TSAN_BIN = $(filter %_pool %_generate %_session %_threads,$(TEST_BIN))
part-tsan:
	+@$(build_step) tools $(TSAN_BIN)
	@$(RUNNER) -l 600 $(TSAN_BIN)
	@$(RUNNER) -l 600 -s mutsu-run $(MUTSU) run -t 4

# Every kernel family on a CPU that has it and on one that has not: with i8mm,
# with dotprod, with neither.
ARM64_CPUS := max,sve=off,sme=off cortex-a76 cortex-a57
ifneq ($(CROSS),)
part-arm64:
	+@$(if $(call have,$(firstword $(CC))),$(if $(call have,$(RUN)),$(run_arm64),\
		$(call skip_step,build,$(RUN) is missing)),\
		$(call skip_step,build,$(firstword $(CC)) is missing))

define run_arm64
	$(build_step) tools tests $(MUTSU) $(AGX_TOOLS:%=$(AGX_BIN)/%); \
	export QEMU_CPU='$(firstword $(ARM64_CPUS))'; \
	$(RUNNER) -l 600 -w $(RUN) $(TEST_BIN) $(CLI_TESTS); \
	$(RUNNER) -s example $(RUN) $(B)/tests/example/story; \
	for QEMU_CPU in $(wordlist 2,9,$(ARM64_CPUS)); do \
		$(RUNNER) -p $(PART)-$$QEMU_CPU -l 600 -w $(RUN) $(ARITHMETIC); \
		$(RUNNER) -p $(PART)-$$QEMU_CPU -l 600 -s mutsu-run $(MUTSU) run; \
	done
endef

# Tests of the command line start the tool by one name.
$(MUTSU): $(B)/bin/mutsu
	@printf '#!/bin/sh\nexec $(RUN) -0 mutsu $(abspath $<) "$$@"\n' >$@ && chmod +x $@

$(AGX_BIN)/%: $(B)/bin/%
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexec $(RUN) -0 $* $(abspath $<) "$$@"\n' >$@ && chmod +x $@
else
part-arm64:
	@$(call skip_step,build,this machine is arm64: the other parts are it)
endif

part-install:
	+@$(build_step) all
	+@CC=$(CC) MAKE=$(MAKE) $(RUNNER) $(sort $(wildcard tests/install/test_*.sh))

part-fuzz:
	+@$(if $(wildcard tests/fuzz/build.mk),\
		$(RUNNER) -l 900 -s fuzz $(SUBMAKE) fuzz FUZZ_SECONDS=$(FUZZ_SECONDS),\
		$(call skip_step,fuzz,tests/fuzz/build.mk is missing))

part-lint:
	+@$(build_step) lib
	@B=$(B) CC=$(CC) $(RUNNER) $(LINT_TESTS)

part-docs:
	+@$(if $(call have,$(SPHINX)),$(RUNNER) -s docs $(MAKE) --no-print-directory docs,\
		$(call skip_step,docs,$(SPHINX) is missing))

# Kernels first, then the whole: tokens per second on the model built in.
bench: all
	+@$(if $(wildcard tests/bench/build.mk),$(SUBMAKE) $(B)/bin/bench-kernels)
	@B=$(B) LLAMA_DIR=$(LLAMA_DIR) MODEL=$(MODEL) tests/bench.sh

.PHONY: tests check lint check-setup check-parts bench
.PHONY: $(PARTS:%=check-%) $(PARTS:%=part-%) $(PARTS_MORE:%=check-%) $(PARTS_MORE:%=part-%)
