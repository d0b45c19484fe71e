/* SPDX-License-Identifier: MIT */
/*
 * What the files of the assembler (asm_*.c) share.
 *
 * Lines are read one after the other, macros and repetitions expanded as they
 * come (asm_source.c, asm_macro.c).  A line is a directive (asm_directive.c),
 * structured control flow (asm_flow.c) or an instruction (asm_insn.c), whose text
 * goes to agx_parse() with our names replaced by what they stand for.  The
 * instructions of a program wait in a list until its end, when labels are known
 * (asm_program.c); asm_kernel.c makes the record.
 *
 * Functions that can fail on what the source says return false after they have
 * reported it.  Where memory ends, as->no_memory is set, nothing is reported, and
 * everything unwinds the same way.
 */
#ifndef TOOLS_AGX_ASM_PRIV_H
#define TOOLS_AGX_ASM_PRIV_H

#include "assemble.h"

#define ASM_LINE_MAX 4096	/* bytes of a line, macro parameters filled in */
#define ASM_FRAMES_MAX 100	/* files, macros and repetitions within each other */
#define ASM_INCLUDES_MAX 20
#define ASM_PARAMS_MAX 64	/* of a macro */
#define ASM_EXPR_MAX 64		/* parentheses and operators within each other */
#define ASM_EXPANDED_MAX (64u << 20)	/* bytes */

struct asm_state;

/* --- memory that lives as long as the unit: asm_arena.c ------------------- */

struct asm_chunk;

struct asm_arena {
	struct asm_chunk *chunk;
	size_t used, size;	/* of the newest chunk */
};

/* Zeroed; NULL and as->no_memory where there is none. */
void *asm_alloc(struct asm_state *as, size_t size);
/* A copy that ends with a 0. */
char *asm_strndup(struct asm_state *as, const char *s, size_t n);
void asm_arena_free(struct asm_arena *arena);

/*
 * Room for one more element of size bytes in *array, which has n and is malloc'ed,
 * growing by doubling; false without memory.
 */
bool asm_grow(struct asm_state *as, void *array, u32 n, size_t size);

/* --- text ------------------------------------------------------------------ */

struct asm_str {
	const char *p;
	u32 n;
};

bool asm_is_letter(char c);	/* of identifiers: letters and _ */
bool asm_is_digit(char c);
bool asm_is_space(char c);
bool asm_equal(struct asm_str s, const char *word);
/* Skips blanks and says what follows them. */
char asm_peek(const char **p);
/* An identifier, or an empty string. */
struct asm_str asm_word(const char **p);

/* Where a line is: what messages need. */
struct asm_pos {
	const struct asm_frame *frame;
	u32 line;
	u32 size;		/* of text */
	const char *text;	/* as written, not terminated */
};

/* A file, an expanded macro, or one round of a repetition; all are kept. */
struct asm_frame {
	struct asm_frame *parent;
	struct asm_pos call;	/* the line that made it */
	const char *file;	/* name for messages */
	const char *macro;	/* its name */
	struct asm_str text;
	u32 pos;		/* bytes of text read */
	u32 line;		/* number of the next line */
	u32 depth;
	u32 n_conds;		/* conditionals open when it began */
	u32 round;		/* of a repetition, from 1 */
	bool in_comment;	/* between slash-star and star-slash */
	const struct asm_loop *loop;	/* what to repeat at the end */
};

/* --- messages: asm_report.c ------------------------------------------------ */

/* At a place in the current line (NULL: the line as a whole). */
void asm_error(struct asm_state *as, const char *at, const char *fmt, ...) __printf(3, 4);
void asm_warning(struct asm_state *as, const char *at, const char *fmt, ...) __printf(3, 4);
void asm_report(struct asm_state *as, enum agx_severity severity, const struct asm_pos *pos,
		u32 column, const char *fmt, ...) __printf(5, 6);
u32 asm_column(const struct asm_state *as, const char *at);
/* What differs least from word, if little enough: the best so far is *best. */
void asm_nearest(const char *word, size_t n, const char *candidate, const char **best,
		 u32 *distance);
/* "; did you mean 'best'?", a mark before it, or nothing where best is NULL; text. */
const char *asm_meant(char *text, size_t size, const char *mark, const char *best);

/* --- lines: asm_source.c ---------------------------------------------------- */

