#!/bin/sh
# SPDX-License-Identifier: MIT
#
# text - licence line, white space, line length, and nothing of anybody's machine

. tests/lib/tap.sh

code() {
	sources '*.c' '*.h' '*.S' '*.sh' '*.py' '*.mk' Makefile Kbuild '*.map' '*.in' .ci/run \
		tests/vm/init '*.config' '*dkms.conf' 'Documentation/man/*'
}

prose() {
	sources '*.rst' '*.md'
}

no_spdx() {
	{ code; prose; } | while read -r f; do
		# A manual page may be one line that names another.
		head -n 3 "$f" | grep -qE -e 'SPDX-License-Identifier: (GPL-2.0-only OR )?MIT' \
			-e '^\.so ' || echo "$f"
	done
}

# What goes into the kernel can be taken into it.
no_gpl() {
	sources 'kmod/*.[ch]' 'uapi/*.h' Kbuild | while read -r f; do
		head -n 1 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR MIT' || echo "$f"
	done
}

# MATCH is an extended regular expression.
matches() {
	{ code; prose; } | xargs grep -nE "$1"
}

# A tab counts up to the next multiple of 8.  Messages are not broken: what is
# in quotes may go on.
long_lines() {
	sources '*.c' '*.h' '*.S' '*.sh' '*.map' | xargs awk '{
		gsub(/"[^"]*"/, "\"\"")
		n = 0
		for (i = 1; i <= length($0); i++)
			n = substr($0, i, 1) == "\t" ? n + 8 - n % 8 : n + 1
		if (n > 100)
			printf "%s:%d: %d columns\n", FILENAME, FNR, n
	}'
}

no_newline() {
	{ code; prose; } | while read -r f; do
		[ -z "$(tail -c 1 "$f")" ] || echo "$f"
	done
}

space_indent() {
	sources '*.c' '*.h' '*.S' | xargs grep -nE '^ {8}|	 {8}'
}

# Homes, mounts and package hosts; written so that this file does not match.
foreign() {
	{ code; prose; } | xargs grep -nE -e '/(wo[r]k|home|Users|mnt|root)/[a-zA-Z]' \
		-e '(de[b]\.debian|archive\.ubuntu|snapshot\.debian)\.[a-z]+' \
		-e 'https?://[^ ]*(mirr[o]r|pro[x]y)'
}

silent "SPDX line in each file" no_spdx
silent "GPL, too, in the kernel's" no_gpl
silent "no white space at line ends" matches '[ 	]+$'
silent "100 columns" long_lines
silent "newline at end of file" no_newline
silent "tabs indent" space_indent
silent "no paths or hosts of one machine" foreign
silent "no conflict markers" matches '^(<{7}|>{7}) '
finish
