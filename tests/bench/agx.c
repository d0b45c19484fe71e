// SPDX-License-Identifier: MIT
/*
 * How fast the executor is: SIMD-group instructions per second and host thread, for
 * programs of one kind of instruction and for mixtures, and what more threads add.
 *
 * Each program is a loop of its lines, run again and again on registers and memory of
 * ordinary values.  Time is the thread's own, so that others may use the machine.
 *
 * What it and a profile said of a 64-bit x86 server core of 2025 (Zen 5, GCC 12), in
 * millions per second: 118 ffma, 55 to 65 with halves, 170 iadd, 120 loads of a word,
 * 80 of four, 77 where lanes are apart, 130 of the mixture; two threads, twice that.
 * Without AVX2 (-g): ffma 14, a fused multiply-add then being computed, the rest about
 * two thirds.  Decoding and dispatch do not show: agx_simd_run() has 2 to 5 %.  What
 * bounds arithmetic is its own instructions: ffma has about 250, of which four
 * multiply and add and the others flush, settle NaN and merge under the mask; with
 * halves, half as many again convert.  Loads find the range of 32 addresses and look
 * once into the TLB, two thirds of their time, and move data in the rest.
 */
#include <err.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compute/isa/agx_exec.h"

#define BASE 0x2000000000	/* of the buffer, which u0:u1 point to */
#define SIZE (1u << 20)
#define MAX_THREADS 256
#define LINES 24

/*
 * r2: lane, r4: lane * 4, r5: lane * 64, r6:r7: address of a lane's own word, r8:r9:
 * of the buffer,
 * u2: 1.0, u3: 0xff, u5: indices of words that are multiples of 128.  The loop counts in r120.
 */
static const struct {
	const char *name, *what;
	const char *line[LINES];
} programs[] = {
	{ "ffma", "f32, three registers", {
		"ffma r10, r20, r21, r10", "ffma r11, r20, r21, r11", "ffma r12, r20, r21, r12",
		"ffma r13, r20, r21, r13", "ffma r14, r20, r21, r14", "ffma r15, r20, r21, r15",
		"ffma r16, r20, r21, r16", "ffma r17, r20, r21, r17", } },
	{ "ffma16", "f32 of halves, as weights are", {
		"ffma r10, r20l, r21, r10", "ffma r11, r20h, r21, r11", "ffma r12, r22l, r23, r12",
		"ffma r13, r22h, u2, r13", } },
	{ "fadd", "f32 add and multiply", {
		"fadd r10, r10, r20", "fmul r11, r11, u2", "fadd r12, r12, r21",
		"fmul r13, r20, r21", } },
	{ "hfma", "f16", {
		"hfma r10l, r20l, r21l, r10l", "hfma r10h, r20h, r21h, r10h",
		"hadd r11l, r11l, r20l", "hmul r11h, r20h, r21l", } },
	{ "iadd", "32 bits", {
		"iadd r10, r10, r20", "iadd r11, r11, 7", "isub r12, r12, r20, lsl 2",
		"iadd r13, r13, u3", } },
	{ "iadd64", "64 bits", {
		"iadd dr10, dr10, dr20", "iadd dr12, dr12, r20.sx", "imul dr14, r20, r21", } },
	{ "int", "integer of many kinds", {
		"imadd r10, r20, r21, r10", "and r11, r20, u3", "shl r12, r20, 3",
		"shr r13, r20, r2", "bfeil r14, 0, r20, 8, 8", "xor r15, r15, r20",
		"csel r16, r20, r21, r10, r11, ult", "popcnt r17, r20", "mov r18, r20",
		"asr r19, r20, 4, 0, 0", } },
	{ "load", "i32 side by side", {
		"load r10, du0, r2, i32, x, a", "load r11, du0, r2, i32, x, a", "wait a",
		"load r12, du0, r2, i32, x, a", "load r13, du0, r2, i32, x, a", "wait a", } },
	{ "load4", "i32 xyzw side by side", {
		"load r10_r11_r12_r13, du0, r4, i32, xyzw, a",
		"load r14_r15_r16_r17, du0, r4, i32, xyzw, a", "wait a", } },
	{ "stream", "i32 xyzw, on and on through the buffer", {
		"and r17, r17, u5", "iadd r18, r17, r4",
		"load r10_r11_r12_r13, du0, r18, i32, xyzw, a", "iadd r17, r17, 128", } },
	{ "load16", "i16 side by side, base in registers", {
		"load r10l, dr6, 0, i16, x, a", "load r10h, du0, r2, i16, x, a", "wait a", } },
	{ "loadr", "i32 of the same and of own bases in registers", {
		"load r10, dr8, r2, i32, x, a", "load r11, dr6, 3, i32, x, a",
		"load r12, dr6, r3, i32, x, a", "wait a", } },
	{ "loadx", "i32 of one address, and apart", {
		"load r10, du0, 5, i32, x, a", "load r11, du0, r5, i32, x, a", "wait a", } },
	{ "store", "i32 x and xyzw", {
		"store r20, du0, r2, i32, x, a",
		"store r20_r21_r22_r23, du0, r4, i32, xyzw, a", "wait a", } },
	{ "local", "threadgroup memory", {
		"lstore r20, r4l, 0, i32, x", "lload r10, r4l, 0, i32, x",
		"lload r12_r13, r4l, 0, i32, xy", } },
	{ "flow", "divergent if and else", {
		"if r2, 9, 1, ult", "iadd r10, r10, 1", "else r2, 20, 1, ult",
		"iadd r11, r11, 1", "pop_exec 1", } },
	{ "simd", "across lanes", {
		"simd r10, r20, fadd", "simd r11, r2, iadd", "shuffle r12, r20, 1, xor",
		"ballot r13, r2, 9, ult", } },
	{ "special", "rcp, exp2, log2, rsqrt", {
		"rcp r10, r20", "exp2 r11, r20", "log2 r12, r20", "rsqrt r13, r20", } },
	{ "matrix", "8x8x8, f16 into f32", {
		"simd_matrix_fmadd32 r10, r20l.abs.neg, r21l, r10",
		"simd_matrix_fmadd32 r12, r20l.abs.neg, r21l, r12", } },
	{ "gemv", "half weights, as a matrix-vector product has them", {
		"load r20_r21_r22_r23, du0, r4, i32, xyzw, a",
		"load r30_r31_r32_r33, du0, 0, i32, xyzw, a", "wait a",
		"ffma r10, r20l, r30, r10", "ffma r11, r20h, r31, r11",
		"ffma r12, r21l, r32, r12", "ffma r13, r21h, r33, r13",
		"ffma r10, r22l, r30, r10", "ffma r11, r22h, r31, r11",
		"ffma r12, r23l, r32, r12", "ffma r13, r23h, r33, r13",
		"iadd r19, r4, r2", "iadd r18, r18, 1", } },
	{ "mixed", "a bit of everything", {
		"iadd r10, r2, u3", "load r11, du0, r2, i32, x, a", "wait a",
		"ffma r12, r11, r20, r12", "and r13, r11, u3", "fmul r14, r12, u2",
		"csel r15, r13, r10, r11, r12, ult", "imadd r16, r13, r10, r16",
		"fadd r17, r17, r14", "store r17, du0, r2, i32, x, b", "shr r18, r13, 3", } },
};

