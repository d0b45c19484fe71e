#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_install - make kmod with KDIR, make kmod-install, make dkms and DKMS itself, on a
# machine that has a kernel's headers: the folder of compilers

. tests/kmod/kmod.sh
need tools

: "${MAKE:=make}"
headers=$(echo "$cache"/tools/usr/src/linux-headers-7.2.*-amd64)
headers=${headers#"$cache/tools"}
release=${headers#*linux-headers-}
dir=$PWD/$BUILD/kmod-install
rm -rf "$dir"
mkdir -p "$dir"

# With another folder as the root of what is installed.
make_there() {
	in_tools make -s "$@" CONFIG_MODULE_SIG_ALL= KDIR="$headers" MO="$dir/kmod" INSTALL_MOD_PATH="$dir" DEPMOD=true
}
check "make kmod KDIR=" make_there kmod
check "a module for that kernel" grep -q "vermagic=$release " "$dir/kmod/agx_compute.ko"
check "make kmod-install KDIR=" make_there kmod-install
check "it is where modules are" ls "$dir/lib/modules/$release/updates/"agx_compute.ko*
nothing_beside_sources() {
	find kmod compute/isa -name '*.o' -o -name '*.cmd' -o -name '*.ko'
}
silent "nothing is left in the sources" nothing_beside_sources

# DKMS writes below /var and /usr/lib/modules: into copies of what is there.
dkms() {
	packaging/chroot.sh -b "$cache" -b "$dir/src:/usr/src/agx-compute-0.1.0" \
		-b "$dir/var:/var/lib/dkms" -b "$dir/modules:/usr/lib/modules/$release" \
		"$cache/tools" dkms --no-depmod -k "$release" "$@"
}
mkdir -p "$dir/var" "$dir/modules"
cp -P "$cache/tools/usr/lib/modules/$release/build" "$cache/tools/usr/lib/modules/$release/source" \
	"$dir/modules"
check "make dkms" "$MAKE" -s dkms DESTDIR="$dir/dkms"
mv "$dir"/dkms/usr/src/agx-compute-* "$dir/src"
check "dkms install" dkms install agx-compute/0.1.0
dkms_status() {
	dkms status | grep -q "^agx-compute/0.1.0, $release, .*: installed" &&
		ls "$dir"/modules/updates/dkms/agx_compute.ko*
}
check "dkms status" dkms_status
finish
