// SPDX-License-Identifier: MIT
/* agx-trace diff: what two images, or two folders of them, do not have in common. */
#include <dirent.h>
#include <getopt.h>
#include <sys/stat.h>

#include "count.h"
#include "model.h"
#include "tools/agx/asahi.h"
#include "touched.h"

enum kind { CHIP, MAPPINGS, STREAMS, LAUNCHES, UNIFORMS, PROGRAMS, CONTENTS, KINDS };

static const char *const kind_name[KINDS] = {
	"chip", "mappings", "streams", "launches", "uniforms", "programs", "contents",
};

/* Of each kind the first difference, and how many there are. */
struct differences {
	u64 n[KINDS];
	char first[KINDS][256];
};

struct pair {
	struct loaded a, b;
	struct model left, right;
	struct differences found;
	struct touched touched;
};

__printf(3, 4) static void differ(struct pair *pair, enum kind kind, const char *format, ...)
{
	va_list args;

	if (pair->found.n[kind]++)
		return;
	va_start(args, format);
	vsnprintf(pair->found.first[kind], sizeof(pair->found.first[kind]), format, args);
	va_end(args);
}

/* --- chip and mappings -------------------------------------------------------------- */

static void compare_chips(struct pair *pair)
{
	const struct agx_image_submit *a = &pair->a.submit, *b = &pair->b.submit;

	if (a->chip_id != b->chip_id || a->generation != b->generation ||
	    a->variant != b->variant || a->clusters != b->clusters)
		differ(pair, CHIP, "%x of %u clusters and %x of %u", a->chip_id, a->clusters,
		       b->chip_id, b->clusters);
	if (a->soft_faults != b->soft_faults)
		differ(pair, CHIP, "soft faults and none");
	if (a->usc_base != b->usc_base)
		differ(pair, CHIP, "USC base %llx and %llx", (unsigned long long)a->usc_base,
		       (unsigned long long)b->usc_base);
}

static bool alike(const struct agx_image_mapping *a, const struct agx_image_mapping *b)
{
	return a->size == b->size && a->flags == b->flags;
}

/* Whether the mappings are the same, one by one, but for their places. */
static bool all_alike(const struct pair *pair)
{
	const struct agx_image_submit *a = &pair->a.submit, *b = &pair->b.submit;

	if (a->n_mappings != b->n_mappings)
		return false;
	for (size_t i = 0; i < a->n_mappings; i++) {
		if (!alike(&a->mapping[i], &b->mapping[i]))
			return false;
	}
	return true;
}

static u64 extent(const struct agx_image_mapping *m)
{
	return m->flags & AGX_DRM_BIND_SINGLE_PAGE ? AGX_PAGE_SIZE : m->size;
}

static void compare_bytes(struct pair *pair, u64 address, const u8 *left, const u8 *right,
			  u64 size)
{
	for (u64 at = 0; at < size; at += AGX_SPACE_PAGE) {
		if (!memcmp(left + at, right + at, AGX_SPACE_PAGE))
			continue;
		for (u64 i = at; i < at + AGX_SPACE_PAGE; i++) {
			if (left[i] != right[i])
				differ(pair, CONTENTS, "byte at %llx is %02x and %02x",
				       (unsigned long long)(address + i), left[i], right[i]);
		}
	}
}

static void compare_contents(struct pair *pair, const struct agx_image_mapping *a,
			     const struct agx_image_mapping *b)
{
	const struct agx_range *left = agx_space_find(&pair->a.space, a->address);
	const struct agx_range *right = agx_space_find(&pair->b.space, b->address);

	for (u64 at = 0; at < extent(a); at += TOUCHED_PIECE) {
		u64 n = extent(a) - at < TOUCHED_PIECE ? extent(a) - at : TOUCHED_PIECE;

		if (touched_is(&pair->touched, left->host + at, n) ||
		    touched_is(&pair->touched, right->host + at, n))
			compare_bytes(pair, a->address + at, left->host + at, right->host + at, n);
	}
}

static void only_in(struct pair *pair, const struct loaded *image,
		    const struct agx_image_mapping *m)
{
	differ(pair, MAPPINGS, "%llx bytes at %llx, flags %x, only in %s",
	       (unsigned long long)m->size, (unsigned long long)m->address, m->flags,
	       image->file);
}