bool asm_push(struct asm_state *as, struct asm_frame *frame);
/* The next line, comments blanked, in as->line; false at the end of everything. */
bool asm_next_line(struct asm_state *as);
/* The same, but only of this frame. */
bool asm_next_line_here(struct asm_state *as);
/* False, reported, when there are more than max_lines. */
bool asm_count_line(struct asm_state *as);
bool asm_include(struct asm_state *as, const char *p);
/* The current position, allocated; the same pointer for all of a line. */
const struct asm_pos *asm_here(struct asm_state *as);

/* --- numbers and names: asm_expr.c, asm_name.c ------------------------------ */

struct asm_value {
	bool is_float;
	union {
		s64 i;
		double f;
	};
};

/* Registers or uniforms: count elements of size from half number start on. */
struct asm_reg {
	u16 start, count;
	u8 kind;		/* AGX_REG or AGX_UNIFORM */
	u8 size;		/* enum agx_size */
};

enum asm_name_kind { ASM_NUMBER, ASM_REGISTER, ASM_LABEL };

struct asm_name {
	struct asm_name *next;	/* of its hash bucket, newest first */
	struct asm_name *older;	/* defined before it */
	const char *name;
	enum asm_name_kind kind;
	u32 scope;
	u32 column;
	const struct asm_pos *pos;
	bool gone;		/* .unreg, or its scope ended */
	bool variable;		/* .set may change it */
	struct asm_value value;
	struct asm_reg reg;
	u32 label;		/* number in the program */
};

#define ASM_BUCKETS 1024

struct asm_table {
	struct asm_name *bucket[ASM_BUCKETS];
	struct asm_name *newest;
};

struct asm_name *asm_find(const struct asm_table *table, struct asm_str name);
struct asm_name *asm_add(struct asm_state *as, struct asm_table *table, struct asm_str name);
/* A new name in the current scope; reports words that cannot be one, and twins. */
struct asm_name *asm_define(struct asm_state *as, struct asm_str name);
/* Whether instructions use the word: a register, a condition, a format ... */
bool asm_is_keyword(struct asm_str word);
/* Those of them that only occur behind a format or an atomic operation: x, xy, a. */
bool asm_is_late_keyword(struct asm_str word);
/* Formats and atomic operations. */
bool asm_is_format(struct asm_str word);
bool asm_is_mnemonic(struct asm_str word);
/* "'x' is not defined", with the nearest name. */
void asm_undefined(struct asm_state *as, struct asm_str word, const char *what);

void asm_open_scope(struct asm_state *as);
void asm_close_scope(struct asm_state *as);	/* its names are gone */
void asm_remove(struct asm_state *as, struct asm_name *name);

/* Any expression; an integer one; one between lo and hi, else what is the subject. */
bool asm_expr(struct asm_state *as, const char **p, struct asm_value *value);
bool asm_int(struct asm_state *as, const char **p, s64 *value);
bool asm_int_in(struct asm_state *as, const char **p, s64 lo, s64 hi, const char *what,
		s64 *value);
bool asm_is_function(struct asm_str word);
u32 asm_f32(double f);
u16 asm_f16(double f);

/* --- registers: asm_reg.c --------------------------------------------------- */

/* Whether the word is a register or uniform as instructions spell it. */
bool asm_is_raw_reg(struct asm_str word);
/* "r(", "dr(", "u(" or "du(". */
bool asm_is_computed_reg(const char *p);
/*
 * A register, a range of them (r4..r7, r4_r5, r(4 + i)), or a name, with what
 * chooses from it.  is_name (may be NULL): whether it was a name.
 */
bool asm_reg(struct asm_state *as, const char **p, struct asm_reg *reg, bool *is_name);
/* As instructions spell it; returns its length. */
u32 asm_print_reg(char *text, size_t size, const struct asm_reg *reg);
u32 asm_reg_halves(const struct asm_reg *reg);
/* Notes that name owns reg; false (reported) where somebody else does. */
bool asm_own(struct asm_state *as, struct asm_name *name, const char *at);

/* --- programs: asm_program.c, asm_flow.c ------------------------------------ */

#define ASM_NO_LABEL 0xffffffffu
#define ASM_NO_ITEM 0xffffffffu
#define ASM_LOCAL_LABELS 100

