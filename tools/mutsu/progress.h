/* SPDX-License-Identifier: MIT */
/* A bar on stderr for what takes longer than a second, if stderr is a terminal. */
#ifndef TOOLS_MUTSU_PROGRESS_H
#define TOOLS_MUTSU_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;	/* "prompt"; borrowed */
	bool enabled;		/* stderr is a terminal */
	bool shown;		/* there is a bar to remove */
	double start, last;	/* seconds */
};

/* Seconds of CLOCK_MONOTONIC. */
double progress_seconds(void);

void progress_start(struct progress *progress, const char *what);
void progress_update(struct progress *progress, uint64_t done, uint64_t total);

/* Removes the bar; before anything else is printed on stderr. */
void progress_clear(struct progress *progress);

#endif
