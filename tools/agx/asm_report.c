// SPDX-License-Identifier: MIT
/* Messages: what, where, and which macros the line came through. */
#include "asm_priv.h"

#define MESSAGE_MAX 512

static void send(const struct asm_state *as, enum agx_severity severity,
		 const struct asm_pos *pos, u32 column, const char *message)
{
	struct agx_place place = { as->file, 0, column, NULL };
	char text[ASM_LINE_MAX + 1];
	u32 n;

	if (!as->opts->report)
		return;
	if (pos && pos->frame) {
		place.file = pos->frame->file;
		place.line = pos->line;
		n = pos->size < ASM_LINE_MAX ? pos->size : ASM_LINE_MAX;
		memcpy(text, pos->text, n);
		text[n] = 0;
		place.text = text;
	}
	as->opts->report(as->opts->ctx, severity, &place, message);
}

/* The lines that brought us here, innermost first. */
static void send_frames(const struct asm_state *as, const struct asm_frame *frame)
{
	char message[MESSAGE_MAX];

	for (; frame && frame->parent; frame = frame->parent) {
		if (frame->macro)
			snprintf(message, sizeof(message), "in macro '%s'", frame->macro);
		else if (frame->round)
			snprintf(message, sizeof(message), "in round %u of this repetition",
				 frame->round);
		else
			snprintf(message, sizeof(message), "%s is included here", frame->file);
		send(as, AGX_NOTE, &frame->call, 0, message);
	}
}

static void report(struct asm_state *as, enum agx_severity severity, const struct asm_pos *pos,
		   u32 column, const char *fmt, va_list args)
{
	char message[MESSAGE_MAX];

	if (!asm_alive(as))
		return;
	vsnprintf(message, sizeof(message), fmt, args);
	if (severity == AGX_WARNING && as->opts->werror)
		severity = AGX_ERROR;
	send(as, severity, pos, column, message);
	if (severity != AGX_NOTE && pos)
		send_frames(as, pos->frame);
	if (severity == AGX_ERROR && ++as->n_errors == AGX_ASM_ERRORS) {
		as->stop = true;
		send(as, AGX_NOTE, NULL, 0, "too many errors; the rest is not read");
	}
}

u32 asm_column(const struct asm_state *as, const char *at)
{
	return at && at >= as->line && at <= as->line + ASM_LINE_MAX ?
		(u32)(at - as->line) + 1 : 0;
}

void asm_report(struct asm_state *as, enum agx_severity severity, const struct asm_pos *pos,
		u32 column, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(as, severity, pos, column, fmt, args);
	va_end(args);
}

void asm_error(struct asm_state *as, const char *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(as, AGX_ERROR, &as->pos, asm_column(as, at), fmt, args);
	va_end(args);
}

void asm_warning(struct asm_state *as, const char *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(as, AGX_WARNING, &as->pos, asm_column(as, at), fmt, args);
	va_end(args);
}

/* Letters to insert, delete, replace or swap with their neighbour; words are short. */
static u32 edits(const char *a, u32 n, const char *b, u32 m)
{
	u32 row[3][33];

	for (u32 j = 0; j <= m; j++)
		row[0][j] = j;
	for (u32 i = 1; i <= n; i++) {
		u32 *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (u32 j = 1; j <= m; j++) {
			u32 best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

void asm_nearest(const char *word, size_t n, const char *candidate, const char **best,
		 u32 *distance)
{
	size_t m = strlen(candidate);
	u32 d;

	if (!n || n > 32 || m > 32)
		return;
	d = edits(word, (u32)n, candidate, (u32)m);
	/* A third of the letters may differ; of two, one. */
	if (d <= (n < 4 ? 1 : n / 3) && d < n && (!*best || d < *distance)) {
		*best = candidate;
		*distance = d;
	}
}

const char *asm_meant(char *text, size_t size, const char *mark, const char *best)
{
	text[0] = 0;
	if (best)
		snprintf(text, size, "; did you mean '%s%s'?", mark, best);
	return text;
}
