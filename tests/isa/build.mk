# SPDX-License-Identifier: MIT
# The oracle and what compares with it.

ORACLE_SRC := $(sort $(filter-out tests/isa/test_%,$(wildcard tests/isa/*.c)))
TEST_SRC += $(ORACLE_SRC)

$(addprefix $(B)/tests/isa/test_,insn insn_known random structured): $(call obj,$(ORACLE_SRC))
