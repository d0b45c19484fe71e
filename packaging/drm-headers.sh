#!/bin/sh
# SPDX-License-Identifier: MIT
#
# drm-headers.sh DIR - DIR/drm/asahi_drm.h, and what it includes
#
# Linux has had it since 6.16.  Where the system's headers are older, as
# on Debian 12, it comes from a newer linux-libc-dev of the Debian mirror that this machine's
# apt uses: some seconds, no root, and nothing is installed.

set -eu

[ $# = 1 ] || { echo "usage: drm-headers.sh DIR" >&2; exit 2; }
dir=$1
header=drm/asahi_drm.h
system=${SYSTEM_HEADERS-/usr/include}
suite=${HEADERS_SUITE:-trixie-backports}

die() {
	cat >&2 <<-END
	drm-headers.sh: $*
	  $header is missing, which libmutsu talks to the GPU with.  It comes with the
	  headers of Linux 6.16 or later:
	  Debian, Ubuntu:  linux-libc-dev, if that is 6.16 or later
	  Fedora:          kernel-headers, likewise
	  Arch Linux:      linux-api-headers, likewise
	  or make DRM_HEADERS=DIR, where DIR/$header is, from any such system
	END
	exit 1
}

if [ ! -e "$system/$header" ]; then
	arch=$(dpkg --print-architecture 2>/dev/null) ||
		die "no Debian here to fetch the headers from"
	"$(dirname "$0")/unpack.sh" -n "$arch" "$suite" "$dir.package" linux-libc-dev ||
		die "the newer headers could not be fetched"
	system=$dir.package/usr/include
	[ -e "$system/$header" ] || die "linux-libc-dev of $suite does not have it"
fi
mkdir -p "$dir"
cp -R "$system/drm" "$system/linux" "$dir"
rm -rf "$dir.package"