/* By address, where the two have not the same mappings. */
static void merge_mappings(struct pair *pair)
{
	const struct agx_image_submit *a = &pair->a.submit, *b = &pair->b.submit;
	size_t i = 0, k = 0;

	while (i < a->n_mappings || k < b->n_mappings) {
		const struct agx_image_mapping *l = i < a->n_mappings ? &a->mapping[i] : NULL;
		const struct agx_image_mapping *r = k < b->n_mappings ? &b->mapping[k] : NULL;

		if (l && r && l->address == r->address) {
			if (alike(l, r))
				compare_contents(pair, l, r);
			else
				differ(pair, MAPPINGS, "at %llx: %llx bytes, flags %x, and %llx "
				       "bytes, flags %x", (unsigned long long)l->address,
				       (unsigned long long)l->size, l->flags,
				       (unsigned long long)r->size, r->flags);
			i++;
			k++;
		} else if (l && (!r || l->address < r->address)) {
			only_in(pair, &pair->a, l);
			i++;
		} else {
			only_in(pair, &pair->b, r);
			k++;
		}
	}
}

static void compare_mappings(struct pair *pair)
{
	const struct agx_image_submit *a = &pair->a.submit, *b = &pair->b.submit;

	if (!all_alike(pair)) {
		merge_mappings(pair);
		return;
	}
	for (size_t i = 0; i < a->n_mappings; i++) {
		if (a->mapping[i].address != b->mapping[i].address)
			differ(pair, MAPPINGS, "%llx bytes at %llx and at %llx",
			       (unsigned long long)a->mapping[i].size,
			       (unsigned long long)a->mapping[i].address,
			       (unsigned long long)b->mapping[i].address);
		compare_contents(pair, &a->mapping[i], &b->mapping[i]);
	}
}

/* --- launches ------------------------------------------------------------------------- */

static u32 word(const struct launch *launch, u32 i)
{
	return (u32)launch->uniform[2 * i + 1] << 16 | launch->uniform[2 * i];
}

static bool has_word(const struct launch *launch, u32 i)
{
	return launch->loaded[2 * i] && launch->loaded[2 * i + 1];
}

/* Whether words i and i + 1 are an address at which the image has something. */
static bool is_address(const struct loaded *image, const struct launch *launch, u32 i)
{
	if (i >= AGX_UNIFORM_HALVES / 2 - 1 || !has_word(launch, i) || !has_word(launch, i + 1))
		return false;
	return agx_space_find(&image->space, word(launch, i) | (u64)word(launch, i + 1) << 32);
}

static bool both_address(const struct pair *pair, const struct launch *a, const struct launch *b,
			 u32 i)
{
	return is_address(&pair->a, a, i) && is_address(&pair->b, b, i);
}

/* Addresses are where somebody's allocator put things: that they differ says nothing. */
static void compare_uniforms(struct pair *pair, const struct launch *a, const struct launch *b,
			     const char *where)
{
	for (u32 i = 0; i < AGX_UNIFORM_HALVES / 2; i++) {
		if (a->loaded[2 * i] != b->loaded[2 * i] ||
		    a->loaded[2 * i + 1] != b->loaded[2 * i + 1])
			differ(pair, UNIFORMS, "%s: u%u is loaded in one only", where, i);
		else if (word(a, i) != word(b, i) && !both_address(pair, a, b, i) &&
			 !(i && both_address(pair, a, b, i - 1)))
			differ(pair, UNIFORMS, "%s: u%u is %08x and %08x", where, i, word(a, i),
			       word(b, i));
	}
}

static void compare_code(struct pair *pair, const struct program *a, const struct program *b,
			 const char *where)
{
	u32 i = 0, size = a->size < b->size ? a->size : b->size;

	while (i < size && a->bytes[i] == b->bytes[i])
		i++;
	if (i < size)
		differ(pair, PROGRAMS, "%s: %u and %u bytes, the first other one at 0x%x", where,
		       a->size, b->size, i);
	else if (a->size != b->size)
		differ(pair, PROGRAMS, "%s: %u and %u bytes", where, a->size, b->size);
	if (a->regs != b->regs)
		differ(pair, LAUNCHES, "%s: %u and %u register halves", where, a->regs, b->regs);
}

static void compare_program(struct pair *pair, u32 a, u32 b, const char *where,
			    const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%s, %s", where, what);
	if ((a == NO_INDEX) != (b == NO_INDEX))
		differ(pair, PROGRAMS, "%s only in %s", text,
		       a == NO_INDEX ? pair->b.file : pair->a.file);
	else if (a != NO_INDEX)
		compare_code(pair, &pair->left.program[a], &pair->right.program[b], text);
}

