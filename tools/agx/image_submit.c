// SPDX-License-Identifier: MIT
/* Reads the kernel module's images: a submission with the memory that it found. */
#include "image_source.h"
#include "uapi/drm/agx_compute_image.h"

#define CMD_COMPUTE 1		/* enum drm_asahi_cmd_type */
#define BIND_READ 2u		/* enum drm_asahi_bind_flags */
#define BIND_WRITE 4u
#define BIND_SINGLE_PAGE 8u

struct mapping {
	struct drm_agxc_image_mapping is;
	u8 *host;		/* of the first byte */
};

struct image {
	struct agx_source *source;
	struct agx_space *space;
	struct agx_image_submit *submit;
	struct mapping *mapping;
	size_t n_mappings, room;
	bool mapped;		/* contents have begun: there are no more mappings */
};

static bool is_single(const struct drm_agxc_image_mapping *mapping)
{
	return mapping->flags & BIND_SINGLE_PAGE;
}

/* Bytes of the buffer that are mapped. */
static u64 extent(const struct drm_agxc_image_mapping *mapping)
{
	return is_single(mapping) ? AGX_PAGE_SIZE : mapping->size;
}

/* The structure of a record: what is missing is 0, what we do not know is skipped. */
static int get_struct(struct image *image, void *data, size_t size, u64 there)
{
	size_t n = there < size ? (size_t)there : size;
	int ret;

	memset(data, 0, size);
	ret = agx_source_get(image->source, data, n);
	return ret ? ret : agx_source_skip(image->source, there - n);
}

/* --- what was submitted ----------------------------------------------------------- */

static int read_submit(struct image *image, u64 size)
{
	struct drm_agxc_image_submit submit;
	int ret = get_struct(image, &submit, sizeof(submit), size);

	if (ret)
		return ret;
	image->submit->known = true;
	image->submit->chip_id = submit.chip_id;
	image->submit->generation = submit.gpu_generation;
	image->submit->variant = submit.gpu_variant;
	image->submit->clusters = submit.num_clusters_total;
	image->submit->seqno = submit.seqno;
	image->submit->g14x = submit.gpu_generation >= 14 && submit.num_clusters_total > 1;
	image->submit->soft_faults = submit.flags & DRM_AGXC_IMAGE_SOFT_FAULTS;
	image->submit->usc_base = submit.usc_exec_base;
	return 0;
}

static int read_command(struct image *image, u64 size)
{
	struct agx_image_submit *submit = image->submit;
	struct drm_agxc_image_command command;
	struct agx_image_command *more;
	int ret = get_struct(image, &command, sizeof(command), size);

	if (ret)
		return ret;
	if (command.type != CMD_COMPUTE) {
		submit->n_others++;
		return 0;
	}
	more = realloc(submit->command, (submit->n_commands + 1) * sizeof(*more));
	if (!more)
		return agx_source_no_memory(image->source);
	submit->command = more;
	submit->command[submit->n_commands++] = (struct agx_image_command){
		command.stream, command.stream_end,
	};
	return 0;
}

/* --- mappings --------------------------------------------------------------------- */

static int read_mapping(struct image *image, u64 size)
{
	struct mapping *mapping;
	int ret;

	if (image->mapped)
		return agx_source_bad(image->source, "a mapping after contents");
	if (image->n_mappings == image->room) {
		size_t room = image->room ? 2 * image->room : 64;

		mapping = realloc(image->mapping, room * sizeof(*mapping));
		if (!mapping)
			return agx_source_no_memory(image->source);
		image->mapping = mapping;
		image->room = room;
	}
	mapping = &image->mapping[image->n_mappings];
	mapping->host = NULL;
	ret = get_struct(image, &mapping->is, sizeof(mapping->is), size);
	if (ret)
		return ret;
	if (!mapping->is.size || mapping->is.offset + extent(&mapping->is) < mapping->is.offset)
		return agx_source_bad(image->source, "a mapping of nothing, or of more than all");
	image->n_mappings++;
	return 0;
}

static int by_object(const void *a, const void *b)
{
	const struct mapping *const *left = a, *const *right = b;
	const struct drm_agxc_image_mapping *l = &(*left)->is, *r = &(*right)->is;

	if (l->object != r->object)
		return l->object < r->object ? -1 : 1;
	return l->offset < r->offset ? -1 : l->offset > r->offset;
}

/* Memory for mappings of an object, [0, n) of which each overlaps another one. */
static int place_part(struct image *image, struct mapping **part, size_t n, u64 size)
{
	u8 *host = agx_space_memory(image->space, size);

	if (!host)
		return agx_source_no_memory(image->source);
	for (size_t i = 0; i < n; i++)
		part[i]->host = host + (part[i]->is.offset - part[0]->is.offset);
	return 0;
}

