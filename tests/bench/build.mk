# SPDX-License-Identifier: MIT
# Benchmarks are no tests: they print numbers and judge nothing.

# The Makefile includes their dependencies with those of the tests.
TEST_SRC += tests/bench/kernels.c tests/bench/agx.c tests/bench/load.c

$(B)/bin/bench-kernels: $(call obj,tests/bench/kernels.c tests/lib/suite.c) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) -ljansson $(LIBS)

$(B)/bin/bench-agx: $(call obj,tests/bench/agx.c) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/bin/bench-load: $(call obj,tests/bench/load.c) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS)

bench-load: $(B)/bin/bench-load
	@B=$(B) tests/bench/load.sh $(FILE)

bench-kernels bench-agx: bench-%: $(B)/bin/bench-%
.PHONY: bench-kernels bench-agx bench-load
