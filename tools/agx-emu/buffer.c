// SPDX-License-Identifier: MIT
/* Reads -b, fills buffers, gives them addresses. */
#include "buffer.h"

#include "compute/isa/agx_memory.h"

#define HEAP 0x2000000000u
/* Accesses that miss a buffer by less than this are sure to fault. */
#define GUARD AGX_PAGE_SIZE
/* What a vector load wants; more would hide accesses behind the end. */
#define ALIGNMENT 16u

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return len;
}

/* --- filling ------------------------------------------------------------------ */

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool is_hex(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		if (digit(text[i]) < 0)
			return false;
	}
	return n % 2 == 0;
}

static bool is_init(const char *init)
{
	static const char *const names[] = { "zero", "iota", "iotaf", "iotah", "rand" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(init, names[i]))
			return true;
	}
	return !strncmp(init, "hex:", 4) && is_hex(init + 4);
}

/* i as a half, truncated where it has more than 11 bits; 65536 on is infinite. */
static u16 half_of(u64 i)
{
	unsigned int exponent;

	if (!i)
		return 0;
	exponent = 63 - (unsigned int)__builtin_clzll(i);
	if (exponent > 15)
		return 0x7c00;
	i = exponent > 10 ? i >> (exponent - 10) : i << (10 - exponent);
	return (u16)((exponent + 15) << 10 | (i & 0x3ff));
}

static void fill(struct buffer *buffer)
{
	const char *init = buffer->init;
	u32 x = 0x12345678;

	if (!strncmp(init, "hex:", 4)) {
		init += 4;
		for (u64 i = 0; i < buffer->size && *init; i++, init += 2)
			buffer->host[i] = (u8)(digit(init[0]) << 4 | digit(init[1]));
	} else if (!strcmp(init, "iotah")) {
		for (u64 i = 0; i < buffer->size / 2; i++) {
			u16 h = half_of(i);

			memcpy(buffer->host + 2 * i, &h, sizeof(h));
		}
	} else if (strcmp(init, "zero")) {
		for (u64 i = 0; i < buffer->size / 4; i++) {
			u32 word = (u32)i;
			float f = (float)i;

			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			if (!strcmp(init, "rand"))
				word = x;
			else if (!strcmp(init, "iotaf"))
				memcpy(&word, &f, sizeof(word));
			memcpy(buffer->host + 4 * i, &word, sizeof(word));
		}
	}
}

/* --- reading -b ----------------------------------------------------------------- */

