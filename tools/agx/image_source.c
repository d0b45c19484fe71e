// SPDX-License-Identifier: MIT
#include "image_source.h"

#define XZ_MEMORY (256u << 20)

int agx_source_bad(struct agx_source *source, const char *format, ...)
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

int agx_source_no_memory(struct agx_source *source)
{
	agx_source_bad(source, "out of memory");
	return -ENOMEM;
}

int agx_source_unmappable(struct agx_source *source, u64 address, u64 size, int ret)
{
	if (ret == -ENOMEM)
		return agx_source_no_memory(source);
	return agx_source_bad(source, "mapping of %llx bytes at %llx %s", (unsigned long long)size,
			      (unsigned long long)address,
			      ret == -EEXIST ? "overlaps another" : "is not of whole pages");
}

static int ended(struct agx_source *source)
{
	return agx_source_bad(source, "the image ends here, before its end mark");
}

int agx_source_open(struct agx_source *source, const u8 *data, size_t size,
		    struct agx_error *err)
{
	*source = (struct agx_source){ .stream = LZMA_STREAM_INIT, .err = err };
	source->xz = size >= sizeof(AGX_XZ_MAGIC) &&
		     !memcmp(data, AGX_XZ_MAGIC, sizeof(AGX_XZ_MAGIC));
	if (source->xz && lzma_stream_decoder(&source->stream, XZ_MEMORY, 0) != LZMA_OK)
		return agx_source_no_memory(source);
	source->stream.next_in = data;
	source->stream.avail_in = size;
	return 0;
}

void agx_source_close(struct agx_source *source)
{
	lzma_end(&source->stream);
}

static int get_xz(struct agx_source *source, u8 *data, size_t size)
{
	lzma_stream *stream = &source->stream;

	stream->next_out = data;
	stream->avail_out = size;
	while (stream->avail_out) {
		lzma_ret ret = lzma_code(stream, LZMA_FINISH);

		if (ret == LZMA_STREAM_END || ret == LZMA_BUF_ERROR)
			break;
		if (ret == LZMA_MEM_ERROR)
			return agx_source_no_memory(source);
		if (ret != LZMA_OK)
			return agx_source_bad(source, "the xz data are damaged (liblzma error %d)",
					      ret);
	}
	return stream->avail_out ? ended(source) : 0;
}

int agx_source_get(struct agx_source *source, void *data, size_t size)
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

int agx_source_skip(struct agx_source *source, u64 size)
{
	u8 data[4096];
	int ret = 0;

	for (size_t n; size && !ret; size -= n) {
		n = size < sizeof(data) ? (size_t)size : sizeof(data);
		ret = agx_source_get(source, data, n);
	}
	return ret;
}
