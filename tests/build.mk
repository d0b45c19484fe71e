# SPDX-License-Identifier: MIT
# Every tests/*/test_*.c is a program of its own, linked with the static library;
# tests/*/test_*.sh are programs as they are.  All print TAP; tests/run.sh counts.

TEST_LIB_SRC := $(sort $(wildcard tests/lib/*.c))
TEST_PROG_SRC := $(sort $(wildcard tests/*/test_*.c))
TEST_SRC := $(TEST_LIB_SRC) $(TEST_PROG_SRC)
TEST_BIN := $(patsubst %.c,$(B)/%,$(TEST_PROG_SRC))
CLI_TESTS := $(sort $(wildcard tests/cli/test_*.sh))
LINT_TESTS := $(sort $(wildcard tests/lint/*.sh))

ifeq ($(CROSS),)
CHECK_LIBS ?= $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)
else
CHECK_LIBS ?= -lcheck -lsubunit -lrt
endif

$(TEST_BIN): $(B)/%: $(B)/obj/%.o $(call obj,$(TEST_LIB_SRC)) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) -ljansson $(LIBS)

tests: $(TEST_BIN)
.PHONY: tests

include tests/bench/build.mk
