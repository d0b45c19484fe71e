// SPDX-License-Identifier: MIT
#include "trace.h"

#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAPPED_MAX (1ull << 40)	/* bytes */

__printf(1, 0) static void say(const char *format, va_list args)
{
	/* Behind what was printed so far. */
	fflush(stdout);
	fputs("agx-trace: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return EXIT_FAILED;
}

int misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	fputs("agx-trace --help lists commands and options\n", stderr);
	return EXIT_MISUSED;
}

/* getopt_long() is a step ahead of what it complains of. */
int bad_option(int c, char **argv)
{
	const char *option = argv[optind - 1];

	return c == ':' ? misuse("%s needs a value", option) : misuse("%s: no such option", option);
}

bool read_number(const char *text, u64 *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && !*end;
}

/* --- images ----------------------------------------------------------------------- */

static int load(struct loaded *image, const u8 *data, size_t size)
{
	struct agx_error err;

	if (agx_image_load(&image->space, data, size, NULL, &image->submit, &err))
		return fail("%s: %s", image->file, err.text);
	return 0;
}

static int load_file(struct loaded *image, int fd)
{
	struct stat stat;
	void *data;
	int status;

	if (fstat(fd, &stat))
		return fail("%s: %s", image->file, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return fail("%s: not a file", image->file);
	if (!stat.st_size)
		return fail("%s: it is empty", image->file);
	data = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return fail("%s: %s", image->file, strerror(errno));
	status = load(image, data, (size_t)stat.st_size);
	munmap(data, (size_t)stat.st_size);
	return status;
}

int loaded_open(struct loaded *image, const char *file)
{
	int fd, status;

	*image = (struct loaded){ .file = file };
	agx_space_init(&image->space);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", file, strerror(errno));
	status = load_file(image, fd);
	close(fd);
	return status;
}

void loaded_free(struct loaded *image)
{
	agx_image_submit_free(&image->submit);
	agx_space_destroy(&image->space);
}

/* Bytes that are to be looked at: of pages that are mapped repeatedly one. */
static u64 mapped(const struct loaded *image)
{
	u64 size = 0;

	for (size_t i = 0; i < image->space.n; i++) {
		const struct agx_range *range = &image->space.range[i];
		u64 part = range->page ? AGX_PAGE_SIZE : range->size;

		size = part < UINT64_MAX - size ? size + part : UINT64_MAX;
	}
	return size;
}

int loaded_open_submission(struct loaded *image, const char *file)
{
	int status = loaded_open(image, file);

	if (!status && !image->submit.known)
		status = fail("%s: it is memory alone and does not say what was submitted "
			      "(agx-emu --stream runs such images)", file);
	if (!status && mapped(image) > MAPPED_MAX)
		status = fail("%s: it maps %llu GiB, more than any machine has", file,
			      (unsigned long long)(mapped(image) >> 30));
	return status;
}

size_t loaded_read(const struct loaded *image, u64 address, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		u64 avail;
		const u8 *bytes = agx_space_bytes(&image->space, address + done, &avail);

		if (!bytes)
			break;
		if (avail > size - done)
			avail = size - done;
		memcpy((u8 *)data + done, bytes, (size_t)avail);
		done += (size_t)avail;
	}
	return done;
}

/* FNV-1a, over words where there are whole ones: it need not be the standard's. */
u64 checksum(u64 sum, const u8 *data, size_t size)
{
	u64 word;

	for (; size >= sizeof(word); size -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3u;
		sum ^= sum >> 32;
	}
	for (; size; size--, data++)
		sum = (sum ^ *data) * 0x100000001b3u;
	return sum;
}
