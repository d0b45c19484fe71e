#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mutsu doctor: machines from recorded trees, sound and broken, and nothing private
# in what it prints.

. tests/cli/cli.sh

root=$tmp/root

put() {				# FILE TEXT
	mkdir -p "$root/${1%/*}"
	printf '%b' "$2" >"$root/$1"
}

# What the standard input has.
put_lines() {			# FILE
	mkdir -p "$root/${1%/*}"
	cat >"$root/$1"
}

dt=sys/firmware/devicetree/base
home=/var/home

# tree BOARD SOC MODEL: an Apple machine; the driver and its node are put by others.
tree() {
	rm -rf "$root"
	put $dt/compatible "apple,$1\0apple,$2\0apple,arm-platform\0"
	put $dt/model "$3\0"
	put $dt/serial-number 'C02XK1ZZJGH5\0'
	put sys/devices/system/cpu/online '0-7\n'
	put proc/sys/kernel/osrelease '7.2.12-asahi\n'
	put proc/sys/kernel/ostype 'Linux\n'
	put proc/sys/kernel/hostname 'margarets-mac.lan\n'
	put proc/meminfo 'MemTotal:       16077824 kB\nMemAvailable:   12000000 kB\n'
	put etc/os-release 'NAME=x\nPRETTY_NAME="Fedora Linux Asahi Remix 42"\n'
	put etc/hostname 'margarets-mac\n'
	put etc/passwd "root:x:0:0:root:/root:/bin/sh\nmhamil:x:1000:1000::$home/mhamil:/bin/sh\n"
	put etc/group 'root:x:0:\nrender:x:105:mhamil\n'
}

driver() {
	put sys/module/asahi/srcversion 'ABCDEF0123\n'
	mkdir -p "$root/sys/bus/platform/drivers/asahi"
	put sys/class/drm/renderD128/device/uevent 'DRIVER=asahi\nOF_NAME=gpu\n'
	put dev/dri/renderD128 ''
	put dev/dri/card0 ''
	chmod 666 "$root/dev/dri/renderD128"
	put_lines dev/kmsg <<-'END'
	6,800,1000000,-;usb 1-1: new device
	6,801,1234567,-;asahi 406400000.gpu: Initialized
	 SUBSYSTEM=platform
	6,802,2000000,-;[drm] Initialized asahi 0.1.0 for 406400000.gpu on minor 0
	END
}

m1pro() {
	tree j314s t6000 'Apple MacBook Pro (14-inch, M1 Pro, 2021)'
}

# The report is in $tmp/out, and its status in $status.
doctor() {
	status=0
	"$MUTSU" doctor --root "$root" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	[ ! -s "$tmp/err" ]
}
says() {			# PATTERN...: each in a line of the report
	for pattern; do
		grep -Eq -e "$pattern" "$tmp/out" && continue
		echo "nothing like /$pattern/ in:"
		cat "$tmp/out"
		return 1
	done
}
advises() {			# PROBLEM ADVICE: one line after the other
	grep -E -A1 -e "^problem +$1" "$tmp/out" | grep -Eq -e "^ +what to do: .*$2" && return
	cat "$tmp/out"
	return 1
}
problems() {			# HOW-MANY
	n=$(grep -c '^problem' "$tmp/out")
	[ "$n" -eq "$1" ] && return
	cat "$tmp/out"
	return 1
}
# The exit status is 1 where anything is called a problem.
status_fits() {
	if grep -q '^problem' "$tmp/out"; then
		[ "$status" -eq 1 ]
	else
		[ "$status" -eq 0 ]
	fi
}

