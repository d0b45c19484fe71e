#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What make install puts in place is enough to build and run a program with, and
# make uninstall leaves nothing of it.

. tests/lib/tap.sh

: "${MAKE:=make}" "${CC:=gcc}" "${BUILD:=build}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root
lib=$root/usr/lib

# What a distribution's build would see: this tree under /usr.  Not for make,
# whose flags would be others.
config() {
	PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH="$lib/pkgconfig" pkg-config "$@"
}

make_to_root() {
	"$MAKE" --no-print-directory "$1" DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib
}

files() {
	for f in bin/mutsu include/mutsu/mutsu.h lib/libmutsu.a lib/libmutsu.so \
		 lib/libmutsu.so.0 lib/pkgconfig/mutsu.pc share/doc/mutsu/MIT.txt; do
		[ -f "$root/usr/$f" ] || echo "usr/$f is missing"
	done
	for page in Documentation/man/*.[1-9]; do
		[ ! -e "$page" ] || [ -f "$root/usr/share/man/man${page##*.}/${page##*/}" ] ||
			echo "${page##*/} is missing"
	done
}

# shellcheck disable=SC2046 # flags
shared() {
	$CC -std=c99 -Wall -Werror -o "$tmp/shared" tests/example/story.c \
		$(config --cflags --libs mutsu) &&
	LD_LIBRARY_PATH="$lib" "$tmp/shared" >"$tmp/shared.out" && test -s "$tmp/shared.out"
}

uses_soname() {
	objdump -p "$tmp/shared" | grep 'NEEDED *libmutsu\.so\.0$'
}

# The archive, with what mutsu.pc says it needs; the dependencies stay shared.
# Their flags come from the real system.
static() {
	private=$(config --static --libs mutsu) || return
	rest=$(echo "$private" | sed 's/-lmutsu//; s|-L[^ ]*||g')
	# shellcheck disable=SC2086 # flags
	$CC -o "$tmp/static" tests/example/story.c -I"$root/usr/include" \
		"$lib/libmutsu.a" $rest &&
	"$tmp/static" >"$tmp/static.out"
}

same_story() {
	cmp "$tmp/shared.out" "$tmp/static.out"
}

version() {
	tool=$("$root/usr/bin/mutsu" --version | sed 's/.* //')
	[ "$(config --modversion mutsu)" = "$tool" ]
}

nothing_of_the_build() {
	! grep -rl "$PWD" "$root/usr/lib/pkgconfig" "$root/usr/share"
}

empty() {
	find "$root" \( -type f -o -type l \) -print
}

check "make install" make_to_root install
silent "files are in place" files
check "a program links with the shared library and runs" shared
check "it needs libmutsu.so.0" uses_soname
check "a program links with the archive and runs" static
check "both tell the same story" same_story
check "mutsu.pc has the tool's version" version
check "no path of the build tree" nothing_of_the_build
check "make uninstall" make_to_root uninstall
silent "it leaves nothing" empty
finish
