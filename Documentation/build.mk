# SPDX-License-Identifier: MIT

SPHINX ?= sphinx-build
# Sections 1, 3, 4 and 7, .so links included; packaging installs them.
MAN_PAGES := $(sort $(wildcard Documentation/man/*.[1-9]))

# Chapters are built from a copy, with those that tools write.
DOCS_SRC := $(BUILD)/docs.src

KERNELDOC := python3 Documentation/kerneldoc.py
KMOD_SRC := $(sort $(wildcard kmod/*.[ch]))

docs:
	+$(Q)$(SUBMAKE) $(B)/bin/agx-dis
	@rm -rf $(DOCS_SRC) && mkdir -p $(BUILD)/docs && cp -R Documentation $(DOCS_SRC)
	$(Q)$(B)/bin/agx-dis --reference >$(DOCS_SRC)/agx-reference.rst
	$(Q)$(KERNELDOC) uapi/drm/agx_compute_drm.h \
		uapi/drm/agx_compute_image.h >$(DOCS_SRC)/gpu/agx-compute-uapi.inc
	$(Q)$(KERNELDOC) --docs $(KMOD_SRC) >$(DOCS_SRC)/gpu/agx-compute-files.inc
	$(Q)$(KERNELDOC) --structs $(KMOD_SRC) >$(DOCS_SRC)/gpu/agx-compute-structs.inc
	$(Q)$(SPHINX) -q -W --keep-going -b html -c Documentation -d $(BUILD)/docs.tmp \
		$(DOCS_SRC) $(BUILD)/docs
	@echo "  $(BUILD)/docs/index.html"

.PHONY: docs
