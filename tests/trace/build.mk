# SPDX-License-Identifier: MIT
#
# A device in memory, and a client of it, for tests of agx-trace record; dynamic, as what
# is recorded has to be.

ifeq ($(CROSS)$(SAN),)
TRACE_TESTS := $(B)/tests/trace/fake.so $(B)/tests/trace/client
TEST_SRC += tests/trace/fake.c tests/trace/client.c
tests: $(TRACE_TESTS)

$(B)/tests/trace/fake.so: $(call obj,tests/trace/fake.c)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-z,defs -pthread $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/trace/client: $(call obj,tests/trace/client.c) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
endif