m1pro
driver
check "a sound machine" doctor
doctor
check "its parts" says '^ok +mutsu: version [0-9.]+; .* kernels' \
	'^ok +system: Fedora Linux Asahi Remix 42$' '^ok +kernel: Linux 7.2.12-asahi, ' \
	'^ok +machine: Apple MacBook Pro \(14-inch, M1 Pro, 2021\)$' \
	'^ok +SoC: Apple M1 Pro \(t6000\); compatible: apple,j314s apple,t6000' \
	'^ok +CPU: ' '^ok +memory: 15 GiB, of which 11 GiB are available$' \
	'^ok +driver: asahi is loaded, version ABCDEF0123$' '^ok +/dev/dri: card0 renderD128$' \
	'^ok +/dev/dri/renderD128: driver asahi; this user may use it: group .*, mode 666$' \
	'^ok +kernel log: 2 lines about AGX$'
check "its log" says '^\[    1.234567\] asahi 406400000.gpu: Initialized$' \
	'^\[    2.000000\] \[drm\] Initialized asahi'
check "nothing else of the log" [ "$(grep -c -e usb -e SUBSYSTEM "$tmp/out")" -eq 0 ]
check "no problem" problems 0
check "status" status_fits

rm "$root/etc/os-release"
doctor
check "no os-release" says '^ok +system: os-release does not say$'

m1pro
doctor
check "no driver" advises 'driver: asahi is not loaded$' 'boot a kernel that has DRM_ASAHI'
check "no driver: one problem" problems 1
check "no driver: status" [ "$status" -eq 1 ]
put boot/config-7.2.12-asahi '# CONFIG_X is not set\nCONFIG_DRM_ASAHI=m\n'
doctor
check "driver not loaded" advises 'driver: asahi is not loaded; .*CONFIG_DRM_ASAHI=m' 'modprobe asahi'
put boot/config-7.2.12-asahi '# CONFIG_DRM_ASAHI is not set\n'
doctor
check "kernel without it" advises 'driver: .*CONFIG_DRM_ASAHI=n' 'boot a kernel'

m1pro
driver
rm -r "$root/sys/class/drm"
put dev/kmsg '3,9,5000000,-;asahi 406400000.gpu: probe failed with error -22\n'
doctor
check "no node though the driver is there" says '^problem +device gpu: .*though the driver is loaded'
check "errors in the log" advises 'kernel log: 1 lines about AGX, of which 1' 'send the lines'

m1pro
driver
rm "$root/dev/dri/renderD128"
doctor
check "no node in /dev/dri" advises '/dev/dri/renderD128: driver asahi, but there is no such node' udev

m1pro
driver
if [ "$(id -u)" = 0 ]; then
	as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	chmod 755 "$tmp"
else
	as_nobody=
fi
# shellcheck disable=SC2086 # words
if $as_nobody test -x "$MUTSU" 2>/dev/null && $as_nobody "$MUTSU" --version >/dev/null 2>&1; then
	chgrp 105 "$root/dev/dri/renderD128" 2>/dev/null || :
	chmod 060 "$root/dev/dri/renderD128"
	$as_nobody "$MUTSU" doctor --root "$root" >"$tmp/out" 2>&1 </dev/null || :
	check "no permission" advises '/dev/dri/renderD128: .*may not use it: group .*, mode 060' \
		'usermod -aG .*log out'
else
	skip "no permission" "cannot run as another user"
fi

tree j504 t8122 'Apple MacBook Pro (14-inch, M3, 2023)'
doctor
check "M3" advises 'driver: none for the GPU of Apple M3$' 'nothing: the CPU is used'
check "M3: one problem" problems 1

tree j999 t9999 'Apple Something'
doctor
check "a SoC nobody knows" advises 'driver: none for the GPU of' 'nothing: the CPU is used'

rm -rf "$root"
put proc/sys/kernel/osrelease '7.2.0\n'
doctor
check "no Apple machine" says '^ok +SoC: not Apple Silicon' '^ok +driver: neither' '^problem +GPU: none'
put sys/module/agx_compute/srcversion 'X\n'
put sys/class/drm/renderD128/device/uevent 'DRIVER=asahi\n'
put sys/class/drm/renderD129/device/uevent 'DRIVER=amdgpu\n'
put dev/dri/renderD128 ''
doctor
check "a GPU in software" says '^ok +driver: agx_compute is loaded' '^ok +/dev/dri/renderD128: ' \
	'^ok +device renderD129: amdgpu: not an AGX GPU'
