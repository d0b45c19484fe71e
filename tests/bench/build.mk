# SPDX-License-Identifier: MIT
# Benchmarks are no tests: they print numbers and judge nothing.

BENCH_SRC := tests/bench/kernels.c
# The Makefile includes their dependencies with those of the tests.
TEST_SRC += $(BENCH_SRC)
BENCH_OBJ := $(call obj,$(BENCH_SRC) tests/lib/suite.c)

$(B)/bin/bench-kernels: $(BENCH_OBJ) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) -ljansson $(LIBS)

bench-kernels: $(B)/bin/bench-kernels
.PHONY: bench-kernels
