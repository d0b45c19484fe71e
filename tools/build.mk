# SPDX-License-Identifier: MIT

MUTSU_SRC := $(sort $(wildcard tools/mutsu/*.c))
TOOL_SRC := $(MUTSU_SRC)

tools: $(B)/bin/mutsu

$(B)/bin/mutsu: $(call obj,$(MUTSU_SRC)) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -ljansson $(LIBS)
