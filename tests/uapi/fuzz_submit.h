/* SPDX-License-Identifier: MIT */
/* Submissions of the ioctl fuzzer, good and damaged, and the syncobjs they use. */
#ifndef TESTS_UAPI_FUZZ_SUBMIT_H
#define TESTS_UAPI_FUZZ_SUBMIT_H

#include "fuzz.h"

/* A VM, buffers with the image, and a queue; rig->made says whether that went well. */
void fuzz_make_rig(struct fuzz_thread *t, struct fuzz_rig *rig, u32 client);

/*
 * Commands that are all right, though some of the programs are not.  False: the queue
 * is not there any more.
 */
bool fuzz_submit_good(struct fuzz_thread *t, struct fuzz_rig *rig);
/* Bits of the arguments or commands are turned over. */
void fuzz_submit_mutated(struct fuzz_thread *t, struct fuzz_rig *rig);

/* How the work behind a syncobj ended: 1, 0 (it has not) or -errno; counted. */
int fuzz_fence(struct fuzz_thread *t, int fd, u32 syncobj);

/* Something with syncobjs: creates, destroys, signals, resets, exports, imports. */
void fuzz_syncobj(struct fuzz_thread *t);
/* Waits for some, a little. */
void fuzz_wait(struct fuzz_thread *t);

#endif
