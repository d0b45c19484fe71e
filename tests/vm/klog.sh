#!/bin/sh
# SPDX-License-Identifier: MIT
#
# klog.sh FILE - what in a kernel log should not be there; fails if there is any
#
# Looks at what follows the start of the command (tests/vm/init), as lines "# kernel: ...".

! sed '1,/agx-vm: start/d' "$1" | tr -d '\r' | grep -nE \
	-e 'WARNING|BUG|Oops|Call [Tt]race|cut here|[Pp]anic|INFO: ' \
	-e 'KASAN|KFENCE|UBSAN|KCSAN|unreferenced object|DEBUG_LOCKS|ODEBUG' \
	-e 'possible (circular|recursive|irq)|inconsistent lock|suspicious RCU|held lock' \
	-e 'general protection|Unable to handle|segfault|page allocation failure|refcount_t' \
	-e 'sleeping function|scheduling while atomic|stack overflow|corruption|DMA-API: ' |
	head -n 40 | sed 's/^/# kernel: /' | grep .
