#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kerneldoc - kernel-doc comments describe what is there, all of it and nothing else

. tests/lib/tap.sh

command -v python3 >/dev/null || {
	skip kerneldoc "python3 is missing"
	finish
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

complaints() {			# FILES...
	python3 Documentation/kerneldoc.py "$@" 3>&1 >/dev/null 2>&3
}

# shellcheck disable=SC2046 # a list of files
silent "headers and sources of the kernel module" complaints \
	$(sources 'kmod/*.[ch]' 'uapi/drm/*.h')

cat >"$tmp/good.h" <<-'END'
	/**
	 * DOC: what it is
	 *
	 * Of &struct thing.a, %NULL and @b; call_it() is &drm/x.h.
	 */

	/**
	 * define LIMIT - of things
	 *
	 * Not of others.
	 */
	#define LIMIT 1

	/**
	 * struct thing - a thing
	 * @a: first
	 * @b: second, which
	 *	goes on
	 * @call: a pointer to a function
	 * @more: as many as @a says
	 * @part: another thing
	 * @deep: of a structure without a name
	 *
	 * Said of all.
	 */
	struct thing {
		u32 a, *b;	/* not this */
		int (*call)(void *ctx, int n);
		struct list more[] __counted_by(a);
		struct part {
			int inside;
		} part[2];
		struct {
			int deep;
		};
	};

	/** enum kind - which */
	enum kind {
		/** @KIND_ONE: one */
		KIND_ONE = 1,
		/** @KIND_TWO: two */
		KIND_TWO,
	};
END
cat >"$tmp/good.rst" <<-'END'
	What it is
	~~~~~~~~~~

	Of ``struct thing.a``, ``NULL`` and ``b``; ``call_it()`` is ``drm/x.h``.

	``LIMIT``
	    of things

	    Not of others.

	struct thing
	~~~~~~~~~~~~

	a thing

	Said of all.

	``u32 a``
	    first

	``u32 *b``
	    second, which goes on

	``int (*call)(void *ctx, int n)``
	    a pointer to a function

	``struct list more[]``
	    as many as ``a`` says

	``struct part part[2]``
	    another thing

	``int deep``
	    of a structure without a name

	enum kind
	~~~~~~~~~

	which

	``KIND_ONE``
	    one

	``KIND_TWO``
	    two

END
good() {
	python3 Documentation/kerneldoc.py "$tmp/good.h" >"$tmp/out.rst" &&
		diff -u "$tmp/good.rst" "$tmp/out.rst"
}
silent "what becomes of comments" good

docs_only() {
	python3 Documentation/kerneldoc.py -d "$tmp/good.h" >"$tmp/out.rst"
	head -n 5 "$tmp/good.rst" | sed '1s/$/ (good.h)/; 2s/$/~~~~~~~~~/' | diff -u - "$tmp/out.rst"
}
silent "paragraphs alone" docs_only

structs_only() {
	python3 Documentation/kerneldoc.py -s "$tmp/good.h" >"$tmp/out.rst"
	sed 1,5d "$tmp/good.rst" | diff -u - "$tmp/out.rst"
}
silent "structures alone" structs_only

cat >"$tmp/bad.h" <<-'END'
	/**
	 * struct thing - a thing
	 * @a: there
	 * @b: not there
	 */
	struct thing {
		int a;
		int c;
	};

	/** struct gone - nothing follows */
	int x;

	/** what is this */
END
cat >"$tmp/bad.txt" <<-END
	$tmp/bad.h:1: struct thing: nothing is said of c
	$tmp/bad.h:1: struct thing: there is no b
	$tmp/bad.h:11: no struct gone follows
	$tmp/bad.h:14: cannot tell what this describes: what is this
END
bad() {
	if complaints "$tmp/bad.h" >"$tmp/out.txt"; then
		echo "exit status 0"
	else
		diff -u "$tmp/bad.txt" "$tmp/out.txt"
	fi
}
silent "mistakes are named" bad
finish
