#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sysroot.sh ARCH DIR - unpack the libraries that cross builds link into DIR
#
# They come from the apt sources this machine already uses, fetched with an apt
# state of its own below DIR: nothing is installed, no architecture is added to
# dpkg, and no root is needed.  The C library is the cross compiler's.  DIR is
# complete once DIR/.complete names the packages it was made for.

set -eu

die() {
	echo "sysroot.sh: $*" >&2
	exit 1
}

[ $# = 2 ] || die "usage: sysroot.sh ARCH DIR"
arch=$1
dir=$2
packages="libpcre2-dev libdrm-dev liburing-dev libjansson-dev liblzma-dev check libsubunit-dev"
want="$arch: $packages"

[ "$(cat "$dir/.complete" 2>/dev/null)" != "$want" ] || exit 0

for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null ||
		die "$tool is missing: cross builds take their libraries from Debian packages" \
		    "(on other systems fill $dir by hand and pass SYSROOT=DIR)"
done

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/.apt
log=$apt/log
rm -rf "$apt"
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
: >"$apt/status"
trap 'rm -rf "$apt/state" "$apt/cache" "$apt/debs"' EXIT

private_apt() {
	apt-get -q \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User=root -o APT::Get::AllowUnauthenticated=false \
		-o Acquire::Languages=none -o Acquire::Retries=2 \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" -o Debug::NoLocking=true \
		"$@" >>"$log" 2>&1
}

echo "fetching $arch libraries: $packages"
# A source that has nothing for this architecture must not stop the others;
# what is missing in the end shows in the download.
private_apt update || :
# shellcheck disable=SC2086 # a list of names
(cd "$apt/debs" && private_apt download $packages) || {
	tail -n 5 "$log" >&2
	die "packages for $arch could not be fetched; the whole log is $log"
}

for deb in "$apt"/debs/*.deb; do
	dpkg-deb -x "$deb" "$dir"
done
for lib in libpcre2-8.a libdrm.a liburing.a libjansson.a libcheck.a libsubunit.a; do
	[ -n "$(find "$dir/usr/lib" -name $lib)" ] || die "$lib is not in the packages for $arch"
done
echo "$want" >"$dir/.complete"
