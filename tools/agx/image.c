// SPDX-License-Identifier: MIT
/* Reads images of GPU memory: which kind it is, and those of the tracer. */
#include "image.h"

#include "image_source.h"
#include "uapi/drm/agx_compute_image.h"

#define MAGIC "AGXMEM1"
#define SUBMIT_MAGIC DRM_AGXC_IMAGE_MAGIC
#define END (~(u64)0)
#define BIND_READ 2u
#define BIND_WRITE 4u

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

static int read_mapping(struct agx_source *source, struct agx_space *space, const char *maps,
			u64 address, u64 flags)
{
	u64 size;
	u32 prot = 0;
	int ret = agx_source_get(source, &size, sizeof(size));

	if (ret)
		return ret;
	if (flags & BIND_READ)
		prot |= AGX_MEM_READ;
	if (flags & BIND_WRITE)
		prot |= AGX_MEM_WRITE;
	ret = agx_space_map(space, address, size, prot,
			    maps ? shared_with(space, maps, address, size) : NULL);
	return ret ? agx_source_unmappable(source, address, size, ret) : 0;
}

static int read_contents(struct agx_source *source, struct agx_space *space, u64 address, u64 size)
{
	void *host = agx_space_at(space, address, size);

	if (!host)
		return agx_source_bad(source, "%llx bytes for %llx, where not all of them are mapped",
			   (unsigned long long)size, (unsigned long long)address);
	return agx_source_get(source, host, size);
}

static int read_records(struct agx_source *source, struct agx_space *space, const char *maps)
{
	u64 address, rest[2];
	int ret;

	for (;;) {
		ret = agx_source_get(source, &address, sizeof(address));
		if (ret || address == END)
			return ret;
		ret = agx_source_get(source, rest, sizeof(rest));
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

bool agx_is_image(const u8 *data, size_t size)
{
	return size >= sizeof(MAGIC) && (!memcmp(data, MAGIC, sizeof(MAGIC)) ||
					 !memcmp(data, SUBMIT_MAGIC, sizeof(SUBMIT_MAGIC)) ||
					 !memcmp(data, AGX_XZ_MAGIC, sizeof(AGX_XZ_MAGIC)));
}

static int read_image(struct agx_source *source, struct agx_space *space, const char *maps,
		      struct agx_image_submit *submit)
{
	char magic[sizeof(MAGIC)];
	int ret = agx_source_get(source, magic, sizeof(magic));

	if (ret && source->xz)
		return ret;
	if (!ret && !memcmp(magic, SUBMIT_MAGIC, sizeof(magic)))
		return agx_image_read_submit(source, space, submit);
	if (!ret && !memcmp(magic, MAGIC, sizeof(magic)))
		return read_records(source, space, maps);
	return agx_source_bad(source, "this is no memory image: it does not begin with " MAGIC
			      " or " SUBMIT_MAGIC);
}

int agx_image_load(struct agx_space *space, const u8 *data, size_t size, const char *maps,
		   struct agx_image_submit *submit, struct agx_error *err)
{
	struct agx_image_submit own;
	struct agx_source source;
	int ret;

	memset(submit ? submit : &own, 0, sizeof(own));
	ret = agx_source_open(&source, data, size, err);
	if (!ret)
		ret = read_image(&source, space, maps, submit ? submit : &own);
	agx_source_close(&source);
	if (!submit)
		agx_image_submit_free(&own);
	return ret;
}

void agx_image_submit_free(struct agx_image_submit *submit)
{
	free(submit->command);
	free(submit->mapping);
	*submit = (struct agx_image_submit){ 0 };
}
