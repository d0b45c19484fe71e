# SPDX-License-Identifier: MIT

SPHINX ?= sphinx-build
# Sections 1, 3 and 7, .so links included; packaging installs them.
MAN_PAGES := $(sort $(wildcard Documentation/man/*.[1-9]))

# Chapters are built from a copy, with those that tools write.
DOCS_SRC := $(BUILD)/docs.src

docs:
	+$(Q)$(SUBMAKE) $(B)/bin/agx-dis
	@rm -rf $(DOCS_SRC) && mkdir -p $(BUILD)/docs && cp -R Documentation $(DOCS_SRC)
	$(Q)$(B)/bin/agx-dis --reference >$(DOCS_SRC)/agx-reference.rst
	$(Q)$(SPHINX) -q -W --keep-going -b html -c Documentation -d $(BUILD)/docs.tmp \
		$(DOCS_SRC) $(BUILD)/docs
	@echo "  $(BUILD)/docs/index.html"

.PHONY: docs
