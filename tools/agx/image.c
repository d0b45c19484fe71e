// SPDX-License-Identifier: MIT
/* Reads images of GPU memory, decompressing on the way. */
#include "image.h"

#include <lzma.h>

#define MAGIC "AGXMEM1"
#define XZ_MAGIC "\xfd" "7zXZ"
#define END (~(u64)0)
#define BIND_READ 2u
#define BIND_WRITE 4u
#define XZ_MEMORY (256u << 20)

/* Where the image's bytes come from. */
struct source {
	bool xz;
	lzma_stream stream;	/* the rest of the input is in next_in, avail_in */
	u64 offset;		/* bytes delivered, for messages */
	struct agx_error *err;
};

__printf(2, 3) static int bad(struct source *source, const char *format, ...)
{
	char what[96];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	source->err->bit = -1;
	source->err->column = -1;
	snprintf(source->err->text, sizeof(source->err->text), "memory image, offset %llu: %s",
		 (unsigned long long)source->offset, what);
	return -EINVAL;
}

static int no_memory(struct source *source)
{
	bad(source, "out of memory");
	return -ENOMEM;
}

static int ended(struct source *source)
{
	return bad(source, "the image ends here, before its end mark");
}

static int get_xz(struct source *source, u8 *data, size_t size)
{
	lzma_stream *stream = &source->stream;

	stream->next_out = data;
	stream->avail_out = size;
	while (stream->avail_out) {
		lzma_ret ret = lzma_code(stream, LZMA_FINISH);

		if (ret == LZMA_STREAM_END || ret == LZMA_BUF_ERROR)
			break;
		if (ret == LZMA_MEM_ERROR)
			return no_memory(source);
		if (ret != LZMA_OK)
			return bad(source, "the xz data are damaged (liblzma error %d)", ret);
	}
	return stream->avail_out ? ended(source) : 0;
}

static int get(struct source *source, void *data, size_t size)
{
	int ret = 0;

	if (source->xz) {
		ret = get_xz(source, data, size);
	} else if (size > source->stream.avail_in) {
		ret = ended(source);
	} else {
		memcpy(data, source->stream.next_in, size);
		source->stream.next_in += size;
		source->stream.avail_in -= size;
	}
	source->offset += size;
	return ret;
}

/* --- mappings of the same memory ----------------------------------------- */

struct map_line {
	u64 start, end, offset;
	unsigned int bo;
};

static bool read_line(const char *text, struct map_line *line)
{
	unsigned long long start, end, offset;

	if (sscanf(text, "vm %*u va %llx..%llx bo %u+%llx", &start, &end, &line->bo, &offset) != 4)
		return false;
	line->start = start;
	line->end = end;
	line->offset = offset;
	return true;
}

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

/* Memory that is mapped already and that the mapping at address is of, or NULL. */
static u8 *shared_with(const struct agx_space *space, const char *maps, u64 address, u64 size)
{
	struct map_line own = { 0 }, line;
	bool found = false;
	u8 *host;

	for (const char *at = maps; *at && !found; at = next_line(at))
		found = read_line(at, &own) && own.start == address &&
			own.end - own.start == size;
	for (const char *at = maps; found && *at; at = next_line(at)) {
		if (!read_line(at, &line) || line.bo != own.bo || line.start == address ||
		    line.end <= line.start || own.offset < line.offset ||
		    own.offset - line.offset >= line.end - line.start)
			continue;
		host = agx_space_at(space, line.start + (own.offset - line.offset), size);
		if (host)
			return host;
	}
	return NULL;
}

/* --- records --------------------------------------------------------------- */

static int read_mapping(struct source *source, struct agx_space *space, const char *maps,
			u64 address, u64 flags)
{
	u64 size;
	u32 prot = 0;
	int ret = get(source, &size, sizeof(size));

	if (ret)
		return ret;
	if (flags & BIND_READ)
		prot |= AGX_MEM_READ;
	if (flags & BIND_WRITE)
		prot |= AGX_MEM_WRITE;
	ret = agx_space_map(space, address, size, prot,
			    maps ? shared_with(space, maps, address, size) : NULL);
	if (ret == -ENOMEM)
		return no_memory(source);
	if (ret)
		return bad(source, "mapping of %llx bytes at %llx %s", (unsigned long long)size,
			   (unsigned long long)address,
			   ret == -EEXIST ? "overlaps another" : "is not of whole pages");
	return 0;
}

static int read_contents(struct source *source, struct agx_space *space, u64 address, u64 size)
{
	void *host = agx_space_at(space, address, size);

	if (!host)
		return bad(source, "%llx bytes for %llx, where not all of them are mapped",
			   (unsigned long long)size, (unsigned long long)address);
	return get(source, host, size);
}

static int read_records(struct source *source, struct agx_space *space, const char *maps)
{
	u64 address, rest[2];
	int ret;

	for (;;) {
		ret = get(source, &address, sizeof(address));
		if (ret || address == END)
			return ret;
		ret = get(source, rest, sizeof(rest));
		if (ret)
			return ret;
		if (rest[0])
			ret = read_contents(source, space, address, rest[0]);
		else
			ret = read_mapping(source, space, maps, address, rest[1]);
		if (ret)
			return ret;
	}
}

int agx_image_load(struct agx_space *space, const u8 *data, size_t size, const char *maps,
		   struct agx_error *err)
{
	struct source source = { .stream = LZMA_STREAM_INIT, .err = err };
	char magic[sizeof(MAGIC)];
	int ret;

	source.xz = size >= sizeof(XZ_MAGIC) && !memcmp(data, XZ_MAGIC, sizeof(XZ_MAGIC));
	if (source.xz && lzma_stream_decoder(&source.stream, XZ_MEMORY, 0) != LZMA_OK)
		return no_memory(&source);
	source.stream.next_in = data;
	source.stream.avail_in = size;

	ret = get(&source, magic, sizeof(magic));
	if ((ret && !source.xz) || (!ret && memcmp(magic, MAGIC, sizeof(magic))))
		ret = bad(&source, "this is no memory image: it does not begin with " MAGIC);
	if (!ret)
		ret = read_records(&source, space, maps);
	lzma_end(&source.stream);
	return ret;
}
