// SPDX-License-Identifier: MIT
#include "agx_exec.h"

/* How much of a fault has a meaning, besides where the code is. */
enum fault_detail { NO_DETAIL, ADDRESS, BYTES, STREAM };

static const struct {
	const char *what;
	enum fault_detail detail;
} fault_info[] = {
	[AGX_FAULT_NONE] = { "no fault", NO_DETAIL },
	[AGX_FAULT_UNMAPPED] = { "nothing is mapped", ADDRESS },
	[AGX_FAULT_READ_ONLY] = { "memory is read-only", ADDRESS },
	[AGX_FAULT_WRITE_ONLY] = { "memory is write-only", ADDRESS },
	[AGX_FAULT_LOCAL] = { "outside of threadgroup memory", ADDRESS },
	[AGX_FAULT_STACK] = { "outside of the stack", ADDRESS },
	[AGX_FAULT_UNKNOWN_INSN] = { "unknown instruction", BYTES },
	[AGX_FAULT_ILLEGAL] = { "illegal instruction", NO_DETAIL },
	[AGX_FAULT_REGISTER] = { "register beyond the allocation", NO_DETAIL },
	[AGX_FAULT_JUMP] = { "jump to what is no instruction of the program", ADDRESS },
	[AGX_FAULT_RUNAWAY] = { "out of steps: it may never end", NO_DETAIL },
	[AGX_FAULT_TIMEOUT] = { "out of time: it may never end", NO_DETAIL },
	[AGX_FAULT_STREAM] = { "bad control stream", STREAM },
};

struct line {
	char *text;
	size_t size, length;
};

static __printf(2, 3) void add(struct line *line, const char *format, ...)
{
	size_t room = line->length < line->size ? line->size - line->length : 0;
	va_list args;

	va_start(args, format);
	line->length += (size_t)vsnprintf(room ? line->text + line->length : NULL, room, format,
					  args);
	va_end(args);
}

static void add_bytes(struct line *line, u64 bytes)
{
	add(line, ":");
	for (int i = 0; i < 8; i++)
		add(line, " %02x", (unsigned int)(bytes >> i * 8 & 0xff));
}

int agx_fault_print(char *text, size_t size, const struct agx_fault *fault)
{
	struct line line = { .text = text, .size = size };
	unsigned int kind = fault->kind < ARRAY_SIZE(fault_info) ? fault->kind : AGX_FAULT_NONE;
	unsigned long long address = fault->address;

	add(&line, "%s", fault_info[kind].what);
	if (fault_info[kind].detail == STREAM) {
		add(&line, " at 0x%llx", address);
		return (int)line.length;
	}
	if (fault_info[kind].detail == BYTES)
		add_bytes(&line, fault->address);
	if (fault_info[kind].detail == ADDRESS)
		add(&line, ": %s of 0x%llx by lane %u",
		    kind == AGX_FAULT_JUMP ? "jump" : fault->write ? "write" : "read", address,
		    fault->lane);
	if (kind != AGX_FAULT_NONE)
		add(&line, ", at 0x%x of the %s (0x%llx), threadgroup %u,%u,%u, SIMD-group %u",
		    fault->offset, fault->preamble ? "preamble" : "program",
		    (unsigned long long)fault->code, fault->group[0], fault->group[1],
		    fault->group[2], fault->simd);
	return (int)line.length;
}
