// SPDX-License-Identifier: MIT
/* Draws the bar in place, ten times a second at most, and leaves no trace of it. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WAIT_SECONDS	1.0
#define REDRAW_SECONDS	0.1

double progress_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_start(struct progress *progress, const char *what)
{
	const char *term = getenv("TERM");

	*progress = (struct progress){
		.what = what,
		.enabled = isatty(STDERR_FILENO) && term && strcmp(term, "dumb"),
		.start = progress_seconds(),
	};
}

static int bar_width(void)
{
	struct winsize size;
	int width = 80;

	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	/* What is printed beside the bar. */
	width -= 40;
	return width < 0 ? 0 : width > 60 ? 60 : width;
}

void progress_update(struct progress *progress, uint64_t done, uint64_t total)
{
	double now = progress_seconds();
	double part = total ? (double)done / (double)total : 0;
	int width, full;

	if (!progress->enabled || now - progress->start < WAIT_SECONDS ||
	    now - progress->last < REDRAW_SECONDS)
		return;
	progress->last = now;
	progress->shown = true;
	width = bar_width();
	full = (int)(part * width);
	fprintf(stderr, "\r\033[K%s [", progress->what);
	for (int i = 0; i < width; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, "] %3.0f %%", part * 100);
	if (done)
		fprintf(stderr, ", %.0f s left", (now - progress->start) * (1 - part) / part);
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	progress->shown = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
