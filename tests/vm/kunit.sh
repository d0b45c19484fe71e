#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kunit.sh - what the module's own tests have said when it was loaded, as TAP

. tests/lib/tap.sh

[ -d /sys/kernel/debug/kunit ] || {
	skip "KUnit" "this kernel has no KUnit"
	finish
}
# Cases are lines with one indentation, below the name of their suite; what a case has
# said comes before it.
dmesg | sed 's/^\[[^]]*\] //' | awk -v n="$tap_n" '
/^    # Subtest: / {
	suite = $3
	next
}
suite == "" { next }
/^    (not )?ok / {
	sub(/^ */, "")
	what = $1 == "ok" ? "ok" : "not ok"
	sub(/^(not )?ok [0-9]+ (- )?/, "")
	print what " " ++n " - " suite ": " $0
	next
}
/^(not )?ok / { suite = "" }
/^ +# / { sub(/^ */, ""); print }' >/tmp/cases
cat /tmp/cases
tap_n=$((tap_n + $(grep -cE '^(not )?ok ' /tmp/cases)))
! grep -q '^not ok' /tmp/cases || tap_bad=1
for suite in /sys/kernel/debug/kunit/*; do
	check "${suite##*/} has cases" grep -q "ok [0-9]* - ${suite##*/}: " /tmp/cases
done
finish
