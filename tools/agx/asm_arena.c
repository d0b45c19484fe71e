// SPDX-License-Identifier: MIT
/* The assembler's memory, and the smallest pieces of reading text. */
#include "asm_priv.h"

#define CHUNK_SIZE 65536u

struct asm_chunk {
	struct asm_chunk *older;
	/* Kernel records and instructions are what has to be aligned. */
	u8 data[] AGX_ALIGNED(16);
};

void *asm_alloc(struct asm_state *as, size_t size)
{
	struct asm_arena *arena = &as->arena;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!arena->chunk || size > arena->size - arena->used) {
		size_t data = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		struct asm_chunk *chunk = calloc(1, sizeof(*chunk) + data);

		if (!chunk) {
			as->no_memory = true;
			return NULL;
		}
		chunk->older = arena->chunk;
		arena->chunk = chunk;
		arena->size = data;
		arena->used = 0;
	}
	p = arena->chunk->data + arena->used;
	arena->used += size;
	return p;
}

char *asm_strndup(struct asm_state *as, const char *s, size_t n)
{
	char *copy = asm_alloc(as, n + 1);

	/* s may be NULL then. */
	if (copy && n)
		memcpy(copy, s, n);
	return copy;
}

void asm_arena_free(struct asm_arena *arena)
{
	while (arena->chunk) {
		struct asm_chunk *chunk = arena->chunk;

		arena->chunk = chunk->older;
		free(chunk);
	}
}

bool asm_grow(struct asm_state *as, void *array, u32 n, size_t size)
{
	void **p = array, *more;

	/* Full when n is 0 or a power of two from 16 on. */
	if (n && (n < 16 || (n & (n - 1))))
		return true;
	more = realloc(*p, (n < 16 ? 16 : 2 * (size_t)n) * size);
	if (!more) {
		as->no_memory = true;
		return false;
	}
	*p = more;
	return true;
}

bool asm_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool asm_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool asm_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

bool asm_equal(struct asm_str s, const char *word)
{
	return !strncmp(s.p, word, s.n) && !word[s.n];
}

char asm_peek(const char **p)
{
	while (asm_is_space(**p))
		(*p)++;
	return **p;
}

struct asm_str asm_word(const char **p)
{
	struct asm_str s;

	asm_peek(p);
	s.p = *p;
	if (asm_is_letter(**p)) {
		while (asm_is_letter(**p) || asm_is_digit(**p))
			(*p)++;
	}
	s.n = (u32)(*p - s.p);
	return s;
}