struct options {
	unsigned int threads;
	double seconds;
	bool generic;		/* not what the CPU has more than others */
};

static noreturn void usage(int status)
{
	fputs("usage: bench-agx [-g] [-s SECONDS] [-t THREADS] [PROGRAM...]\n"
	      "\n"
	      "  -g          handlers for any CPU\n"
	      "  -s SECONDS  for each measurement, default 0.2\n"
	      "  -t THREADS  of the second column, default: as many as CPUs\n"
	      "\n"
	      "programs:\n", status ? stderr : stdout);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		fprintf(status ? stderr : stdout, "  %-8s %s\n", programs[i].name,
			programs[i].what);
	exit(status);
}

/* --- programs -------------------------------------------------------------- */

struct code {
	u8 bytes[16384];
	size_t size;
};

static void add(struct code *code, const char *text)
{
	struct agx_error error;
	struct agx_insn insn;
	int n;

	if (agx_parse(&insn, text, &error))
		errx(1, "%s: %s", text, error.text);
	n = agx_encode(&insn, code->bytes + code->size, &error);
	if (n < 0)
		errx(1, "%s: %s", text, error.text);
	code->size += (size_t)n;
}

/* About 200 instructions of them, a thousand times over. */
static void assemble(struct code *code, const char *const *lines)
{
	size_t n = 0, top;
	char jump[32];

	add(code, "ldimm r120, 0");
	top = code->size;
	while (lines[n])
		n++;
	for (size_t i = 0; i < 200 / n; i++)
		for (size_t k = 0; k < n; k++)
			add(code, lines[k]);
	add(code, "iadd r120, r120, 1");
	add(code, "while r120, u4, 1, ult");
	snprintf(jump, sizeof(jump), "jmp_any -%zu", code->size - top);
	add(code, jump);
	add(code, "pop_exec 1");
	add(code, "stop");
}

static void use_generic(struct agx_program *program)
{
	for (u32 i = 0; i < program->n_insns; i++)
		program->exec[i] = agx_exec_handler_generic(&program->insn[i], AGX_HALVES);
}

