#!/bin/sh
# SPDX-License-Identifier: MIT
#
# unpack.sh [-e|-n] ARCH SUITES DIR PACKAGE... - Debian packages, unpacked into DIR
#
# With all they depend on: enough to run in (packaging/chroot.sh) or to boot from, though
# nothing is configured, since no package's scripts run.  So it takes seconds, no
# root, and no emulator for another ARCH.  They come from the Debian mirror of this
# machine's apt sources (MIRROR, if set, instead), with an apt state of its own below DIR:
# nothing is installed.
#
#	-e	  with the essential packages, too: a system
#	-n	  without what they depend on
#	SUITES	  with commas between
#	PACKAGE	  name or name:arch; of names that match one with a *, the newest
#
# Exit status 77: it cannot be done here.
#
# DIR is complete once DIR/.complete says what it was made of, and then left alone.

set -eu

die() {
	echo "unpack.sh: $*" >&2
	exit 77
}

mode=
case ${1-} in
-e | -n)
	mode=$1
	shift
	;;
esac
[ $# -ge 4 ] || die "usage: unpack.sh [-e|-n] ARCH SUITES DIR PACKAGE..."
arch=$1 suites=$2 dir=$3
shift 3
want="$mode $arch $suites: $*"

[ "$(cat "$dir/.complete" 2>/dev/null)" != "$want" ] || exit 0

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for tool in apt-get apt-cache dpkg-deb; do
	command -v $tool >/dev/null || die "$tool is missing"
done
[ -e $keyring ] || die "$keyring is missing (debian-archive-keyring)"

# Whatever host has Debian's own archive, not that of security updates.
# shellcheck disable=SC2016 # apt's variables
mirror=${MIRROR-$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
	'Created-By: Packages' | sed -n 's/^Debian Debian //p' | head -n 1)}
[ "$mirror" ] ||
	die "apt knows no mirror of Debian (no apt-get update yet?), and MIRROR is not set"

rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/.apt
log=$apt/log
mkdir -p "$apt/state/lists/partial" "$apt/debs/partial"
: >"$apt/status"
for suite in $(echo "$suites" | tr , ' '); do
	echo "deb [signed-by=$keyring] $mirror $suite main"
done >"$apt/sources.list"

# Of one more architecture, if a package names it.
foreign=$(printf '%s\n' "$@" | sed -n 's/.*://p' | grep -vx -e "$arch" -e all | sort -u || :)

# The date in a mirror's copy of sid may have passed.
private_apt() {			# TOOL ARGUMENTS...
	tool=$1
	shift
	# shellcheck disable=SC2086 # none or one
	"$tool" -q -o APT::Architecture="$arch" -o APT::Architectures::="$arch" \
		${foreign:+-o APT::Architectures::=}$foreign \
		-o APT::Sandbox::User=root -o APT::Install-Recommends=false \
		-o Acquire::Languages=none -o Acquire::Retries=2 \
		-o Acquire::Check-Valid-Until=false \
		-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/debs" \
		-o Debug::NoLocking=true "$@"
}

fetch() {			# ARGUMENTS of apt-get
	private_apt apt-get "$@" >>"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		die "apt-get $1 failed for $arch, $suites of $mirror; the whole log is $log"
	}
}

newest() {			# PATTERN
	private_apt apt-cache pkgnames "${1%%\**}" | sort -V | while read -r name; do
		# shellcheck disable=SC2254 # a pattern
		case $name in $1) echo "$name" ;; esac
	done | tail -n 1
}

echo "  FETCH   $suites $arch: $*"
fetch update
names=
for package; do
	case $package in
	*\**)
		name=$(newest "${package%:*}")
		[ "$name" ] || die "no package is named $package in $suites of $mirror"
		package=$name${package#"${package%:*}"}
		;;
	esac
	names="$names $package"
done

# shellcheck disable=SC2086 # a list of names
case $mode in
-e) fetch install -y --download-only "?and(?essential,?architecture($arch))" $names ;;
-n) (cd "$apt/debs" && fetch download $names) ;;
*) fetch install -y --download-only $names ;;
esac

# Packages expect these links to be there, though they are the files of one only.
mkdir -p "$dir/usr/bin" "$dir/usr/sbin" "$dir/usr/lib" "$dir/usr/lib64"
for link in bin sbin lib lib64; do
	ln -sf "usr/$link" "$dir/$link"
done
# shellcheck disable=SC2016 # for the other shell
find "$apt/debs" -name '*.deb' -print0 | xargs -0 -n 1 -P "$(nproc)" sh -c \
	'dpkg-deb -x "$1" "$0" || { echo "$1 could not be unpacked"; exit 255; }' "$dir" \
	>>"$log" 2>&1 || die "$(tail -n 5 "$log")"

# What the packages' scripts would have done, as far as it matters here.
for link in mawk:awk gcc:cc which.debianutils:which; do
	place=$dir/usr/bin/${link#*:}
	[ ! -e "$dir/usr/bin/${link%:*}" ] || [ -e "$place" ] || ln -s "${link%:*}" "$place"
done
for file in passwd group; do
	master=$dir/usr/share/base-passwd/$file.master
	[ ! -e "$master" ] || [ -e "$dir/etc/$file" ] || cp "$master" "$dir/etc/$file"
done
rm -rf "$apt" "$dir/usr/share/doc" "$dir/usr/share/man" "$dir/usr/share/locale" \
	"$dir/usr/share/info"

# With the names found for patterns.
# shellcheck disable=SC2086 # a list of names
printf '%s\n' $names >"$dir/.packages"
echo "$want" >"$dir/.complete"