static void compare_sizes(struct pair *pair, const struct launch *a, const struct launch *b,
			  const char *where)
{
	const u32 *g = a->global, *h = b->global, *l = a->local, *m = b->local;

	if (memcmp(g, h, sizeof(a->global)) || a->in_groups != b->in_groups ||
	    a->unsized != b->unsized)
		differ(pair, LAUNCHES, "%s: grid %u x %u x %u%s and %u x %u x %u%s", where, g[0],
		       g[1], g[2], a->in_groups ? " threadgroups" : "", h[0], h[1], h[2],
		       b->in_groups ? " threadgroups" : "");
	if (memcmp(l, m, sizeof(a->local)))
		differ(pair, LAUNCHES, "%s: threadgroups of %u x %u x %u and %u x %u x %u", where,
		       l[0], l[1], l[2], m[0], m[1], m[2]);
	if (a->usc.shared_size != b->usc.shared_size)
		differ(pair, LAUNCHES, "%s: %u and %u bytes of threadgroup memory", where,
		       a->usc.shared_size, b->usc.shared_size);
	if (a->usc.spill != b->usc.spill)
		differ(pair, LAUNCHES, "%s: stack size code %u and %u", where, a->usc.spill,
		       b->usc.spill);
	if (a->usc.n_textures != b->usc.n_textures || a->usc.n_samplers != b->usc.n_samplers)
		differ(pair, LAUNCHES, "%s: %u and %u textures, %u and %u samplers", where,
		       a->usc.n_textures, b->usc.n_textures, a->usc.n_samplers, b->usc.n_samplers);
	if (strcmp(a->error, b->error))
		differ(pair, LAUNCHES, "%s: '%s' and '%s'", where, a->error, b->error);
}

static void compare_launches(struct pair *pair, const struct packet *a, const struct packet *b,
			     const char *where)
{
	compare_sizes(pair, a->launch, b->launch, where);
	if (a->cdm.uniforms != b->cdm.uniforms)
		differ(pair, LAUNCHES, "%s: %u and %u uniform halves", where, a->cdm.uniforms,
		       b->cdm.uniforms);
	compare_uniforms(pair, a->launch, b->launch, where);
	compare_program(pair, a->launch->preamble, b->launch->preamble, where, "preamble");
	compare_program(pair, a->launch->main, b->launch->main, where, "program");
}

/* --- streams --------------------------------------------------------------------------- */

/* Of fields that are no addresses. */
static bool same_packet(const struct agx_cdm *a, const struct agx_cdm *b)
{
	return a->type == b->type && a->mode == b->mode && a->g14x == b->g14x &&
	       a->with_return == b->with_return && a->flags == b->flags;
}

static void compare_commands(struct pair *pair, u32 index)
{
	const struct command *a = &pair->left.command[index], *b = &pair->right.command[index];
	u32 n = a->n < b->n ? a->n : b->n, n_launches = 0;
	char left[192], right[192], where[64];

	for (u32 i = 0; i < n; i++) {
		if (!same_packet(&a->packet[i].cdm, &b->packet[i].cdm)) {
			agx_cdm_print(left, sizeof(left), &a->packet[i].cdm);
			agx_cdm_print(right, sizeof(right), &b->packet[i].cdm);
			differ(pair, STREAMS, "command %u, packet %u: '%s' and '%s'", index, i,
			       left, right);
		}
		if (!a->packet[i].launch || !b->packet[i].launch)
			continue;
		snprintf(where, sizeof(where), "command %u, launch %u", index, n_launches++);
		compare_launches(pair, &a->packet[i], &b->packet[i], where);
	}
	if (a->n != b->n)
		differ(pair, STREAMS, "command %u: %u and %u packets, %u and %u launches", index,
		       a->n, b->n, a->n_launches, b->n_launches);
	if (strcmp(a->error, b->error))
		differ(pair, STREAMS, "command %u: '%s' and '%s'", index, a->error, b->error);
}

static void compare(struct pair *pair)
{
	const struct agx_image_submit *a = &pair->a.submit, *b = &pair->b.submit;
	u32 n = pair->left.n_commands;

	compare_chips(pair);
	compare_mappings(pair);
	if (n != pair->right.n_commands || a->n_others != b->n_others)
		differ(pair, STREAMS, "%zu compute commands and %u others, %zu and %u",
		       a->n_commands, a->n_others, b->n_commands, b->n_others);
	for (u32 i = 0; i < n && i < pair->right.n_commands; i++)
		compare_commands(pair, i);
}

/* --- two images ------------------------------------------------------------------------- */

