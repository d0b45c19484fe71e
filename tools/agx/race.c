// SPDX-License-Identifier: MIT
/*
 * Every byte that is touched has a cell with who wrote it last and who read it.
 *
 * Readers are many, cells have room for three, and these are enough: a write races
 * with some reader of this threadgroup if and only if it races with one of any two
 * that are of different SIMD-groups, as the barrier separates both from it or
 * neither; and with some reader of another threadgroup if there is any.
 */
#include "race.h"

#include <stdlib.h>

#define LINE_SHIFT 6
#define LINE (1u << LINE_SHIFT)		/* bytes that are looked up together */
#define MAX_REPORTS 64

/* 0: nobody. */
struct who {
	u32 simd;		/* 1 + SIMD-group of the launch, from the first group on */
	u32 epoch;		/* barriers it had passed */
	u32 insn : 20;		/* index; agx_program.offset says where */
	u32 lane : 5;
	u32 atomic : 1;
	u32 coherent : 1;
};

struct cell {
	struct who write;
	struct who read[2];	/* of one threadgroup, different SIMD-groups */
	struct who other;	/* a reader of an earlier threadgroup */
};

struct line {
	u64 key;		/* address / LINE, space */
	struct cell cell[LINE];
};

struct agx_race {
	struct line **table;	/* open addressing; mask + 1 of them, a power of 2 */
	size_t mask;
	size_t n_lines;
	bool incomplete;
	const struct agx_program *main;	/* of the launch; NULL: none is on */
	bool watched;		/* what executes is of it, not of the preamble */
	u32 *offset;		/* of the launch's instructions: a copy */
	u32 n_offsets;
	u64 code;
	u32 groups[3];
	u64 group;		/* whose epochs these are */
	u32 epoch[AGX_GROUP_SIMDS];
	u32 insn;		/* that executes */
	bool coherent;
	size_t n_reports;
	struct agx_race_report report[MAX_REPORTS];
};

struct agx_race *agx_race_create(void)
{
	return calloc(1, sizeof(struct agx_race));
}

static void forget(struct agx_race *race)
{
	for (size_t i = 0; race->table && i <= race->mask; i++)
		free(race->table[i]);
	free(race->table);
	race->table = NULL;
	race->mask = 0;
	race->n_lines = 0;
	free(race->offset);
	race->offset = NULL;
	race->n_offsets = 0;
}

void agx_race_destroy(struct agx_race *race)
{
	if (!race)
		return;
	forget(race);
	free(race);
}

void agx_race_launch(struct agx_race *race, const struct agx_dispatch *dispatch)
{
	const struct agx_program *program;

	forget(race);
	race->main = dispatch ? &dispatch->main : NULL;
	race->watched = false;
	if (!dispatch)
		return;
	program = race->main;
	race->code = program->address;
	race->group = ~(u64)0;
	memcpy(race->groups, dispatch->groups, sizeof(race->groups));
	race->offset = malloc(program->n_insns * sizeof(*race->offset));
	if (!race->offset) {
		race->incomplete = true;
		return;
	}
	memcpy(race->offset, program->offset, program->n_insns * sizeof(*race->offset));
	race->n_offsets = program->n_insns;
}

/* --- cells ----------------------------------------------------------------- */

static size_t hash(u64 key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15u >> 20);
}

static struct line **slot(const struct agx_race *race, u64 key)
{
	size_t i = hash(key) & race->mask;

	while (race->table[i] && race->table[i]->key != key)
		i = (i + 1) & race->mask;
	return &race->table[i];
}

static bool grow(struct agx_race *race)
{
	struct line **old = race->table;
	size_t n = old ? race->mask + 1 : 0;
	size_t room = n ? 2 * n : 1024;
	struct line **table = calloc(room, sizeof(*table));

	if (!table)
		return false;
	race->table = table;
	race->mask = room - 1;
	for (size_t i = 0; i < n; i++) {
		if (old[i])
			*slot(race, old[i]->key) = old[i];
	}
	free(old);
	return true;
}

static struct cell *find_cell(struct agx_race *race, u32 space, u64 address)
{
	u64 key = address >> LINE_SHIFT << 2 | space;
	struct line **line;

	if (2 * race->n_lines >= race->mask && !grow(race))
		return NULL;
	line = slot(race, key);
	if (!*line) {
		*line = calloc(1, sizeof(**line));
		if (!*line)
			return NULL;
		(*line)->key = key;
		race->n_lines++;
	}
	return &(*line)->cell[address % LINE];
}

/* --- races ----------------------------------------------------------------- */

static u32 group_of(const struct who *who)
{
	return (who->simd - 1) / AGX_GROUP_SIMDS;
}

