/* SPDX-License-Identifier: MIT */
/*
 * Software execution of one SIMD-group: 32 lanes, one program counter, the
 * exec-mask stack in r0l.
 *
 * A program is decoded once (agx_program) and then run by any number of
 * SIMD-groups on any number of threads.  Each instruction has a handler, chosen
 * when the program is made; handlers work on whole registers of 32 lanes.
 *
 * Arithmetic is defined here and does not depend on the host: round to nearest
 * even, f32 denormals flushed to signed zero on input and output, f16 denormals
 * kept, results that are NaN are 0x7fc00000 (f32) or 0x7e00 (f16).  The floating
 * point environment must be the default one while handlers run; agx_simd_run()
 * sees to that.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_H
#define COMPUTE_ISA_AGX_EXEC_H

#include "agx_isa.h"
#include "agx_memory.h"

struct agx_simd;

typedef void (*agx_exec_fn)(struct agx_simd *simd, const struct agx_insn *insn);

/* --- programs ------------------------------------------------------------ */

#define AGX_PROGRAM_MAX (1u << 20)	/* bytes of code */
#define AGX_NO_INSN 0xffffffffu

/*
 * Decoded code from entry to the last instruction that control can reach without
 * call through a register.  What cannot be decoded is an instruction that faults
 * when it is executed (AGX_OP_TRAP in its place, with the bytes in the fault).
 *
 * The arrays have one element more, not counted: it faults where control runs over
 * the end.
 */
struct agx_program {
	u64 address;		/* of the entry, for messages */
	u32 size;		/* bytes decoded */
	u32 n_insns;
	u32 n_regs;		/* halves that it may touch: USC "Registers" */
	u32 stack_size;		/* bytes per lane that its stack_adjust reserve */
	struct agx_insn *insn;	/* n_insns */
	agx_exec_fn *exec;	/* n_insns */
	u32 *offset;		/* n_insns: bytes from the entry */
	u32 *target;		/* n_insns: index that a jump goes to, AGX_NO_INSN */
	u32 *at;		/* size / 2: index of the instruction there, AGX_NO_INSN */
	u8 *code;		/* size, and some more: a copy of what it was made from */
	void *memory;		/* of all these */
	size_t memory_size;	/* bytes */
	const struct agx_pool *pool;	/* where that came from */
	u32 *users;		/* memory is a cache's, which counts who uses it; or NULL */
};

/*
 * Decodes from code (size bytes; what lies behind the program does no harm).
 * n_regs is the allocation in halves, 1 to 256: an instruction that names more is
 * one that faults.  0, -ENOMEM, or -ENOEXEC with err where there is no program.
 */
int agx_program_init(struct agx_program *program, const u8 *code, size_t size,
		     u64 address, u32 n_regs, struct agx_error *err);
void agx_program_destroy(struct agx_program *program);

/* The same from GPU memory, in steps. */
struct agx_loading {
	struct agx_program *program;
	struct agx_tlb *tlb;	/* or code: */
	const u8 *code;
	size_t size;
	u32 stage;
	u32 offset;		/* of the next instruction */
	u32 reach;		/* the farthest that jumps go */
	u32 index;		/* of the next instruction */
	bool done;		/* nothing is reached behind the one before */
	bool cut;		/* memory ended so early that it may be another program */
};

/*
 * Begins to load the program at program->address, for program->n_regs, into memory of
 * program->pool; whatever else is in it is overwritten.
 */
void agx_program_load(struct agx_loading *loading, struct agx_program *program,
		      struct agx_tlb *tlb);

/*
 * Goes on with at most *budget instructions and takes them from it.  1 when there is
 * more to do, 0 when the program is ready, -ENOMEM, after which it may be called again;
 * else the program is destroyed: -ENOEXEC where there is none, -EFAULT where memory
 * has gone away.  Between calls mappings may change, but the TLB must know.
 */
int agx_program_load_more(struct agx_loading *loading, u32 *budget);

/* --- a SIMD-group --------------------------------------------------------- */

