# SPDX-License-Identifier: MIT
# Every tests/*/test_*.c is a program of its own, linked with the static library.

TEST_LIB_SRC := $(sort $(wildcard tests/lib/*.c))
TEST_PROG_SRC := $(sort $(wildcard tests/*/test_*.c))
TEST_SRC := $(TEST_LIB_SRC) $(TEST_PROG_SRC)
TEST_BIN := $(patsubst %.c,$(B)/%,$(TEST_PROG_SRC))

CHECK_LIBS ?= -lcheck -lsubunit -lrt

$(TEST_BIN): $(B)/%: $(B)/obj/%.o $(call obj,$(TEST_LIB_SRC)) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) -ljansson $(LIBS)

tests: $(TEST_BIN)
.PHONY: tests
