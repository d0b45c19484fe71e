/* SPDX-License-Identifier: MIT */
/* Ctrl-C: the first asks for an orderly end, the second is the system's. */
#ifndef TOOLS_MUTSU_INTERRUPT_H
#define TOOLS_MUTSU_INTERRUPT_H

#include <stdbool.h>

void interrupt_catch(void);
bool interrupt_seen(void);

#endif