enum agx_state {
	AGX_RUNNING,		/* the budget ended */
	AGX_AT_BARRIER,		/* pc is behind the barrier */
	AGX_STOPPED,
	AGX_FAULTED,		/* fault says why */
	AGX_PAUSED,		/* between handlers and agx_simd_run(): agx_simd_pause() */
};

enum agx_fault_kind {
	AGX_FAULT_NONE,
	AGX_FAULT_UNMAPPED,		/* device memory: address, lane */
	AGX_FAULT_READ_ONLY,		/* a write to it */
	AGX_FAULT_WRITE_ONLY,		/* a read of it */
	AGX_FAULT_LOCAL,		/* outside of the threadgroup's memory */
	AGX_FAULT_STACK,		/* outside of what stack_adjust reserved */
	AGX_FAULT_UNKNOWN_INSN,		/* no instruction has these bits: address has them */
	AGX_FAULT_ILLEGAL,		/* trap, or one that compute cannot execute */
	AGX_FAULT_REGISTER,		/* beyond the allocation */
	AGX_FAULT_JUMP,			/* not to an instruction of the program */
	AGX_FAULT_RUNAWAY,		/* step budget of the dispatch used up */
	AGX_FAULT_TIMEOUT,		/* its time, if who runs it has a clock */
	AGX_FAULT_STREAM,		/* control stream: agx_cdm.h */
};

struct agx_fault {
	enum agx_fault_kind kind;
	u32 lane;		/* the lowest that faulted */
	u32 lanes;		/* mask of those that executed the instruction */
	u32 offset;		/* of the instruction, bytes from the entry */
	u64 code;		/* GPU address of the program's entry */
	u64 address;		/* of the access, or of the control stream */
	u32 group[3];		/* threadgroup in grid; set by the dispatch */
	u32 simd;		/* SIMD-group in threadgroup; likewise */
	bool preamble;
	bool write;
};

/* One line that says what, where, which lane and address.  As snprintf(). */
int agx_fault_print(char *text, size_t size, const struct agx_fault *fault);

/* Watches execution: --trace, --stats, --race.  Any call may be NULL. */
struct agx_observer {
	void *ctx;
	/* Before the instruction; simd->active are the lanes. */
	void (*insn)(void *ctx, const struct agx_simd *simd, u32 index);
	/* After it; also at the last one. */
	void (*done)(void *ctx, const struct agx_simd *simd, u32 index);
	/* One element of one lane; space is AGX_SPACE_*. */
	void (*access)(void *ctx, const struct agx_simd *simd, u32 lane, u32 space,
		       u64 address, u32 size, u32 kind);
};

#define AGX_SPACE_DEVICE 0u
#define AGX_SPACE_LOCAL 1u
#define AGX_SPACE_STACK 2u

#define AGX_ACCESS_READ 0u
#define AGX_ACCESS_WRITE 1u
#define AGX_ACCESS_ATOMIC 2u

/* What the SIMD-groups of one threadgroup share. */
struct agx_group {
	u32 *uniform;		/* 256 words; the preamble writes, the rest reads */
	u8 *local;		/* threadgroup memory */
	u32 local_size;
	u32 id[3];		/* threadgroup in grid */
	u32 nominal[3];		/* threads per threadgroup as dispatched */
	u32 actual[3];		/* smaller in groups at the end of the grid */
	u32 core_index;		/* SR 20 */
	u32 n_simds;		/* of this group; a barrier waits for all that have not stopped */
	bool frozen;		/* uniforms are shared: uniform_store is illegal */
};

#define AGX_STACK_SIZE (1u << 16)	/* bytes per lane that stack_adjust may reserve */

/*
 * State of a SIMD-group, 64-byte aligned.  Register r of lane l is reg[r][l];
 * its low half is rNl, its high half rNh.
 *
 * The stack has dwords of the same offset side by side: byte b of lane l is
 * stack[b / 4 * 128 + l * 4 + b % 4].
 */
