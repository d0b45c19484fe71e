#!/bin/sh
# SPDX-License-Identifier: MIT
#
# unpack.sh ARCH SUITE DIR PACKAGE... - Debian packages with all they depend on, in DIR
#
# They come from the mirror that this machine's apt uses (MIRROR, if set, instead),
# fetched with an apt state of its own below DIR: nothing is installed, nothing is run,
# no architecture is added to dpkg, and no root is needed.  ARCH is the system's,
# this one's or another.  DIR is complete once DIR/.complete says what it was made of.

set -eu

die() {
	echo "unpack.sh: $*" >&2
	exit 1
}

[ $# -ge 4 ] || die "usage: unpack.sh ARCH SUITE DIR PACKAGE..."
arch=$1 suite=$2 dir=$3
shift 3
want="$arch $suite: $*"

[ "$(cat "$dir/.complete" 2>/dev/null)" != "$want" ] || exit 0

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null || die "$tool is missing"
done
[ -e $keyring ] || die "$keyring is missing (debian-archive-keyring)"
mirror=${MIRROR-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
	grep -v security | head -n 1)}
[ "$mirror" ] || die "apt has no sources, and MIRROR is not set"

rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/.apt
mkdir -p "$apt/state/lists/partial" "$apt/debs/partial"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
trap 'rm -rf "$apt"' EXIT

# The date in a mirror's copy of sid may have passed.
private_apt() {
	apt-get -q -y \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User=root -o APT::Install-Recommends=false \
		-o Acquire::Languages=none -o Acquire::Retries=2 \
		-o Acquire::Check-Valid-Until=false \
		-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/debs" \
		-o Debug::NoLocking=true "$@" >"$apt/log" 2>&1 || {
		tail -n 5 "$apt/log" >&2
		die "apt-get $1 failed for $arch, $suite of $mirror"
	}
}

echo "fetching $suite $arch: $*"
private_apt update
private_apt install --download-only "$@"

# Packages expect these links to be there, though none of them is one's file.
mkdir -p "$dir/usr/bin" "$dir/usr/sbin" "$dir/usr/lib" "$dir/usr/lib64"
for link in bin sbin lib lib64; do
	ln -sf "usr/$link" "$dir/$link"
done
for deb in "$apt"/debs/*.deb; do
	dpkg-deb -x "$deb" "$dir" || die "$deb could not be unpacked"
done
echo "$want" >"$dir/.complete"
