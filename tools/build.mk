# SPDX-License-Identifier: MIT

MUTSU_SRC := $(sort $(wildcard tools/mutsu/*.c))
# What the agx-* tools share, and each of them: a folder with its name.
AGX_SRC := $(sort $(wildcard tools/agx/*.c))
AGX_A := $(B)/lib/libagxtools.a
AGX_TOOLS := $(filter-out agx-hook,$(patsubst tools/%/,%,$(sort $(dir $(wildcard tools/agx-*/*.c)))))
AGX_TOOL_SRC := $(sort $(wildcard tools/agx-*/*.c))
# What agx-trace record loads into a program.
TRACE_SO_SRC := $(sort $(wildcard tools/agx-trace/preload/*.c))
TOOL_SRC := $(MUTSU_SRC) $(ISA_SRC) $(AGX_SRC) $(AGX_TOOL_SRC) $(TRACE_SO_SRC)

tools: $(B)/bin/mutsu $(AGX_TOOLS:%=$(B)/bin/%)

$(B)/bin/mutsu: $(call obj,$(MUTSU_SRC)) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -ljansson $(LIBS)

$(AGX_A): $(call obj,$(AGX_SRC))
	$(say) AR $@
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) crs $@ $^

# No library but xz's: these tools are for any machine.
AGX_LIBS := $(if $(CROSS),-L$(SYSROOT)/usr/lib/$(TRIPLET)) -llzma -ljansson $(LIBS)

define agx_tool
$(B)/bin/$(1): $(call obj,$(sort $(wildcard tools/$(1)/*.c))) $(AGX_A) $(ISA_A)
	$$(say) LD $$@
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(KLDFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(AGX_LIBS)
endef
$(foreach tool,$(AGX_TOOLS),$(eval $(call agx_tool,$(tool))))

# What agxtrace.so loads into a Vulkan program: all of it in one object.
ifeq ($(CROSS)$(SAN),)
HOOK_SO := $(B)/lib/agx-hook.so
tools: $(HOOK_SO)

$(HOOK_SO): $(call obj,$(sort $(wildcard tools/agx-hook/*.c))) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-z,defs -pthread $(LDFLAGS) -o $@ $^ $(LIBS)

TRACE_SO := $(B)/lib/agx-trace.so
tools: $(TRACE_SO)

$(TRACE_SO): $(call obj,$(TRACE_SO_SRC)) $(AGX_A) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-z,defs -pthread $(LDFLAGS) -o $@ $^ $(LIBS)
endif
