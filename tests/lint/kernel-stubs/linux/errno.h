/* SPDX-License-Identifier: MIT */
#ifndef STUB_LINUX_ERRNO_H
#define STUB_LINUX_ERRNO_H

#define ENOENT 2
#define E2BIG 7
#define ENOEXEC 8
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EEXIST 17
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define ELOOP 40
#define ENODATA 61
#define EOVERFLOW 75
#define EILSEQ 84
#define ECANCELED 125

#endif
