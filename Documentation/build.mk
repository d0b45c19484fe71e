# SPDX-License-Identifier: MIT

SPHINX ?= sphinx-build

docs:
	@mkdir -p $(BUILD)/docs
	$(Q)$(SPHINX) -q -W --keep-going -b html -d $(BUILD)/docs.tmp Documentation $(BUILD)/docs
	@echo "  $(BUILD)/docs/index.html"

.PHONY: docs
