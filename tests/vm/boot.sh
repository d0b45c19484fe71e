#!/bin/sh
# SPDX-License-Identifier: MIT
#
# boot.sh FLAVOUR KERNEL-DIR RUN-DIR MEMORY CPUS WORDS - the machine itself
#
# Runs in packaging/chroot.sh, for run.sh.  The folder /guest is shared with the machine;
# its kernel log goes to RUN-DIR/console, stdin and stdout are the command's.

set -eu

flavour=$1
kernel=$2
run=$3
memory=$4
cpus=$5
append="panic=-1 agx_run=$run $6"
# The first process comes on top of the rest, always as it is now.
{
	cat "$kernel/initrd"
	(cd tests/vm && echo init | cpio --quiet -o -H newc | gzip -1)
} >"$run/initrd"

if [ "$flavour" = um ]; then
	input=null
	[ ! -t 0 ] || input=fd:0
	# shellcheck disable=SC2086 # words
	TMPDIR=/dev/shm exec "$kernel/linux" mem="${memory}M" initrd="$run/initrd" agx_um=1 $append \
		con=null con0=null,fd:3 con1=$input,fd:1 ssl=null \
		2>"$run/stderr" 3>>"$run/console"
fi

socket=$run/virtiofsd
/usr/libexec/virtiofsd --socket-path="$socket" --shared-dir=/guest --sandbox=none \
	--cache=auto --announce-submounts >"$run/virtiofsd.log" 2>&1 &
n=0
while [ ! -S "$socket" ] && [ $n -lt 100 ]; do
	sleep 0.1
	n=$((n + 1))
done

case $flavour in
amd64)
	set -- qemu-system-x86_64 -machine q35,memory-backend=mem -cpu max
	console=ttyS0
	;;
*)
	set -- qemu-system-aarch64 -machine virt,memory-backend=mem -cpu cortex-a76
	console=ttyAMA0
	;;
esac
exec "$@" -accel "${VM_ACCEL:-tcg,thread=multi}" -smp "$cpus" -m "$memory" \
	-nodefaults -no-user-config -display none -no-reboot \
	-object memory-backend-memfd,id=mem,size="${memory}M",share=on \
	-chardev socket,id=share,path="$socket" -device vhost-user-fs-pci,chardev=share,tag=host \
	-serial file:"$run/console" -chardev stdio,id=out,signal=off \
	-device virtio-serial-pci -device virtconsole,chardev=out \
	-kernel "$kernel/vmlinuz" -initrd "$run/initrd" -append "console=$console $append"
