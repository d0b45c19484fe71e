// SPDX-License-Identifier: MIT
/* Files: the source, what it includes, and results that appear at once or never. */
#include "agx-as.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_MAX (64u << 20)

static char *read_stream(FILE *f, size_t *size)
{
	char *data = NULL, *more;
	size_t n = 0, room = 0, got;

	do {
		if (n == room) {
			room = room ? 2 * room : 65536;
			more = realloc(data, room + 1);
			if (!more)
				goto err;
			data = more;
		}
		got = fread(data + n, 1, room - n, f);
		n += got;
		if (n > SOURCE_MAX) {
			errno = EFBIG;
			goto err;
		}
	} while (got);
	if (ferror(f))
		goto err;
	data[n] = 0;
	*size = n;
	return data;
err:
	free(data);
	return NULL;
}

char *read_file(const char *path, size_t *size)
{
	FILE *f;
	char *data;
	int error;

	if (!strcmp(path, "-"))
		return read_stream(stdin, size);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	data = read_stream(f, size);
	error = errno;
	fclose(f);
	errno = error;
	return data;
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/* Beside path, then renamed: nobody sees half of it. */
static bool replace_file(const char *path, const void *data, size_t size)
{
	char *temporary;
	mode_t mask = umask(0);
	bool ok;
	int fd;

	umask(mask);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return false;
	fd = mkstemp(temporary);
	if (fd < 0) {
		free(temporary);
		return false;
	}
	ok = write_all(fd, data, size) && !fchmod(fd, 0666 & ~mask);
	ok = !close(fd) && ok;
	ok = ok && !rename(temporary, path);
	if (!ok) {
		int error = errno;

		unlink(temporary);
		errno = error;
	}
	free(temporary);
	return ok;
}

bool write_file(const char *path, const void *data, size_t size)
{
	struct stat st;
	FILE *f = NULL;
	bool ok;

	if (!strcmp(path, "-")) {
		ok = fwrite(data, 1, size, stdout) == size && !fflush(stdout);
		path = "standard output";
	} else if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		f = fopen(path, "wb");
		ok = f && fwrite(data, 1, size, f) == size;
		ok = f && !fclose(f) && ok;
	} else {
		ok = replace_file(path, data, size);
	}
	if (!ok)
		fail("%s: %s", path, strerror(errno));
	return ok;
}

/* folder/file, where folder may be "dir/of/some.agx", of which the name goes. */
static char *join(const char *folder, bool is_file, const char *file)
{
	const char *slash = is_file ? strrchr(folder, '/') : NULL;
	size_t n = slash ? (size_t)(slash + 1 - folder) : is_file ? 0 : strlen(folder);
	char *path;

	if (*file == '/' || !strcmp(folder, "-"))
		n = 0;
	if (asprintf(&path, "%.*s%s%s", (int)n, folder, n && folder[n - 1] != '/' ? "/" : "",
		     file) < 0)
		return NULL;
	return path;
}

static bool remember(struct inputs *inputs, const char *path)
{
	char **more = realloc(inputs->path, (inputs->n + 1) * sizeof(*more));

	if (!more)
		return false;
	inputs->path = more;
	more[inputs->n] = strdup(path);
	return more[inputs->n] && ++inputs->n;
}

int include_file(struct inputs *inputs, const char *from, const char *file,
		 struct agx_source *source)
{
	const struct args *args = inputs->args;
	int error = ENOENT;

	/* Beside the file that includes it, then where -I says. */
	for (size_t i = 0; i <= args->n_include && error == ENOENT; i++) {
		source->path = join(i ? args->include[i - 1] : from, !i, file);
		if (!source->path)
			return -ENOMEM;
		source->text = read_file(source->path, &source->size);
		if (source->text && remember(inputs, source->path))
			return 0;
		error = source->text ? ENOMEM : errno;
		free(source->text);
		free(source->path);
	}
	return -error;
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->path[i]);
	free(inputs->path);
}