/* An instruction, or a jump that may be needed (length 0 until it is). */
struct asm_item {
	struct agx_insn insn;
	const struct asm_pos *pos;
	u32 column;
	u32 label;		/* that it jumps to */
	u32 offset;
	u16 unchecked;		/* enum agx_hazard that are not to be reported */
	u16 data;		/* of .hword and .byte */
	u8 data_size;		/* its bytes; 0: an instruction, else insn is a trap */
	bool absent;
};

struct asm_label {
	u32 item;		/* the one behind it; ASM_NO_ITEM: not placed yet */
	u32 column;
	const struct asm_pos *pos;	/* of its first use or its definition */
	const char *name;	/* NULL: made by asm_flow() */
};

struct asm_flow;

struct asm_program {
	struct asm_item *item;	/* the first is r0l = 0, absent without asm_flow() */
	u32 n_items;
	struct asm_label *label;
	u32 n_labels;
	u32 size;		/* of the items that are not absent, so far */
	struct asm_table labels;
	u32 back[ASM_LOCAL_LABELS], ahead[ASM_LOCAL_LABELS];	/* number plus 1 */
	struct asm_flow *flow;	/* what is open, innermost first */
	u32 flow_depth;
	bool preamble;
	bool bare;		/* .bare: no stop and no traps are added */
	u8 *code;		/* of asm_finish_program() */
	u32 code_size;
	u32 n_regs;		/* halves */
};

bool asm_program_init(struct asm_state *as, struct asm_program *program, bool preamble);
void asm_program_free(struct asm_program *program);
/*
 * Appends an instruction of the current line, which jumps to label if there is one.
 * Its number, or ASM_NO_ITEM.
 */
u32 asm_emit(struct asm_state *as, const struct agx_insn *insn, u32 label, const char *at);
/* Puts the item in, or takes it out. */
void asm_set_absent(struct asm_program *program, u32 item, bool absent);
/* ASM_NO_LABEL without memory. */
u32 asm_new_label(struct asm_state *as, struct asm_str name);
void asm_place_label(struct asm_program *program, u32 label);
/* What stands before a colon: a name, or a number. */
bool asm_define_label(struct asm_state *as, struct asm_str name);
/* A name, or a number with f or b; ASM_NO_LABEL after an error. */
u32 asm_label_operand(struct asm_state *as, struct asm_str name);
bool asm_dir_bare(struct asm_state *as, const char *p);
bool asm_dir_byte(struct asm_state *as, const char *p);
bool asm_dir_hword(struct asm_state *as, const char *p);
/* Halves up to the last register that the instruction names. */
u32 asm_insn_regs(const struct agx_insn *insn);
/* Layout, jumps, bytes, stop and traps; hazards; the listing. */
bool asm_finish_program(struct asm_state *as, struct asm_program *program);

/* A line that begins with @. */
bool asm_flow(struct asm_state *as, const char *p);
/* Reports what is still open. */
bool asm_flow_end(struct asm_state *as);
bool asm_in_loop(struct asm_state *as);

/* An instruction. */
bool asm_insn(struct asm_state *as, const char *p);
/* "A, B, condition" as the instruction (if or while) with nest. */
bool asm_compare(struct asm_state *as, const char **p, const char *mnemonic, u8 nest,
		 struct agx_insn *insn);

/* --- kernels: asm_kernel.c ---------------------------------------------------- */

struct asm_kernel {
	struct agx_kernel *record;	/* NULL: none is open */
	struct asm_pos pos;
	bool implicit;		/* the source has no .kernel */
	bool has_preamble, in_preamble;
	u32 scopes_outside;	/* .scope open when the preamble began */
	struct asm_program main, preamble;
	struct asm_name *reg_owner[AGX_HALVES];
	struct asm_name *main_owner[AGX_HALVES];	/* while in the preamble */
	struct asm_name *uniform_owner[AGX_UNIFORM_HALVES];
	struct agx_param *params;
	u32 n_params;
	u8 constants[2 * AGX_UNIFORM_HALVES];	/* by half */
	u32 uniform_end;	/* halves placed so far */
	u32 const_start;
	bool has_consts, has_shared, has_stack;
	u32 local_size;		/* of .local so far */
	u32 n_regs;		/* of .registers, halves; 0: as many as are used */
};

/* A kernel is open; where none is, begins one if the source has no .kernel. */
bool asm_need_kernel(struct asm_state *as, const char *at);
bool asm_finish_kernel(struct asm_state *as);
void asm_kernel_free(struct asm_kernel *kernel);
struct asm_program *asm_current(struct asm_state *as);
/* What the record says of parameters and constants. */
bool asm_finish_uniforms(struct asm_state *as, struct agx_kernel *record);