/* --- running ---------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	const struct agx_program *program;
	double seconds;		/* to run */
	double rate;		/* instructions per second */
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	if (address < BASE || address >= BASE + SIZE)
		return NULL;
	*avail = BASE + SIZE - address;
	*prot = AGX_MEM_READ | AGX_MEM_WRITE;
	return (u8 *)ctx + (address - BASE);
}

static void *allocate(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) & ~(size_t)63);

	if (!p)
		err(1, "%zu bytes", size);
	memset(p, 0, size);
	return p;
}

static void fill_registers(struct agx_simd *simd)
{
	for (u32 l = 0; l < AGX_LANES; l++) {
		u64 own = BASE + 4 * l;

		for (u32 r = 10; r < 40; r++)
			/* About 1, as a word and as two halves. */
			simd->reg[r][l] = 0x3f803c00 + (r << 8) + l;
		simd->reg[2][l] = l;
		simd->reg[4][l] = 4 * l;
		simd->reg[5][l] = 64 * l;
		simd->reg[8][l] = (u32)BASE;
		simd->reg[9][l] = (u32)(BASE >> 32);
		simd->reg[6][l] = (u32)own;
		simd->reg[7][l] = (u32)(own >> 32);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct agx_simd *simd = allocate(sizeof(*simd));
	struct agx_memory memory = { .map = map, .ctx = allocate(SIZE) };
	u32 uniform[256] = { (u32)BASE, (u32)(BASE >> 32), 0x3f800000, 255, 1000,
			     (SIZE / 4 - 1) & ~127u };
	struct agx_group group = {
		.uniform = uniform, .local = allocate(4096), .local_size = 4096,
		.nominal = { 32, 1, 1 }, .actual = { 32, 1, 1 }, .n_simds = 1,
	};
	struct agx_tlb tlb;
	double start = now(), passed;
	u64 steps = 0;

	agx_tlb_init(&tlb, &memory);
	do {
		agx_simd_start(simd, w->program, &group, &tlb, 0);
		fill_registers(simd);
		if (agx_simd_run(simd, ~0ull) != AGX_STOPPED) {
			char text[200];

			agx_fault_print(text, sizeof(text), &simd->fault);
			errx(1, "%s", text);
		}
		steps += simd->steps;
		passed = now() - start;
	} while (passed < w->seconds);
	w->rate = (double)steps / passed;
	free(group.local);
	free(memory.ctx);
	free(simd);
	return NULL;
}

/* Millions of instructions per second of all threads together. */
static double measure(const struct agx_program *program, unsigned int threads, double seconds)
{
	struct worker worker[MAX_THREADS];
	double rate = 0;

	for (unsigned int i = 0; i < threads; i++) {
		worker[i] = (struct worker){ .program = program, .seconds = seconds };
		if (pthread_create(&worker[i].thread, NULL, work, &worker[i]))
			errx(1, "no thread");
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(worker[i].thread, NULL);
		rate += worker[i].rate;
	}
	return rate * 1e-6;
}

static void bench(size_t index, const struct options *opts)
{
	struct code code = { .size = 0 };
	struct agx_program program;
	double one, many;

	assemble(&code, programs[index].line);
	if (agx_program_init(&program, code.bytes, code.size, 0x1100000000, AGX_HALVES, NULL))
		errx(1, "%s: no program", programs[index].name);
	if (opts->generic)
		use_generic(&program);
	one = measure(&program, 1, opts->seconds);
	many = measure(&program, opts->threads, opts->seconds);
	printf("%-8s %10.1f %10.1f %10.1f %8.2f  %s\n", programs[index].name, one, 1000 / one,
	       many, many / one, programs[index].what);
	fflush(stdout);
	agx_program_destroy(&program);
}

static bool wanted(const char *name, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(name, programs[i].name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options opts = {
		.threads = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN), .seconds = 0.2,
	};
	int c;

	while ((c = getopt_long(argc, argv, "ghs:t:", longs, NULL)) != -1) {
		switch (c) {
		case 'g':
			opts.generic = true;
			break;
		case 's':
			opts.seconds = strtod(optarg, NULL);
			break;
		case 't':
			opts.threads = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		default:
			usage(c == 'h' ? 0 : 2);
		}
	}
	if (!opts.threads || opts.threads > MAX_THREADS || !(opts.seconds > 0))
		usage(2);
	for (int i = optind; i < argc; i++)
		if (!known(argv[i]))
			usage(2);

	printf("%-8s %10s %10s %4u threads %7s\n%-8s %10s %10s %10s %8s\n", "", "1 thread", "",
	       opts.threads, "", "program", "M insns/s", "ns/insn", "M insns/s", "scaling");
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (wanted(programs[i].name, argv + optind))
			bench(i, &opts);
	if (fflush(stdout))
		err(1, "stdout");
	return 0;
}
