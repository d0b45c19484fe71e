// SPDX-License-Identifier: MIT
#include "agx_machine.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define LABELS_MAX 32
#define CORES_MAX 16

static void __printf(1, 2) die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static u8 *map(struct machine *m, u64 address, u32 prot)
{
	if (agx_space_map(&m->space, address, MACHINE_SIZE, prot, NULL))
		die("machine: cannot map");
	return agx_space_at(&m->space, address, MACHINE_SIZE);
}

void machine_init(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	agx_space_init(&m->space);
	m->usc = map(m, MACHINE_USC, AGX_MEM_READ);
	m->stream = map(m, MACHINE_STREAM, AGX_MEM_READ);
	m->table = map(m, MACHINE_TABLE, AGX_MEM_READ);
	m->data = (u32 *)map(m, MACHINE_DATA, AGX_MEM_READ | AGX_MEM_WRITE);
	m->max_steps = 1u << 24;
}

void machine_fini(struct machine *m)
{
	agx_space_destroy(&m->space);
}

/* --- code ------------------------------------------------------------------------ */

struct labels {
	char name[LABELS_MAX][32];
	u32 offset[LABELS_MAX];
	u32 n;
};

static u32 find_label(const struct labels *labels, const char *name)
{
	for (u32 i = 0; i < labels->n; i++)
		if (!strcmp(labels->name[i], name))
			return labels->offset[i];
	return AGX_NO_INSN;
}

/*
 * One instruction at offset.  Labels behind it are not known in the first pass: any
 * offset will do then, it does not change the length.
 */
static u32 assemble(const char *line, u32 offset, const struct labels *labels, u8 *code)
{
	char mnemonic[16] = "", name[32] = "", text[AGX_TEXT_MAX];
	struct agx_error err = { .text = "" };
	struct agx_insn insn;
	int ret;

	snprintf(text, sizeof(text), "%s", line);
	if (sscanf(line, "%15s %31s", mnemonic, name) == 2 && isalpha((unsigned char)name[0]) &&
	    (!strncmp(mnemonic, "jmp", 3) || (!strcmp(mnemonic, "call") && name[0] != 'r'))) {
		u32 target = find_label(labels, name);

		snprintf(text, sizeof(text), "%s %d", mnemonic,
			 target == AGX_NO_INSN ? 0 : (int)(target - offset));
	}
	if (agx_parse(&insn, text, &err))
		die("%s\n%*s^ %s", text, err.column, "", err.text);
	ret = agx_encode(&insn, code, &err);
	if (ret < 0)
		die("%s\n%s", text, err.text);
	return (u32)ret;
}

/* A pass over the text: the first, without code, finds the labels. */
static u32 assemble_all(const char *text, struct labels *labels, u8 *code)
{
	char *copy = strdup(text), *rest = copy, *line;
	u8 bytes[AGX_INSN_MAX];
	u32 size = 0;

	while ((line = strsep(&rest, ";\n"))) {
		line += strspn(line, " \t");
		if (strchr(line, ':') && !code) {
			*strchr(line, ':') = '\0';
			if (labels->n == LABELS_MAX)
				die("machine: more than %u labels", LABELS_MAX);
			labels->offset[labels->n] = size;
			snprintf(labels->name[labels->n++], sizeof(labels->name[0]), "%s", line);
		} else if (*line && !strchr(line, ':')) {
			size += assemble(line, size, labels, code ? code + size : bytes);
		}
	}
	free(copy);
	return size;
}

static u32 reserve(u32 *used, u32 size, u32 align)
{
	u32 offset = (*used + align - 1) / align * align;

	if (size > MACHINE_SIZE || offset > MACHINE_SIZE - size)
		die("machine: no room for %u bytes", size);
	*used = offset + size;
	return offset;
}

u32 machine_code(struct machine *m, const char *text)
{
	struct labels *labels = calloc(1, sizeof(*labels));
	u32 size = assemble_all(text, labels, NULL);
	u32 offset = reserve(&m->usc_used, size, 0x80);

	assemble_all(text, labels, m->usc + offset);
	free(labels);
	return offset;
}

/* --- words and packets -------------------------------------------------------------- */

u64 machine_table(struct machine *m, const void *data, u32 size)
{
	u32 offset = reserve(&m->table_used, size, 16);

	memcpy(m->table + offset, data, size);
	return MACHINE_TABLE + offset;
}

