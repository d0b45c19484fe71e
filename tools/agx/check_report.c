// SPDX-License-Identifier: MIT
#include "check_report.h"

#define MESSAGE_MAX 256

void agx_report_add(struct agx_report *report, u32 index, enum agx_hazard hazard,
		    const char *format, ...)
{
	char *message = malloc(MESSAGE_MAX);
	va_list list;

	if (report->n == report->room) {
		u32 room = report->room ? 2 * report->room : 16;
		void *found = realloc(report->found, room * sizeof(*report->found));

		if (found) {
			report->found = found;
			report->room = room;
		}
	}
	if (!message || report->n == report->room) {
		report->no_memory = true;
		free(message);
		return;
	}
	va_start(list, format);
	vsnprintf(message, MESSAGE_MAX, format, list);
	va_end(list);
	report->found[report->n++] = (struct agx_found){ index, hazard, message };
}

static int compare(const void *left, const void *right)
{
	const struct agx_found *a = left, *b = right;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->hazard != b->hazard)
		return a->hazard < b->hazard ? -1 : 1;
	return strcmp(a->message, b->message);
}

void agx_report_finish(struct agx_report *report)
{
	if (report->n)
		qsort(report->found, report->n, sizeof(*report->found), compare);
	for (u32 i = 0; i < report->n; i++) {
		const struct agx_found *found = &report->found[i];

		if (report->opts->report && !report->no_memory)
			report->opts->report(report->opts->ctx, found->hazard, found->index,
					     found->message);
		free(found->message);
	}
	free(report->found);
	report->found = NULL;
}

const char *agx_name_halves(char *name, unsigned int first, unsigned int n)
{
	const char *half = "lh";
	unsigned int last = first + n - 1;

	if (n == 1)
		snprintf(name, AGX_NAME_MAX, "r%u%c", first / 2, half[first % 2]);
	else if (first % 2 == 0 && n == 2)
		snprintf(name, AGX_NAME_MAX, "r%u", first / 2);
	else if (first % 2 == 0 && n % 2 == 0)
		snprintf(name, AGX_NAME_MAX, "r%u to r%u", first / 2, last / 2);
	else
		snprintf(name, AGX_NAME_MAX, "r%u%c to r%u%c", first / 2, half[first % 2], last / 2,
			 half[last % 2]);
	return name;
}

const char *agx_name_set(char *name, const struct agx_halves *set)
{
	unsigned int n_ranges = 0, used = 0;

	name[0] = '\0';
	for (unsigned int first = agx_halves_first(set); first < AGX_HALVES;) {
		unsigned int behind = first;
		char range[AGX_NAME_MAX];

		while (behind < AGX_HALVES && agx_halves_has(set, behind))
			behind++;
		if (n_ranges++ == 3) {
			snprintf(name + used, AGX_NAME_MAX - used, " ...");
			break;
		}
		agx_name_halves(range, first, behind - first);
		used += (unsigned int)snprintf(name + used, AGX_NAME_MAX - used, "%s%s",
					       used ? ", " : "", range);
		for (first = behind; first < AGX_HALVES && !agx_halves_has(set, first);)
			first++;
	}
	return name;
}