struct agx_simd {
	u32 reg[AGX_REGS][AGX_LANES] AGX_ALIGNED(64);
	u32 lane_mask[AGX_LANES] AGX_ALIGNED(64);	/* ~0 where active, else 0 */
	u32 active;		/* lanes with r0l == 0, of those that exist */
	u32 exists;		/* lanes in the group; others never become active */
	u32 pc;			/* index into program->insn */
	u32 next_pc;		/* where the handler wants to go on */
	u32 state;		/* enum agx_state; handlers set it */
	u32 index;		/* SIMD-group in threadgroup */
	u64 steps;		/* instructions executed */
	u64 spent;		/* of budgets: instructions, and what took as long as some */
	u64 charge;		/* to be spent: agx_simd_pause() */
	const struct agx_program *program;
	struct agx_group *group;
	struct agx_tlb *tlb;
	const struct agx_pool *pool;	/* of the stack, which is made before it runs; or NULL */
	u8 *stack;		/* stack_room bytes for each of 32 lanes, or NULL */
	u32 stack_room;
	u32 stack_size;		/* bytes per lane: reserved by stack_adjust */
	const struct agx_observer *observer;	/* or NULL */
	u16 thread[3][AGX_LANES];	/* thread in threadgroup x, y, z */
	struct agx_fault fault;
};

/*
 * Makes simd the index'th SIMD-group of its threadgroup, at the program's entry:
 * registers zero, lanes beyond group->actual not there.  stack is kept.  Threads
 * are numbered in groups of the actual size: x fastest, z slowest.
 */
void agx_simd_start(struct agx_simd *simd, const struct agx_program *program,
		    struct agx_group *group, struct agx_tlb *tlb, u32 index);

/*
 * Runs until stop, barrier, fault, or until budget instructions are done, or what
 * takes as long; returns simd->state.  May be called again after AGX_RUNNING and
 * AGX_AT_BARRIER.
 */
enum agx_state agx_simd_run(struct agx_simd *simd, u64 budget);

/*
 * Makes room for a stack of size bytes per lane: program->stack_size, before it
 * runs where running must not allocate.  0, -ENOMEM, or -EINVAL beyond
 * AGX_STACK_SIZE.  What the stack holds stays, unless it is in a pool.
 */
int agx_simd_reserve(struct agx_simd *simd, u32 size);

/* Frees what the SIMD-group allocated (its stack). */
void agx_simd_destroy(struct agx_simd *simd);

/* --- for handlers --------------------------------------------------------- */

/* Stops the SIMD-group with a fault at the current instruction. */
void agx_simd_fault(struct agx_simd *simd, enum agx_fault_kind kind, u32 lane,
		    u64 address, bool write);

/* The current instruction takes as long as so many usual ones. */
void agx_simd_pause(struct agx_simd *simd, u64 charge);

/* Recomputes active and lane_mask from r0l. */
void agx_simd_update_mask(struct agx_simd *simd);

/*
 * Handlers by family, each in a file of its own: NULL where the instruction is
 * not of the family.  Chosen once per instruction, when the program is made.
 */
agx_exec_fn agx_exec_int(const struct agx_insn *insn);		/* agx_exec_int.c */
agx_exec_fn agx_exec_float(const struct agx_insn *insn);	/* agx_exec_fp.c */
agx_exec_fn agx_exec_flow(const struct agx_insn *insn);		/* agx_exec_flow.c */
agx_exec_fn agx_exec_memory(const struct agx_insn *insn);	/* agx_exec_mem.c */
agx_exec_fn agx_exec_atomic(const struct agx_insn *insn);	/* agx_exec_atomic.c */
agx_exec_fn agx_exec_simd(const struct agx_insn *insn);		/* agx_exec_simd.c */

/* What they choose from, by CPU: any, or x86-64 with AVX2.  Results are the same. */
agx_exec_fn agx_exec_int_generic(const struct agx_insn *insn);
agx_exec_fn agx_exec_int_avx2(const struct agx_insn *insn);
agx_exec_fn agx_exec_memory_generic(const struct agx_insn *insn);
agx_exec_fn agx_exec_memory_avx2(const struct agx_insn *insn);

/*
 * Of any family; a faulting one where the allocation (halves) or the table forbids it.
 * The generic one uses nothing that only some CPUs have.
 */
agx_exec_fn agx_exec_handler(const struct agx_insn *insn, u32 n_regs);
agx_exec_fn agx_exec_handler_generic(const struct agx_insn *insn, u32 n_regs);

#endif