bool asm_dir_kernel(struct asm_state *as, const char *p);
bool asm_dir_end(struct asm_state *as, const char *p);
bool asm_dir_preamble(struct asm_state *as, const char *p);
bool asm_dir_endpreamble(struct asm_state *as, const char *p);
bool asm_dir_threadgroup(struct asm_state *as, const char *p);
bool asm_dir_shared(struct asm_state *as, const char *p);
bool asm_dir_local(struct asm_state *as, const char *p);
bool asm_dir_stack(struct asm_state *as, const char *p);
bool asm_dir_registers(struct asm_state *as, const char *p);
bool asm_dir_uniform(struct asm_state *as, const char *p);
bool asm_dir_computed(struct asm_state *as, const char *p);
bool asm_dir_const(struct asm_state *as, const char *p);
bool asm_dir_check(struct asm_state *as, const char *p);
bool asm_dir_nocheck(struct asm_state *as, const char *p);

/* Hazards of a finished program, at the lines they come from: asm_check.c. */
bool asm_check(struct asm_state *as, const struct asm_program *program, u32 n_regs);

/* --- directives and macros: asm_directive.c, asm_macro.c --------------------- */

/* A line that begins with a dot. */
bool asm_directive(struct asm_state *as, const char *p);
/* .if and its relatives; false where the directive is none of them. */
bool asm_conditional(struct asm_state *as, struct asm_str name, const char *p);
/* Whether the current line counts. */
bool asm_is_live(const struct asm_state *as);
/* Nothing but blanks. */
bool asm_end_of_line(struct asm_state *as, const char *p);
/* This letter, behind blanks. */
bool asm_expect(struct asm_state *as, const char **p, char c);
bool asm_comma(struct asm_state *as, const char **p);
/* An identifier, else "expected ..." */
bool asm_ident(struct asm_state *as, const char **p, const char *what, struct asm_str *name);

struct asm_macro {
	struct asm_macro *next;
	const char *name;
	struct asm_str param[ASM_PARAMS_MAX], value[ASM_PARAMS_MAX];
	bool required[ASM_PARAMS_MAX];
	u32 n_params;
	struct asm_str body;
	const char *file;
	u32 line;		/* of the body */
};

struct asm_macro *asm_find_macro(const struct asm_state *as, struct asm_str name);
bool asm_call_macro(struct asm_state *as, struct asm_macro *macro, const char *p);
bool asm_dir_macro(struct asm_state *as, const char *p);
bool asm_dir_rept(struct asm_state *as, const char *p);
bool asm_dir_irp(struct asm_state *as, const char *p);
/* Goes on with a repetition whose round ended. */
void asm_next_round(struct asm_state *as, const struct asm_frame *frame);

/* --- all of it ---------------------------------------------------------------- */

struct asm_cond {
	const struct asm_pos *pos;
	bool live;		/* lines count */
	bool taken;		/* this or an earlier branch was */
	bool outer;		/* the lines around it count */
	bool has_else;
};

struct asm_state {
	const struct agx_asm_opts *opts;
	struct asm_arena arena;
	const char *file;
	struct asm_frame *frame;
	struct asm_pos pos;	/* of the current line */
	const struct asm_pos *here;	/* the same, allocated; NULL: not yet */
	char line[ASM_LINE_MAX + 1];	/* the current line without comments */
	u32 n_lines, n_expanded;
	u32 max_lines;
	u32 n_macro_calls;	/* \@ */
	u32 n_includes;		/* open */
	u32 n_errors;
	bool no_memory;
	bool stop;		/* too many errors, or a limit */

	struct asm_cond *cond;
	u32 n_conds;
	struct asm_table names;
	u32 scope;
	u32 n_scopes;		/* .scope open */
	struct asm_macro *macros;
	u32 expr_depth, expr_skip;
	u16 unchecked;		/* hazards, by .nocheck */

	struct asm_kernel kernel;
	bool seen_kernel;	/* a .kernel, right or wrong */
	struct agx_kernel *kernels;	/* malloc'ed, as are the lines */
	u32 n_kernels;
	struct agx_line *lines;
	u32 n_listed;
};

/* Whether to go on. */
static inline bool asm_alive(const struct asm_state *as)
{
	return !as->stop && !as->no_memory;
}

#endif
