// SPDX-License-Identifier: MIT
/* Faults, races and statistics, for people or as JSON. */
#include "run.h"

#include <jansson.h>

static const char *const space_names[] = { "device", "threadgroup", "stack" };
static const char *const access_names[] = { "read", "written", "atomic" };

/* --- instructions ------------------------------------------------------------------ */

static void insn_text(const struct job *job, u64 code, u32 offset, char text[AGX_TEXT_MAX])
{
	struct agx_insn insn;
	u64 left;
	const u8 *bytes = agx_space_bytes(job->space, code + offset, &left);

	text[0] = '\0';
	if (bytes && agx_decode(&insn, bytes, left, NULL) > 0)
		agx_print(text, AGX_TEXT_MAX, &insn);
}

static bool find_place(const struct job *job, u64 code, u32 offset, struct place *place)
{
	*place = (struct place){ 0 };
	return job->place && job->place(job->ctx, code, offset, place);
}

/* "    24: store ...  (saxpy.agx:12)" */
static void print_insn(FILE *to, const struct job *job, u64 code, u32 offset)
{
	char text[AGX_TEXT_MAX];
	struct place place;

	insn_text(job, code, offset, text);
	fprintf(to, "  %5x: %s", offset, text);
	if (find_place(job, code, offset, &place))
		fprintf(to, "   (%s:%u)", place.file, place.line);
	fputc('\n', to);
}

static json_t *json_insn(const struct job *job, u64 code, u32 offset)
{
	char text[AGX_TEXT_MAX];
	struct place place;
	json_t *insn;

	insn_text(job, code, offset, text);
	insn = json_pack("{s:I,s:s}", "offset", (json_int_t)offset, "text", text);
	if (find_place(job, code, offset, &place)) {
		json_object_set_new(insn, "file", json_string(place.file));
		json_object_set_new(insn, "line", json_integer(place.line));
	}
	return insn;
}

/* --- faults -------------------------------------------------------------------------- */

static void fault_text(const struct outcome *outcome, char *text, size_t size)
{
	agx_fault_print(text, size, &outcome->fault);
	if (outcome->fault.kind == AGX_FAULT_STREAM && outcome->message[0]) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, ": %s", outcome->message);
	}
}

static void print_fault(const struct job *job, const struct outcome *outcome)
{
	char text[512];

	fault_text(outcome, text, sizeof(text));
	fail("%s", text);
	if (outcome->fault.kind != AGX_FAULT_STREAM)
		print_insn(stderr, job, outcome->fault.code, outcome->fault.offset);
}

static json_t *json_fault(const struct job *job, const struct outcome *outcome)
{
	const struct agx_fault *f = &outcome->fault;
	char text[512];
	json_t *fault;

	fault_text(outcome, text, sizeof(text));
	fault = json_pack("{s:s,s:i,s:I,s:I,s:[iii],s:i,s:b,s:b}", "message", text, "lane",
			  (int)f->lane, "lanes", (json_int_t)f->lanes, "address",
			  (json_int_t)f->address, "threadgroup", (int)f->group[0],
			  (int)f->group[1], (int)f->group[2], "simdgroup", (int)f->simd,
			  "preamble", f->preamble, "write", f->write);
	if (f->kind != AGX_FAULT_STREAM)
		json_object_set_new(fault, "instruction", json_insn(job, f->code, f->offset));
	return fault;
}

/* --- races ----------------------------------------------------------------------------- */

static void print_side(const struct job *job, const struct agx_race_report *r,
		       const struct agx_race_side *side)
{
	printf("  %s by threadgroup %llu, SIMD-group %u, lane %u\n",
	       side->write ? "written" : "read", (unsigned long long)side->group, side->simd,
	       side->lane);
	print_insn(stdout, job, r->code, side->offset);
}

static void print_races(const struct job *job, const struct agx_race *race)
{
	for (size_t i = 0; i < agx_race_count(race); i++) {
		const struct agx_race_report *r = agx_race_get(race, i);

		printf("race: %llu times, first at byte 0x%llx of %s memory\n",
		       (unsigned long long)r->bytes, (unsigned long long)r->address,
		       space_names[r->space]);
		print_side(job, r, &r->first);
		print_side(job, r, &r->second);
	}
	if (agx_race_incomplete(race))
		puts("races: memory ended; there may be more");
}

static json_t *json_side(const struct job *job, const struct agx_race_report *r,
			 const struct agx_race_side *side)
{
	return json_pack("{s:I,s:i,s:i,s:b,s:o}", "threadgroup", (json_int_t)side->group,
			 "simdgroup", (int)side->simd, "lane", (int)side->lane, "write",
			 side->write, "instruction", json_insn(job, r->code, side->offset));
}

