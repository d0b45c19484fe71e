/* SPDX-License-Identifier: MIT */
/* The reference of the instruction set, from its table. */
#ifndef TOOLS_AGX_REFERENCE_H
#define TOOLS_AGX_REFERENCE_H

#include <stdio.h>

/* Writes reStructuredText; 0, or -EIO. */
int agx_reference(FILE *f);

#endif
