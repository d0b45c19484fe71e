# SPDX-License-Identifier: MIT

SPHINX ?= sphinx-build
# Sections 1, 3 and 7, .so links included; packaging installs them.
MAN_PAGES := $(sort $(wildcard Documentation/man/*.[1-9]))

docs:
	@mkdir -p $(BUILD)/docs
	$(Q)$(SPHINX) -q -W --keep-going -b html -d $(BUILD)/docs.tmp Documentation $(BUILD)/docs
	@echo "  $(BUILD)/docs/index.html"

.PHONY: docs