u32 machine_usc(struct machine *m, const struct agx_usc *usc)
{
	u8 words[AGX_USC_WORD_MAX * (AGX_USC_MAX_UNIFORMS + 4)];
	struct agx_error err;
	int n = agx_usc_build(usc, words, sizeof(words), &err);
	u32 offset;

	if (n < 0)
		die("machine: %s", err.text);
	offset = reserve(&m->usc_used, (u32)n, 64);
	memcpy(m->usc + offset, words, (u32)n);
	return offset;
}

u64 machine_packet(struct machine *m, const struct agx_cdm *cdm)
{
	u8 bytes[AGX_CDM_MAX];
	struct agx_error err;
	int n = agx_cdm_build(cdm, bytes, &err);
	u32 offset;

	if (n < 0)
		die("machine: %s", err.text);
	offset = reserve(&m->stream_used, (u32)n, 4);
	memcpy(m->stream + offset, bytes, (u32)n);
	return MACHINE_STREAM + offset;
}

u64 machine_skip(struct machine *m, u32 bytes)
{
	reserve(&m->stream_used, bytes, 4);
	return MACHINE_STREAM + m->stream_used;
}

void machine_launch(struct machine *m, const struct machine_launch *launch)
{
	const u64 data = MACHINE_DATA;
	const struct agx_cdm barrier = { .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL };
	struct agx_usc usc = {
		.n_uniforms = 1,
		.uniform = { { 0, 4, machine_table(m, &data, sizeof(data)) } },
		.uses_shared = launch->shared != 0,
		.shared_size = launch->shared,
		.regs = launch->regs ? launch->regs : 64,
		.unk4 = 1,
	};
	struct agx_cdm cdm = {
		.type = AGX_CDM_LAUNCH, .mode = launch->mode, .g14x = m->g14x, .uniforms = 512,
		.preshader_regs = launch->preshader_regs ? launch->preshader_regs : 64,
		.address = launch->sizes,
	};

	usc.shader = machine_code(m, launch->code);
	if (launch->preamble) {
		usc.has_preamble = true;
		usc.preamble = machine_code(m, launch->preamble);
	}
	cdm.usc = machine_usc(m, &usc);
	for (int i = 0; i < 3; i++) {
		cdm.global[i] = launch->global[i] ? launch->global[i] : 1;
		cdm.local[i] = launch->local[i] ? launch->local[i] : cdm.global[i];
	}
	machine_packet(m, &cdm);
	machine_packet(m, &barrier);
}

void machine_terminate(struct machine *m)
{
	machine_packet(m, &(struct agx_cdm){ .type = AGX_CDM_TERMINATE });
}

/* --- running --------------------------------------------------------------------- */

static int run_launch(struct machine *m, struct agx_core **core, u32 n, u64 budget)
{
	static struct agx_dispatch dispatch;
	u32 busy;
	int ret;

	do {
		ret = agx_stream_next(&m->walk, &dispatch);
		m->n_steps++;
	} while (ret == -EAGAIN);
	if (ret <= 0)
		return ret;
	for (u32 i = 0; i < n && m->pool; i++) {
		agx_core_set_pool(core[i], m->pool);
		if (agx_core_reserve(core[i], &dispatch))
			die("machine: no memory for stacks");
	}
	m->n_run++;
	do {
		busy = 0;
		for (u32 i = 0; i < n; i++)
			busy += agx_core_run(core[i], &dispatch, budget) == AGX_CORE_MORE;
	} while (busy);
	ret = agx_dispatch_end(&dispatch);
	m->fault = dispatch.fault;
	return ret ? ret : 1;
}

int machine_run(struct machine *m, u32 n, u64 budget)
{
	struct agx_core *core[CORES_MAX];
	int ret = 1;

	for (u32 i = 0; i < n; i++)
		if (!(core[i] = agx_core_create(i)))
			die("machine: no memory");
	agx_stream_start(&m->walk, &m->space.memory, MACHINE_USC, MACHINE_STREAM,
			 MACHINE_STREAM + m->stream_used, m->g14x);
	m->walk.max_steps = m->max_steps;
	m->walk.cache = m->cache;
	m->walk.soft_faults = m->soft_faults;
	m->walk.pool = m->pool;
	if (m->stream_budget)
		m->walk.budget = m->stream_budget;
	m->n_steps = 0;
	m->n_run = 0;
	memset(&m->fault, 0, sizeof(m->fault));
	while (ret > 0)
		ret = run_launch(m, core, n, budget);
	if (ret && !m->fault.kind)
		m->fault = m->walk.fault;
	for (u32 i = 0; i < n; i++)
		agx_core_destroy(core[i]);
	return ret;
}
