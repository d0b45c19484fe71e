/* SPDX-License-Identifier: MIT */
/* Turns a kernel with its arguments into GPU memory with a control stream. */
#ifndef TOOLS_AGX_EMU_LAUNCH_H
#define TOOLS_AGX_EMU_LAUNCH_H

#include "kernel.h"
#include "results.h"
#include "run.h"
#include "uniforms.h"

/* 0 with the job's stream and base set, or the exit status after a message. */
int launch_build(struct job *job, const struct kernel *kernel, const struct uniforms *uniforms,
		 const struct opts *opts);

/* Whether code is the address of the launch's preamble, not of its main program. */
bool launch_is_preamble(const struct job *job, u64 code);

/* Runs the kernel of the command line, from beginning to end: the exit status. */
int run_kernel(const struct opts *opts);

#endif
