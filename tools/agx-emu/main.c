// SPDX-License-Identifier: MIT
/* agx-emu: executes AGX2 compute dispatches in software. */
#include "launch.h"
#include "memory.h"

int main(int argc, char **argv)
{
	struct opts opts;
	int status;

	if (opts_parse(&opts, argc, argv, &status)) {
		if (opts.mode == MODE_CORPUS)
			status = run_corpus(&opts);
		else if (opts.mode == MODE_MEMORY)
			status = run_memory(&opts);
		else
			status = run_kernel(&opts);
	}
	opts_free(&opts);
	if (fflush(stdout) || ferror(stdout))
		status = fail("standard output: %s", strerror(errno));
	return status;
}
