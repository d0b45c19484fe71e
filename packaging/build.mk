# SPDX-License-Identifier: MIT
# What the system must have, and what installing puts where.

# Stamps, so that a build that works does not look again.
setup: setup-check
setup-build setup-check: setup-%: $(BUILD)/.setup-%
	@:

$(BUILD)/.setup-build $(BUILD)/.setup-check: $(BUILD)/.setup-%: packaging/setup.sh
	@mkdir -p $(@D)
	@packaging/setup.sh $*
	@touch $@

# For who did not ask for anything to be installed: say what is missing.
need-build: $(BUILD)/.need-build
$(BUILD)/.need-build: packaging/setup.sh
	@mkdir -p $(@D)
	@packaging/setup.sh -n build || { echo "  or: make setup" >&2; exit 1; }
	@touch $@

INCLUDEDIR := $(PREFIX)/include
MANDIR := $(PREFIX)/share/man
DOCDIR := $(PREFIX)/share/doc/mutsu
# Everything installed, so that both directions agree.
INSTALLED = $(patsubst %,$(PREFIX)/bin/%,mutsu $(AGX_TOOLS)) $(INCLUDEDIR)/mutsu/mutsu.h \
	$(LIBDIR)/libmutsu.a $(LIBDIR)/libmutsu.so.$(VERSION) $(LIBDIR)/libmutsu.so.$(ABI) \
	$(LIBDIR)/libmutsu.so $(LIBDIR)/pkgconfig/mutsu.pc $(DOCDIR)/MIT.txt \
	$(patsubst $(B)/lib/%,$(LIBDIR)/mutsu/%,$(HOOK_SO) $(TRACE_SO)) \
	$(foreach page,$(MAN_PAGES),$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))

INSTALL := install

install: all
	for tool in mutsu $(AGX_TOOLS); do \
		$(INSTALL) -D -m 755 $(B)/bin/$$tool $(DESTDIR)$(PREFIX)/bin/$$tool || exit; \
	done
	$(INSTALL) -D -m 644 runtime/include/mutsu/mutsu.h $(DESTDIR)$(INCLUDEDIR)/mutsu/mutsu.h
	$(INSTALL) -D -m 644 $(LIB_A) $(DESTDIR)$(LIBDIR)/libmutsu.a
	$(INSTALL) -D -m 755 $(LIB_SO) $(DESTDIR)$(LIBDIR)/libmutsu.so.$(VERSION)
	ln -sf libmutsu.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libmutsu.so.$(ABI)
	ln -sf libmutsu.so.$(ABI) $(DESTDIR)$(LIBDIR)/libmutsu.so
	for object in $(HOOK_SO) $(TRACE_SO); do \
		$(INSTALL) -D -m 755 $$object $(DESTDIR)$(LIBDIR)/mutsu/$${object##*/} || exit; \
	done
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' \
		packaging/mutsu.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/mutsu.pc
	for page in $(MAN_PAGES); do \
		$(INSTALL) -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit; \
	done
	$(INSTALL) -D -m 644 LICENSES/MIT.txt $(DESTDIR)$(DOCDIR)/MIT.txt

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(INCLUDEDIR)/mutsu $(DESTDIR)$(LIBDIR)/mutsu \
		$(DESTDIR)$(DOCDIR) 2>/dev/null

.PHONY: setup setup-build setup-check need-build install uninstall