/* sorted: by object and offset. */
static int place_all(struct image *image, struct mapping **sorted)
{
	size_t first = 0;
	int ret = 0;

	while (first < image->n_mappings && !ret) {
		const struct drm_agxc_image_mapping *head = &sorted[first]->is;
		u64 end = head->offset + extent(head);
		size_t n = 1;

		for (; head->object && first + n < image->n_mappings; n++) {
			const struct drm_agxc_image_mapping *next = &sorted[first + n]->is;

			if (next->object != head->object || next->offset > end)
				break;
			if (next->offset + extent(next) > end)
				end = next->offset + extent(next);
		}
		ret = place_part(image, sorted + first, n, end - head->offset);
		first += n;
	}
	return ret;
}

static int map_all(struct image *image)
{
	for (size_t i = 0; i < image->n_mappings; i++) {
		const struct drm_agxc_image_mapping *is = &image->mapping[i].is;
		u32 prot = 0;
		int ret;

		if (is->flags & BIND_READ)
			prot |= AGX_MEM_READ;
		if (is->flags & BIND_WRITE)
			prot |= AGX_MEM_WRITE;
		ret = (is_single(is) ? agx_space_map_page : agx_space_map)(
			image->space, is->address, is->size, prot, image->mapping[i].host);
		if (ret)
			return agx_source_unmappable(image->source, is->address, is->size, ret);
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct agx_image_mapping *left = a, *right = b;

	return left->address < right->address ? -1 : left->address > right->address;
}

/* For who wants to know what was mapped, and not only what is there. */
static int keep_all(struct image *image)
{
	struct agx_image_mapping *kept = calloc(image->n_mappings, sizeof(*kept));

	if (!kept)
		return agx_source_no_memory(image->source);
	for (size_t i = 0; i < image->n_mappings; i++) {
		const struct drm_agxc_image_mapping *is = &image->mapping[i].is;

		kept[i] = (struct agx_image_mapping){
			is->address, is->size, is->flags, is->object, is->offset,
		};
	}
	qsort(kept, image->n_mappings, sizeof(*kept), by_address);
	image->submit->mapping = kept;
	image->submit->n_mappings = image->n_mappings;
	return 0;
}

/* All mappings are known: those of the same memory share it. */
static int finish_mappings(struct image *image)
{
	struct mapping **sorted;
	int ret;

	if (image->mapped || !image->n_mappings)
		return 0;
	image->mapped = true;
	sorted = calloc(image->n_mappings, sizeof(*sorted));
	if (!sorted)
		return agx_source_no_memory(image->source);
	for (size_t i = 0; i < image->n_mappings; i++)
		sorted[i] = &image->mapping[i];
	qsort(sorted, image->n_mappings, sizeof(*sorted), by_object);
	ret = place_all(image, sorted);
	free(sorted);
	if (!ret)
		ret = map_all(image);
	return ret ? ret : keep_all(image);
}

static int read_contents(struct image *image, u64 size)
{
	u64 address;
	void *host;
	int ret = finish_mappings(image);

	if (ret)
		return ret;
	if (size < sizeof(address))
		return agx_source_bad(image->source, "contents without an address");
	ret = agx_source_get(image->source, &address, sizeof(address));
	if (ret)
		return ret;
	size -= sizeof(address);
	host = agx_space_at(image->space, address, size);
	if (!host)
		return agx_source_bad(image->source,
				      "%llx bytes for %llx, where not all of them are mapped",
				      (unsigned long long)size, (unsigned long long)address);
	return agx_source_get(image->source, host, size);
}

/* --- records ----------------------------------------------------------------------- */

/* 1: it was the last one. */
static int read_record(struct image *image)
{
	struct drm_agxc_image_record record;
	int ret = agx_source_get(image->source, &record, sizeof(record));

	if (ret)
		return ret;
	switch (record.type) {
	case DRM_AGXC_IMAGE_END:
		ret = finish_mappings(image);
		return ret ? ret : 1;
	case DRM_AGXC_IMAGE_SUBMIT:
		return read_submit(image, record.size);
	case DRM_AGXC_IMAGE_COMMAND:
		return read_command(image, record.size);
	case DRM_AGXC_IMAGE_MAPPING:
		return read_mapping(image, record.size);
	case DRM_AGXC_IMAGE_CONTENTS:
		return read_contents(image, record.size);
	default:
		return agx_source_skip(image->source, record.size);
	}
}

int agx_image_read_submit(struct agx_source *source, struct agx_space *space,
			  struct agx_image_submit *submit)
{
	struct image image = { .source = source, .space = space, .submit = submit };
	int ret;

	do {
		ret = read_record(&image);
	} while (!ret);
	free(image.mapping);
	return ret < 0 ? ret : 0;
}