static bool report(const struct pair *pair, const char *title)
{
	const struct differences *found = &pair->found;
	const char *comma = "";
	u64 n = 0;

	for (int i = 0; i < KINDS; i++)
		n += found->n[i];
	if (!n) {
		printf("%ssame\n", title);
		return false;
	}
	printf("%sdiffer:", title);
	for (int i = 0; i < KINDS; i++) {
		if (found->n[i]) {
			printf("%s %s (%llu)", comma, kind_name[i],
			       (unsigned long long)found->n[i]);
			comma = ",";
		}
	}
	putchar('\n');
	for (int i = 0; i < KINDS; i++) {
		if (found->n[i])
			printf("  %s: %s\n", kind_name[i], found->first[i]);
	}
	return true;
}

/* An exit status; EXIT_MISUSED where there is nothing to compare, as diff(1) has it. */
static int diff_images(const char *a, const char *b, const char *title)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	int status;

	if (!pair) {
		fail("out of memory");
		return EXIT_MISUSED;
	}
	agx_space_init(&pair->b.space);
	touched_open(&pair->touched);
	status = loaded_open_submission(&pair->a, a);
	if (!status)
		status = loaded_open_submission(&pair->b, b);
	if (!status)
		status = model_init(&pair->left, &pair->a);
	if (!status)
		status = model_init(&pair->right, &pair->b);
	if (status) {
		status = EXIT_MISUSED;
	} else {
		compare(pair);
		status = report(pair, title) ? EXIT_DIFFERENT : EXIT_SAME;
	}
	model_free(&pair->left);
	model_free(&pair->right);
	loaded_free(&pair->a);
	loaded_free(&pair->b);
	touched_close(&pair->touched);
	free(pair);
	return status;
}

/* --- two folders ------------------------------------------------------------------------ */

static int is_image(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), suffix = strlen(TRACE_IMAGE_SUFFIX);

	return n > suffix && !strcmp(entry->d_name + n - suffix, TRACE_IMAGE_SUFFIX);
}

/* By number: 10000 comes after 9999. */
static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int list_images(const char *dir, struct dirent ***list)
{
	int n = scandir(dir, list, is_image, by_number);

	if (n < 0)
		fail("%s: %s", dir, strerror(errno));
	else if (!n)
		fail("%s: no images (*" TRACE_IMAGE_SUFFIX ") in it", dir);
	return n;
}

static void free_list(struct dirent **list, int n)
{
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static int diff_entry(const char *a, const struct dirent *left, const char *b,
		      const struct dirent *right)
{
	char path_a[4096], path_b[4096], title[600];

	snprintf(path_a, sizeof(path_a), "%s/%s", a, left->d_name);
	snprintf(path_b, sizeof(path_b), "%s/%s", b, right->d_name);
	if (strcmp(left->d_name, right->d_name))
		snprintf(title, sizeof(title), "%s and %s: ", left->d_name, right->d_name);
	else
		snprintf(title, sizeof(title), "%s: ", left->d_name);
	return diff_images(path_a, path_b, title);
}

/* In their order: names may be others, where recording began later. */
static int diff_folders(const char *a, const char *b)
{
	struct dirent **left = NULL, **right = NULL;
	int n_left = list_images(a, &left), n_right = n_left > 0 ? list_images(b, &right) : 0;
	int status = EXIT_SAME, n_same = 0, n = n_left < n_right ? n_left : n_right;

	for (int i = 0; i < n; i++) {
		int one = diff_entry(a, left[i], b, right[i]);

		n_same += one == EXIT_SAME;
		status = one > status ? one : status;
	}
	if (n > 0) {
		printf("%d and %d submissions, %d the same\n", n_left, n_right, n_same);
		if (n_left != n_right && status == EXIT_SAME)
			status = EXIT_DIFFERENT;
	}
	free_list(left, n_left);
	free_list(right, n_right);
	return n > 0 ? status : EXIT_MISUSED;
}

static bool is_folder(const char *path)
{
	struct stat stat_of;

	return !stat(path, &stat_of) && S_ISDIR(stat_of.st_mode);
}

int trace_diff(int argc, char **argv)
{
	static const struct option longs[] = { { NULL, 0, NULL, 0 } };
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, ":", longs, NULL);
	if (c != -1)
		return bad_option(c, argv);
	if (optind + 2 != argc)
		return misuse("two images, or two folders");
	argv += optind;
	if (is_folder(argv[0]) != is_folder(argv[1]))
		return misuse("%s and %s: an image and a folder", argv[0], argv[1]);
	return is_folder(argv[0]) ? diff_folders(argv[0], argv[1]) :
				    diff_images(argv[0], argv[1], "");
}
