/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail as they do in containers or on broken disks: seccomp
 * filters, which end with the test's process.
 */
#ifndef TESTS_IO_FILTER_H
#define TESTS_IO_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>

/*
 * From here on, call nr fails with errno code where argument arg, of which the
 * bits in mask count, is value.  False: this system has no filters (emulators).
 */
static inline bool filter_argument(int nr, unsigned int arg, uint32_t mask, uint32_t value,
				   int code)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4),
		/* The low half: both kinds of machines that this runs on are little-endian. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * arg),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Whatever the arguments. */
static inline bool filter_call(int nr, int code)
{
	return filter_argument(nr, 0, 0, 0, code);
}

#endif