static bool concurrent(const struct who *a, const struct who *b, u32 space)
{
	if (!a->simd || a->simd == b->simd || (a->atomic && b->atomic))
		return false;
	if (group_of(a) != group_of(b))
		return space == AGX_SPACE_DEVICE && !(a->coherent && b->coherent);
	return a->epoch == b->epoch;
}

static struct agx_race_side side(const struct agx_race *race, const struct who *who, bool write)
{
	return (struct agx_race_side){
		.group = group_of(who),
		.simd = (who->simd - 1) % AGX_GROUP_SIMDS,
		.lane = who->lane,
		.offset = who->insn < race->n_offsets ? race->offset[who->insn] : 0,
		.write = write,
	};
}

static void report(struct agx_race *race, u32 space, u64 address, struct agx_race_side first,
		   struct agx_race_side second)
{
	struct agx_race_report *r = race->report;

	for (size_t i = 0; i < race->n_reports; i++, r++) {
		if (r->first.offset == first.offset && r->second.offset == second.offset &&
		    r->space == space && r->code == race->code) {
			r->bytes++;
			return;
		}
	}
	if (race->n_reports == MAX_REPORTS)
		return;
	*r = (struct agx_race_report){ first, second, space, address, race->code, 1 };
	race->n_reports++;
}

static void compare(struct agx_race *race, const struct who *old, bool old_write,
		    const struct who *now, bool write, u32 space, u64 address)
{
	if ((old_write || write) && concurrent(old, now, space))
		report(race, space, address, side(race, old, old_write), side(race, now, write));
}

static void note_read(struct cell *cell, const struct who *who)
{
	struct who *read = cell->read;
	bool same_group = read[0].simd && group_of(&read[0]) == group_of(who);
	bool same_epoch = same_group && read[0].epoch == who->epoch;

	if (same_epoch && read[0].simd != who->simd) {
		read[1] = *who;
		return;
	}
	if (read[0].simd && !same_group)
		cell->other = read[0];
	if (!same_epoch)
		read[1] = (struct who){ 0 };
	read[0] = *who;
}

static void touch(struct agx_race *race, const struct who *who, u32 space, u64 address, bool write)
{
	struct cell *cell = find_cell(race, space, address);

	if (!cell) {
		race->incomplete = true;
		return;
	}
	compare(race, &cell->write, true, who, write, space, address);
	if (!write) {
		note_read(cell, who);
		return;
	}
	for (int i = 0; i < 2; i++)
		compare(race, &cell->read[i], false, who, true, space, address);
	compare(race, &cell->other, false, who, true, space, address);
	/* A plain write is the stricter one to remember. */
	if (!who->atomic || !cell->write.simd || cell->write.atomic ||
	    group_of(&cell->write) != group_of(who) || cell->write.epoch != who->epoch)
		cell->write = *who;
}

/* --- what the executor says ------------------------------------------------- */

static u64 group_index(const struct agx_race *race, const u32 id[3])
{
	return id[0] + race->groups[0] * (id[1] + (u64)race->groups[1] * id[2]);
}

static void insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct agx_race *race = ctx;
	u64 group;

	race->watched = race->main && simd->program == race->main;
	if (!race->watched)
		return;
	race->insn = index;
	race->coherent = simd->program->insn[index].coherency;
	group = group_index(race, simd->group->id);
	if (group != race->group) {
		race->group = group;
		memset(race->epoch, 0, sizeof(race->epoch));
	}
}

static void done(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct agx_race *race = ctx;

	if (race->watched && simd->program->insn[index].op == AGX_OP_BARRIER)
		race->epoch[simd->index]++;
}

static void access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address,
		   u32 size, u32 kind)
{
	struct agx_race *race = ctx;
	struct who who = {
		.simd = (u32)race->group * AGX_GROUP_SIMDS + simd->index + 1,
		.epoch = race->epoch[simd->index],
		.insn = race->insn & 0xfffff,
		.lane = lane & 31,
		.atomic = kind == AGX_ACCESS_ATOMIC,
		.coherent = race->coherent,
	};

	if (!race->watched || space == AGX_SPACE_STACK)
		return;
	for (u32 i = 0; i < size; i++)
		touch(race, &who, space, address + i, kind != AGX_ACCESS_READ);
}

struct agx_observer agx_race_observer(struct agx_race *race)
{
	return (struct agx_observer){ .ctx = race, .insn = insn, .done = done, .access = access };
}

size_t agx_race_count(const struct agx_race *race)
{
	return race->n_reports;
}

const struct agx_race_report *agx_race_get(const struct agx_race *race, size_t i)
{
	return &race->report[i];
}

bool agx_race_incomplete(const struct agx_race *race)
{
	return race->incomplete;
}
