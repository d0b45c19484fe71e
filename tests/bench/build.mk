# SPDX-License-Identifier: MIT
# Benchmarks are no tests: they print numbers and judge nothing.

# The Makefile includes their dependencies with those of the tests.
TEST_SRC += tests/bench/kernels.c tests/bench/agx.c tests/bench/load.c

$(B)/bin/bench-kernels: $(call obj,tests/bench/kernels.c tests/lib/suite.c) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) -ljansson $(LIBS)

$(B)/bin/bench-agx: $(call obj,tests/bench/agx.c) $(ISA_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/bin/bench-load: $(call obj,tests/bench/load.c) $(LIB_A)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(KLDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS)

bench-load: $(B)/bin/bench-load
	@B=$(B) tests/bench/load.sh $(FILE)

bench-kernels bench-agx: bench-%: $(B)/bin/bench-%
.PHONY: bench-kernels bench-agx bench-load

# What a token costs beside llama.cpp's Vulkan backend, on the device of the kernel module.
# The system has libraries that are as new as here or newer.
TEST_SRC += tests/bench/counters.c
$(B)/obj/tests/bench/counters.o: ISA_FLAGS = -idirafter $(UAPI_HEADERS)
$(B)/obj/tests/bench/counters.o: | uapi-headers

BENCH_VULKAN_PACKAGES := mesa-vulkan-drivers llama.cpp-tools libggml0-backend-vulkan libjansson4 \
	liburing2 libpcre2-8-0 libdrm2
BENCH_VULKAN_FLAVOUR ?= um
BENCH_VULKAN_ENV := $(foreach name,TYPES GEN PROMPT DEPTHS PROGRAMS,$(if $($(name)),$(name)='$($(name))'))
BENCH_VULKAN_MODELS := $(patsubst %,$(B)/bench/random-%.gguf,$(or $(TYPES),Q4_0 F16))

$(B)/bench/agx-counters.so: $(call obj,tests/bench/counters.c)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-z,defs -pthread $(LDFLAGS) -o $@ $^

$(B)/bench/random-%.gguf: $(B)/bin/make-model
	@mkdir -p $(@D)
	$(Q)$< -o $@ --layers 8 --embd 512 --ff 1536 --heads 8 --kv-heads 8 --vocab 4096 --type $*

bench-vulkan:
	+@$(SUBMAKE) kmod-$(BENCH_VULKAN_FLAVOUR)
	+@$(SUBMAKE) $(B)/bin/mutsu $(B)/bench/agx-counters.so $(BENCH_VULKAN_MODELS)
	$(Q)packaging/unpack.sh -e amd64 sid $(VM_CACHE)/llama-amd64 $(BENCH_VULKAN_PACKAGES)
	@$(VM_ENV) tests/vm/run.sh -t 3600 -M 2048 -r $(VM_CACHE)/llama-amd64 \
		$(BENCH_VULKAN_FLAVOUR) env BUILD=$(BUILD) $(BENCH_VULKAN_ENV) tests/bench/vulkan.sh

.PHONY: bench-vulkan
