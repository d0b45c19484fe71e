# SPDX-License-Identifier: MIT
# Sessions on a GPU that is not there: what the library calls is the test's own.

FAKE_GPU_SRC := tests/runtime/fake_gpu.c
TEST_SRC += $(FAKE_GPU_SRC)

$(B)/tests/runtime/test_gpu: $(call obj,$(FAKE_GPU_SRC))
$(B)/tests/runtime/test_profile: $(call obj,$(FAKE_GPU_SRC))