static int read_generated(struct buffer *buffer, const char *text)
{
	const char *colon = strchr(text, ':');
	char size[32];

	snprintf(size, sizeof(size), "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	if (!read_size(size, &buffer->size) || !buffer->size)
		return misuse("-b %s: '%s' is not a size in bytes", buffer->from, size);
	buffer->init = colon ? colon + 1 : "zero";
	if (!is_init(buffer->init))
		return misuse("-b %s: '%s' is none of zero, iota, iotaf, iotah, rand, hex:DIGITS",
			      buffer->from, buffer->init);
	return 0;
}

static int read_contents(struct buffer *buffer, const char *path)
{
	size_t size;

	buffer->data = read_file(path, &size);
	if (!buffer->data)
		return EXIT_FAILED;
	if (!size)
		return fail("%s: empty; a buffer has at least one byte", path);
	buffer->size = size;
	return 0;
}

/* Length of the name that spec begins with; 0: it has none. */
static size_t name_length(const char *spec)
{
	size_t len = strcspn(spec, ":=");

	return spec[len] && is_name(spec, len) ? len : 0;
}

static int read_spec(struct buffer *buffer, const char *spec)
{
	size_t len = name_length(spec);

	buffer->from = spec;
	if (len && spec[len] == '=')
		return read_contents(buffer, spec + len + 1);
	if (*spec == ':' || len)
		return read_generated(buffer, spec + len + 1);
	return read_contents(buffer, spec);
}

static int no_such(const struct agx_kernel *kernel, const char *spec, size_t len)
{
	misuse("-b %s: kernel %s has no buffer %.*s; it has:", spec, kernel->name, (int)len, spec);
	for (u32 i = 0; i < kernel->n_params; i++) {
		if (kernel->params[i].type == AGX_PARAM_BUFFER)
			fprintf(stderr, "  %s\n", kernel->params[i].name);
	}
	return EXIT_MISUSED;
}

/* The buffer that spec is for: the one it names, else the first that none names. */
static struct buffer *meant(struct buffers *buffers, const char *spec, const struct opts *opts)
{
	size_t len = name_length(spec), other;
	bool named;

	for (size_t i = 0; i < buffers->n; i++) {
		struct buffer *buffer = &buffers->item[i];

		if (len) {
			if (!strncmp(buffer->name, spec, len) && !buffer->name[len])
				return buffer;
			continue;
		}
		named = buffer->from;
		for (size_t k = 0; k < opts->buffers.n && !named; k++) {
			other = name_length(opts->buffers.item[k]);
			named = other && !strncmp(buffer->name, opts->buffers.item[k], other) &&
				!buffer->name[other];
		}
		if (!named)
			return buffer;
	}
	return NULL;
}

static int name_params(struct buffers *buffers, const struct agx_kernel *kernel)
{
	buffers->item = calloc(kernel->n_params + 1, sizeof(*buffers->item));
	for (u32 i = 0; buffers->item && i < kernel->n_params; i++) {
		if (kernel->params[i].type != AGX_PARAM_BUFFER)
			continue;
		buffers->item[buffers->n].name = strdup(kernel->params[i].name);
		if (!buffers->item[buffers->n++].name)
			return fail("out of memory");
	}
	return buffers->item ? 0 : fail("out of memory");
}

static int name_raw(struct buffers *buffers, const struct opts *opts)
{
	if (opts->buffers.n > AGX_UNIFORM_HALVES / 4)
		return misuse("-b: uniforms have room for %u addresses", AGX_UNIFORM_HALVES / 4);
	buffers->item = calloc(opts->buffers.n + 1, sizeof(*buffers->item));
	for (size_t i = 0; buffers->item && i < opts->buffers.n; i++) {
		const char *spec = opts->buffers.item[i];
		int len = (int)name_length(spec);
		char **name = &buffers->item[buffers->n++].name;

		if (!(len ? asprintf(name, "%.*s", len, spec) : asprintf(name, "%zu", i)))
			return fail("out of memory");
	}
	return buffers->item ? 0 : fail("out of memory");
}

int buffers_read(struct buffers *buffers, const struct agx_kernel *kernel,
		 const struct opts *opts)
{
	int status = opts->raw ? name_raw(buffers, opts) : name_params(buffers, kernel);

	for (size_t i = 0; i < opts->buffers.n && !status; i++) {
		const char *spec = opts->buffers.item[i];
		struct buffer *buffer = meant(buffers, spec, opts);

		if (!buffer && name_length(spec))
			return no_such(kernel, spec, name_length(spec));
		if (!buffer)
			return misuse("-b %s: kernel %s has %zu buffers, this is one more", spec,
				      kernel->name, buffers->n);
		if (buffer->from)
			return misuse("-b %s: buffer %s is %s already", spec, buffer->name,
				      buffer->from);
		status = read_spec(buffer, spec);
	}
	for (size_t i = 0; i < buffers->n && !status; i++) {
		if (!buffers->item[i].from)
			status = misuse("buffer %s of kernel %s: -b %s=FILE or -b %s:SIZE",
					buffers->item[i].name, kernel->name,
					buffers->item[i].name, buffers->item[i].name);
	}
	return status;
}

void buffers_free(struct buffers *buffers)
{
	for (size_t i = 0; i < buffers->n; i++) {
		free(buffers->item[i].name);
		free(buffers->item[i].data);
	}
	free(buffers->item);
}

/* --- in GPU memory ------------------------------------------------------------- */

/*
 * A buffer ends where its last page does, so that the first byte behind it is
 * unmapped; the bytes before it, of the first page, are nobody's.
 */
int buffers_place(struct buffers *buffers, struct agx_space *space)
{
	u64 next = HEAP;

	for (size_t i = 0; i < buffers->n; i++) {
		struct buffer *buffer = &buffers->item[i];
		u64 aligned = (buffer->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		u64 pages = (aligned + AGX_PAGE_SIZE - 1) / AGX_PAGE_SIZE * AGX_PAGE_SIZE;

		if (buffer->size > HEAP ||
		    agx_space_map(space, next, pages, AGX_MEM_READ | AGX_MEM_WRITE, NULL))
			return fail("-b %s: no memory for %llu bytes", buffer->from,
				    (unsigned long long)buffer->size);
		buffer->address = next + (pages - aligned);
		buffer->host = agx_space_at(space, buffer->address, buffer->size);
		next += pages + GUARD;
		if (buffer->data)
			memcpy(buffer->host, buffer->data, buffer->size);
		else
			fill(buffer);
	}
	return 0;
}

const struct buffer *buffers_find(const struct buffers *buffers, const char *name)
{
	u64 index;

	for (size_t i = 0; i < buffers->n; i++) {
		if (!strcmp(buffers->item[i].name, name))
			return &buffers->item[i];
	}
	return read_u64(name, &index) && index < buffers->n ? &buffers->item[index] : NULL;
}