check "a GPU in software: no problem" problems 0

# What looks private in every place that is read.
m1pro
driver
put etc/os-release 'PRETTY_NAME="mhamil special on margarets-mac"\n'
put_lines dev/kmsg <<END
6,1,1,-;asahi: user mhamil, home $home/mhamil/x and ${home#/var}/other/y at margarets-mac.lan
6,2,2,-;asahi: a0:B1:c2:d3:e4:f5, serial C02XK1ZZJGH5
6,3,3,-;asahi: id 01234567-89ab-cdef-0123-456789abcdef;
6,4,4,-;asahi: mhamilton is another word, a0:b1:c2:d3:e4 is too short
END
private='(^|[^a-z])mhamil([^a-z]|$)|margarets|other/|C02XK1|a0:B1|01234567-89ab|/root'
doctor
check "nothing private" [ "$(grep -Ec -e "$private" "$tmp/out")" -eq 0 ]
check "what is there instead" says 'system: <user> special on <host>$' \
	'user <user>, home <home>/x and <home>/y at <host>' \
	'asahi: <address>, serial <serial>$' 'asahi: id <id>;$' \
	'mhamilton is another word, a0:b1:c2:d3:e4 is too short'
doctor --json
check "nothing private in JSON" [ "$(grep -Ec -e "$private" "$tmp/out")" -eq 0 ]
# Of this computer, too, whatever it is called; names that are words of the report are not told.
"$MUTSU" doctor >"$tmp/out" 2>&1 </dev/null || :
no_host_name() {
	host=$(uname -n)
	[ "${#host}" -lt 4 ] || ! grep -qwF -e "$host" "$tmp/out"
}
check "not this computer's name" no_host_name
check "nor its addresses" [ "$(cat /sys/class/net/*/address 2>/dev/null |
	grep -v 00:00:00:00:00:00 | grep -cf - "$tmp/out")" -eq 0 ]
check "nor homes" [ "$(grep -cE '/home/|/root' "$tmp/out")" -eq 0 ]

# A log that is longer than what is kept, and has lines that no kernel writes.
m1pro
driver
awk 'BEGIN { for (i = 0; i < 500; i++) printf "6,%d,%d,-;asahi: line %d\n", i, i, i }' >"$root/dev/kmsg"
doctor
check "a long log" says '500 lines about AGX' '\] asahi: line 499$' '\] asahi: line 468$'
check "its last lines only" [ "$(grep -c '\] asahi: line' "$tmp/out")" -eq 32 ]
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "asahi"; print ""; print ";agx \033[31m"; printf "6,1,2;agx" }' \
	>"$root/dev/kmsg"
check "a strange log" doctor
check "escapes of terminals" [ "$(tr -d '[:print:]\n' <"$tmp/out" | wc -c)" -eq 0 ]
rm "$root/dev/kmsg"
doctor
check "no log" says '^ok +kernel log: cannot be read .*sudo dmesg'

check "help" exits 0 '' "$MUTSU" doctor --help
check "no folder" fails 'missing' "$MUTSU" doctor --root "$tmp/missing"
check "no argument" refused 'nothing to do with this argument' "$MUTSU" doctor model.gguf

if has_python; then
	m1pro
	driver
	doctor --json
	check "--json" json 'd["version"] and d["ok"] == (d["problems"] == 0) and
		all(c["ok"] == (c["advice"] is None) and c["text"] for c in d["checks"]) and
		any(c["name"] == "/dev/dri/renderD128" for c in d["checks"]) and
		len(d["kernel_log"]) == 2' <"$tmp/out"
else
	skip "--json" "python3 is missing"
fi
finish
