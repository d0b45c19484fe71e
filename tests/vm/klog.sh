#!/bin/sh
# SPDX-License-Identifier: MIT
#
# klog.sh FILE - what in a kernel log should not be there; fails if there is any
#
# Looks at what follows the start of the command (tests/vm/init), as lines "# kernel: ...".

# User Mode Linux walks another process' maple tree without a lock when any driver's
# mappings are removed (arch/um/kernel/tlb.c): not what is looked for here.
not_of_um() {
	awk '
	/WARNING: suspicious RCU usage/ { held = 1; report = ""; um = trace = 0 }
	!held { print; next }
	{
		report = report $0 "\n"
		um += /flush_tlb_mm\+/
		if (/Call Trace/)
			trace = 1
		else if (trace && !/\[</)
			held = 0
		if (!held && !um)
			printf "%s", report
	}
	END { if (held && !um) printf "%s", report }'
}

! sed '1,/agx-vm: start/d' "$1" | tr -d '\r' | not_of_um | grep -nE \
	-e 'WARNING|BUG|Oops|Call [Tt]race|cut here|[Pp]anic|INFO: ' \
	-e 'KASAN|KFENCE|UBSAN|KCSAN|unreferenced object|DEBUG_LOCKS|ODEBUG' \
	-e 'possible (circular|recursive|irq)|inconsistent lock|suspicious RCU|held lock' \
	-e 'general protection|Unable to handle|segfault|page allocation failure|refcount_t' \
	-e 'sleeping function|scheduling while atomic|stack overflow|corruption|DMA-API: ' |
	head -n 40 | sed 's/^/# kernel: /' | grep .
