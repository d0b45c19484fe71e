#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh [-n] build|check - what building, or checking, needs is there
#
# Looks for the thing itself (a tool, a header), not for a package, so that what
# was installed by hand counts.  On Debian and its relatives what is missing is
# installed with apt; elsewhere, and with -n, it is named.  needs() below
# is the only list of dependencies.

set -eu

die() {
	echo "setup: $*" >&2
	exit 1
}

dry=
if [ "${1-}" = -n ]; then
	dry=1
	shift
fi
case ${1-} in
build | check) level=$1 ;;
*) die "usage: setup.sh [-n] build|check" ;;
esac
machine=$(uname -m)

# Probes.
tool() {
	command -v "$1" >/dev/null
}
lib() {
	tool pkg-config && pkg-config --exists "$1"
}
header() {
	echo "#include <$1>" | gcc -E - >/dev/null 2>&1
}
gcc_has() {			# gcc answers with the bare name if it has no such file
	[ -e "$(gcc -print-file-name="$1")" ]
}
clang_has() {
	tool clang && [ -n "$(find "$(clang -print-resource-dir)/" -name "$1*" 2>/dev/null)" ]
}

# One line per need: level, machine, packages of apt, dnf and pacman, probe.
# A dash: not packaged there; the part of the checks that needs it is skipped.
needs() {
	need build any	  gcc,libc6-dev gcc,glibc-devel gcc tool gcc
	need build any	  libc6-dev glibc-devel glibc header stdio.h
	need build any	  pkg-config pkgconf-pkg-config pkgconf tool pkg-config
	need build any	  libpcre2-dev pcre2-devel pcre2 lib libpcre2-8
	need build any	  libdrm-dev libdrm-devel libdrm lib libdrm
	need build any	  liburing-dev liburing-devel liburing lib liburing
	need build any	  libjansson-dev jansson-devel jansson lib jansson
	need build any	  liblzma-dev xz-devel xz lib liblzma
	need build x86_64 libsimde-dev simde-devel simde header simde/arm/neon.h
	need check any	  check check-devel check lib check
	need check any	  gcc libasan gcc-libs gcc_has libasan.so
	need check any	  gcc libubsan gcc-libs gcc_has libubsan.so
	need check any	  gcc libtsan gcc-libs gcc_has libtsan.so
	need check any	  clang clang clang tool clang
	need check any	  libclang-rt-dev compiler-rt compiler-rt clang_has libclang_rt.fuzzer
	need check any	  clang-format clang-tools-extra clang tool clang-format
	need check any	  valgrind valgrind valgrind tool valgrind
	need check any	  shellcheck ShellCheck shellcheck tool shellcheck
	need check any	  groff-base groff-base groff tool groff
	need check any	  xz-utils xz xz tool xz
	need check any	  python3-sphinx python3-sphinx python-sphinx tool sphinx-build
	need check x86_64 gcc-aarch64-linux-gnu,libc6-dev-arm64-cross gcc-aarch64-linux-gnu \
		aarch64-linux-gnu-gcc tool aarch64-linux-gnu-gcc
	need check x86_64 qemu-user qemu-user-static qemu-user tool qemu-aarch64
}

need() {
	case $level:$1 in build:check) return ;; esac
	case $2 in any | "$machine") ;; *) return ;; esac
	a=$3 d=$4 p=$5
	shift 5
	! "$@" || return 0
	shift
	what="$what $1"
	apt="$apt,$a" dnf="$dnf,$d" pacman="$pacman,$p"
}

# a,b,a: " a b"
names() {
	echo "$1" | tr , '\n' | awk 'NF && !seen[$0]++ { printf " %s", $0 }'
}

# Sets what, apt, dnf and pacman to what is missing.
find_missing() {
	what='' apt='' dnf='' pacman=''
	needs
	apt=$(names "$apt") dnf=$(names "$dnf") pacman=$(names "$pacman")
	# This name depends on the release.
	case $apt in *libclang-rt-dev*)
		v=$(apt-cache depends clang 2>/dev/null |
			sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
		apt=$(echo "$apt" | sed "s/libclang-rt-dev/libclang-rt-${v:-14}-dev/") ;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif tool sudo; then
		sudo "$@"
	else
		die "not root and no sudo here; as root: apt-get install$apt"
	fi
}

apt_install() {
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=2 "$@" \
		>"$log" 2>&1 </dev/null || {
		tail -n 20 "$log" >&2
		rm -f "$log"
		return 1
	}
	rm -f "$log"
}

find_missing
[ -n "$what" ] || exit 0

if [ -n "$dry" ] || ! tool apt-get; then
	# make shows this before a compiler's first error would.
	cat >&2 <<-END
	setup: missing for make $level:$what
	  Debian, Ubuntu:  apt-get install$apt
	  Fedora:          dnf install$dnf
	  Arch Linux:      pacman -S$pacman
	END
	exit 1
fi

# A fresh system has no lists yet, and names above may depend on them.
if ! apt-cache show gcc >/dev/null 2>&1; then
	echo "setup: apt-get update"
	apt_install update || die "apt-get update failed"
	find_missing
fi
echo "setup: installing$apt"
# shellcheck disable=SC2086
apt_install install --no-install-recommends -y $apt || {
	# Lists can be older than the archive.
	echo "setup: apt-get update, then again"
	apt_install update || die "apt-get update failed"
	apt_install install --no-install-recommends -y $apt ||
		die "apt-get could not install$apt"
}
find_missing
[ -z "$what" ] || die "still missing after apt-get install:$what"
