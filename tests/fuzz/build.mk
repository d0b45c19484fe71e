# SPDX-License-Identifier: MIT
#
# Every tests/fuzz/fuzz_NAME.c is a libFuzzer target: LLVMFuzzerTestOneInput().
# It links the library, tests/lib and the tool without its main(), built once more
# with clang and sanitizers.
# It starts from tests/fuzz/corpus/NAME, with tests/fuzz/NAME.dict if there is
# one; what it finds stays below build/fuzz.
#
# make fuzz runs all of them at the same time, FUZZ=NAME one, for FUZZ_SECONDS.
# tests/fuzz/seed_NAME.c writes the corpus, which is kept: make fuzz-seeds.

FUZZ_B := $(B)/fuzz
FUZZ_CC ?= clang
FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SEEDS := $(patsubst tests/fuzz/seed_%.c,%,$(sort $(wildcard tests/fuzz/seed_*.c)))
FUZZ ?= $(FUZZ_ALL)
FUZZ_SECONDS ?= 30

# Warnings are for check-clang.
FUZZ_FLAGS := -O1 -g -Wno-error -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_LINK := -fsanitize=fuzzer,address,undefined
FUZZ_SEED_LINK := -fsanitize=address,undefined

fuzz_obj = $(patsubst %.S,$(FUZZ_B)/obj/%.o,$(patsubst %.c,$(FUZZ_B)/obj/%.o,$(1)))
FUZZ_OBJ := $(call fuzz_obj,$(LIB_SRC) $(TEST_LIB_SRC) $(filter-out %/main.c,$(MUTSU_SRC)) \
	$(ISA_SRC) $(AGX_SRC)) $(AGX_KERNEL_OBJ)
FUZZ_MAIN_OBJ := $(FUZZ_ALL:%=$(FUZZ_B)/obj/tests/fuzz/fuzz_%.o) \
	$(FUZZ_SEEDS:%=$(FUZZ_B)/obj/tests/fuzz/seed_%.o)

$(FUZZ_B)/obj/compute/cpu/neon/%_neon.o: ISA_FLAGS = $(ISA_neon)
$(FUZZ_B)/obj/compute/cpu/neon/%_dotprod.o: ISA_FLAGS = $(ISA_dotprod)
$(FUZZ_B)/obj/compute/cpu/neon/%_i8mm.o: ISA_FLAGS = $(ISA_i8mm)

$(FUZZ_B)/obj/compute/isa/%_avx2.o: ISA_FLAGS = $(ISA_avx2)

$(FUZZ_B)/obj/%.o: %.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(KFLAGS) $(WARN) $(PKG_CFLAGS) $(FUZZ_FLAGS) $(ISA_FLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_B)/obj/%.o: %.S
	$(say) AS $@
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(KFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_B)/libmutsu.a: $(FUZZ_OBJ)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(FUZZ_ALL:%=$(FUZZ_B)/fuzz_%) $(FUZZ_SEEDS:%=$(FUZZ_B)/seed_%): \
		$(FUZZ_B)/%: $(FUZZ_B)/obj/tests/fuzz/%.o $(FUZZ_B)/libmutsu.a
	$(say) LD $@
	$(Q)$(FUZZ_CC) -pthread $(FUZZ_LINK) -o $@ $^ $(PKG_LIBS) -llzma -ljansson $(LIBS)

$(FUZZ_SEEDS:%=$(FUZZ_B)/seed_%): FUZZ_LINK := $(FUZZ_SEED_LINK)

fuzz: $(FUZZ:%=$(FUZZ_B)/fuzz_%)
	@pids= failed=; \
	for name in $(FUZZ); do \
		tests/fuzz/run.sh $(FUZZ_B) $$name $(FUZZ_SECONDS) & pids="$$pids $$!"; \
	done; \
	for pid in $$pids; do wait $$pid || failed=1; done; \
	test -z "$$failed"

fuzz-seeds: $(FUZZ_SEEDS:%=$(FUZZ_B)/seed_%)
	$(Q)for name in $(FUZZ_SEEDS); do \
		mkdir -p tests/fuzz/corpus/$$name && \
		$(FUZZ_B)/seed_$$name tests/fuzz/corpus/$$name || exit 1; \
	done

-include $(patsubst %.o,%.d,$(FUZZ_OBJ) $(FUZZ_MAIN_OBJ))

.PHONY: fuzz fuzz-seeds
