// SPDX-License-Identifier: MIT
/* A signal handler can reach nothing but file-scope data: the exception to the rule. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;

static void handle(int number)
{
	(void)number;
	seen = 1;
}

void interrupt_catch(void)
{
	struct sigaction old, action = {
		.sa_handler = handle,
		/* Reset, so that the second ends a program that does not come to its end. */
		.sa_flags = (int)(SA_RESETHAND | SA_RESTART),
	};

	/* Background jobs of a shell ignore it, and are meant to. */
	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler == SIG_IGN)
		return;
	sigaction(SIGINT, &action, NULL);
}

bool interrupt_seen(void)
{
	return seen;
}
