# SPDX-License-Identifier: MIT
# Programs that test scripts use; not installed.

TEST_TOOL_SRC := tests/tools/make_model.c
# The Makefile includes their dependencies with those of the tests.
TEST_SRC += $(TEST_TOOL_SRC)

tests: $(B)/bin/make-model

$(B)/bin/make-model: $(call obj,$(TEST_TOOL_SRC) tests/lib/gguf_write.c tests/lib/gguf_vocab.c) \
		$(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS)
