# SPDX-License-Identifier: MIT
# They test inline functions of compute/cpu/neon.

CFLAGS_tests/kern/test_exp := $(ISA_neon)
CFLAGS_tests/kern/test_half := $(ISA_neon)
