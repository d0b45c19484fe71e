// SPDX-License-Identifier: MIT
#include "corpus.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "suite.h"

static struct dirent **entries;
static int n_entries = -1;

/* "02-saxpy" */
static int is_shader(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) && strchr(entry->d_name, '-');
}

static void look(void)
{
	const char *root = getenv("MUTSU_CORPUS");

	if (n_entries < 0 && root && *root)
		n_entries = scandir(root, &entries, is_shader, alphasort);
	if (n_entries < 0)
		n_entries = 0;
}

int corpus_count(const char *test)
{
	look();
	if (!n_entries)
		suite_skip(test, "MUTSU_CORPUS names no folder of compiled shaders");
	return n_entries;
}

const char *corpus_name(int i)
{
	look();
	return i >= 0 && i < n_entries ? entries[i]->d_name : NULL;
}

uint8_t *corpus_file(const char *name, const char *file, size_t *size)
{
	const char *root = getenv("MUTSU_CORPUS");
	uint8_t *bytes = NULL;
	struct stat st;
	char *path;
	FILE *f;

	if (asprintf(&path, "%s/%s/%s", root ? root : "", name, file) < 0)
		abort();
	f = fopen(path, "rb");
	free(path);
	if (!f)
		return NULL;
	if (fstat(fileno(f), &st) || !(bytes = calloc(1, (size_t)st.st_size + 1)))
		abort();
	*size = fread(bytes, 1, (size_t)st.st_size, f);
	fclose(f);
	return bytes;
}

uint8_t *corpus_hex(const char *name, const char *file, size_t *size)
{
	uint8_t *text = corpus_file(name, file, size);
	size_t n = 0;
	unsigned int byte;

	ck_assert_msg(text != NULL, "%s/%s is missing", name, file);
	for (const char *p = (char *)text; *p;) {
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		ck_assert_msg(sscanf(p, "%2x", &byte) == 1, "%s/%s: not hexadecimal", name, file);
		text[n++] = (uint8_t)byte;
		p += 2;
	}
	*size = n;
	return text;
}
