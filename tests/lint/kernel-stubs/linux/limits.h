/* SPDX-License-Identifier: MIT */
#ifndef STUB_LINUX_LIMITS_H
#define STUB_LINUX_LIMITS_H

#define INT_MAX 0x7fffffff
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX 0xffffffffu
#define U8_MAX 0xff
#define U16_MAX 0xffff
#define U32_MAX 0xffffffffu
#define U64_MAX (~0ull)
#define S32_MAX INT_MAX
#define S32_MIN INT_MIN
#define SIZE_MAX (~(size_t)0)

#endif
