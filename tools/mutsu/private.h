/* SPDX-License-Identifier: MIT */
/* What nobody should send to others by accident, and texts without it. */
#ifndef TOOLS_MUTSU_PRIVATE_H
#define TOOLS_MUTSU_PRIVATE_H

#include <stddef.h>

#define PRIVATE_MAX	64

struct private {
	struct private_word {
		char text[128];
		const char *label;	/* "<host>" */
	} word[PRIVATE_MAX];
	size_t n;
};

/*
 * Learns names of this computer and its users and its serial number, and those of
 * the computer whose files are below root, if that is not NULL.
 */
void private_init(struct private *private, const char *root);

/*
 * from without them: <host>, <user>, <home>, <serial> instead; and <address> and <id>
 * for whatever looks like a hardware address or a UUID.  to is cut to size - 1 bytes
 * and terminated.
 */
void private_clean(const struct private *private, char *to, size_t size, const char *from);

#endif
