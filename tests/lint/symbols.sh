#!/bin/sh
# SPDX-License-Identifier: MIT
#
# symbols - the library does not print, exit or read the environment, and has no
# mutable data of file scope

. tests/lib/tap.sh

lib=${B:-build}/lib/libmutsu.a
if [ ! -e "$lib" ]; then
	skip symbols "$lib is missing"
	finish
fi

# Columns: address, flags, section, size, name; a section itself has flag d.
# Relocated constants (.data.rel.ro) are read-only once loaded.
mutable() {
	objdump -t "$lib" | awk '
	/^[^ ]*\.o: / { file = $1 }
	/ d +\./ || /\.data\.rel\.ro/ { next }
	/[ \t]\.t?(data|bss)[^ \t]*\t/ || /\*COM\*/ { print file, $NF }'
}

calls() {			# NAMES: a|b
	nm -A --undefined-only "$lib" | awk '{ print $1, $NF }' | grep -E " ($1)\$"
}

silent "no mutable data of file scope" mutable
silent "does not print" calls \
	'stdout|stderr|stdin|v?d?printf|puts|putchar|perror|__v?printf_chk'
silent "does not exit" calls 'exit|_exit|_Exit|quick_exit|errx?|verrx?'
silent "does not read the environment" calls '(secure_)?getenv|environ|__environ'
silent "leaves the process alone" calls \
	'system|fork|popen|execv[pe]*|signal|sigaction|setlocale|chdir|umask|s?rand|strtok'
finish