static json_t *json_races(const struct job *job, const struct agx_race *race)
{
	json_t *list = json_array();

	for (size_t i = 0; i < agx_race_count(race); i++) {
		const struct agx_race_report *r = agx_race_get(race, i);

		json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:o,s:o}", "space",
						      space_names[r->space], "address",
						      (json_int_t)r->address, "times",
						      (json_int_t)r->bytes, "first",
						      json_side(job, r, &r->first), "second",
						      json_side(job, r, &r->second)));
	}
	return list;
}

/* --- statistics -------------------------------------------------------------------------- */

static double share(u64 part, u64 whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void print_stats(const struct outcome *outcome)
{
	const struct agx_count *count = &outcome->count;

	printf("%-22s%u\n", "launches", outcome->launches);
	printf("%-22s%llu by %llu SIMD-groups, %.1f lanes active\n", "instructions",
	       (unsigned long long)count->insns, (unsigned long long)count->simds,
	       share(count->lanes, count->insns));
	for (int i = 0; i < AGX_CLASS_COUNT; i++) {
		if (count->insns_of[i])
			printf("  %-20s%llu (%.1f %%), %.1f lanes\n",
			       agx_class_name((enum agx_class)i),
			       (unsigned long long)count->insns_of[i],
			       100 * share(count->insns_of[i], count->insns),
			       share(count->lanes_of[i], count->insns_of[i]));
	}
	for (int s = 0; s < AGX_SPACES; s++) {
		for (int a = 0; a < AGX_ACCESSES; a++) {
			if (count->accesses[s][a])
				printf("%-12s%-10s%llu bytes by %llu accesses of lanes\n",
				       space_names[s], access_names[a],
				       (unsigned long long)count->bytes[s][a],
				       (unsigned long long)count->accesses[s][a]);
		}
	}
	printf("%-22s%.0f of one core, estimated: issue %.0f, latency %.0f with %u "
	       "SIMD-groups resident; memory free\n", "cycles", agx_count_cycles(count),
	       count->issue_cycles / AGX_SCHEDULERS,
	       agx_count_resident(count) ? count->latency_cycles / agx_count_resident(count) : 0,
	       agx_count_resident(count));
}

static json_t *json_stats(const struct outcome *outcome)
{
	const struct agx_count *count = &outcome->count;
	json_t *classes = json_object(), *bytes = json_object();
	char name[48];

	for (int i = 0; i < AGX_CLASS_COUNT; i++) {
		if (count->insns_of[i])
			json_object_set_new(classes, agx_class_name((enum agx_class)i),
					    json_integer((json_int_t)count->insns_of[i]));
	}
	for (int s = 0; s < AGX_SPACES; s++) {
		for (int a = 0; a < AGX_ACCESSES; a++) {
			snprintf(name, sizeof(name), "%s_%s", space_names[s], access_names[a]);
			json_object_set_new(bytes, name,
					    json_integer((json_int_t)count->bytes[s][a]));
		}
	}
	return json_pack("{s:I,s:I,s:f,s:o,s:o,s:i,s:f}", "instructions",
			 (json_int_t)count->insns, "simdgroups", (json_int_t)count->simds,
			 "active_lanes", share(count->lanes, count->insns), "classes", classes,
			 "bytes", bytes, "resident_simdgroups", (int)agx_count_resident(count),
			 "cycles_of_one_core", agx_count_cycles(count));
}

/* ------------------------------------------------------------------------------------------ */

static int print_json(const struct opts *opts, const struct job *job,
		      const struct outcome *outcome, const char *result)
{
	json_t *all = json_pack("{s:s,s:i,s:f}", "result", result, "launches",
				(int)outcome->launches, "seconds", outcome->seconds);
	int ret;

	if (outcome->ret)
		json_object_set_new(all, "fault", json_fault(job, outcome));
	if (opts->race)
		json_object_set_new(all, "races", json_races(job, outcome->race));
	if (opts->stats)
		json_object_set_new(all, "stats", json_stats(outcome));
	ret = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	json_decref(all);
	putchar('\n');
	return ret ? fail("out of memory") : 0;
}

int report(const struct opts *opts, const struct job *job, const struct outcome *outcome)
{
	bool races = outcome->race && agx_race_count(outcome->race);

	if (outcome->ret)
		print_fault(job, outcome);
	if (opts->json) {
		if (print_json(opts, job, outcome, outcome->ret ? "fault" : races ? "races" : "done"))
			return EXIT_FAILED;
	} else {
		if (outcome->race)
			print_races(job, outcome->race);
		if (opts->stats)
			print_stats(outcome);
	}
	return outcome->ret || races ? EXIT_FAILED : EXIT_DONE;
}
