// SPDX-License-Identifier: MIT
/*
 * Finds private words in texts.  Names that say nothing about anybody, and are in
 * every kernel log, stay: a host called asahi is not given away by the driver's name.
 */
#include "private.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool says_nothing(const char *word)
{
	static const char *const words[] = {
		"agx", "apple", "arch", "asahi", "debian", "drm", "fedora", "gpu", "kernel",
		"linux", "localhost", "mac", "macbook", "mutsu", "root", "ubuntu", "user",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(words[i], word))
			return true;
	}
	return strlen(word) < 2;
}

static void add(struct private *p, const char *text, const char *label)
{
	struct private_word *word = &p->word[p->n];

	if (!text || p->n == PRIVATE_MAX || strlen(text) >= sizeof(word->text) ||
	    says_nothing(text))
		return;
	strcpy(word->text, text);
	word->label = label;
	p->n++;
}

static FILE *open_below(const char *root, const char *path)
{
	char name[4096];

	if (snprintf(name, sizeof(name), "%s/%s", root, path) >= (int)sizeof(name))
		return NULL;
	return fopen(name, "re");
}

/* The first word of a file. */
static void add_file(struct private *p, const char *root, const char *path, const char *label)
{
	FILE *file = open_below(root, path);
	char text[128];

	if (!file)
		return;
	if (fscanf(file, "%127s", text) == 1) {
		add(p, text, label);
		/* Logs have the name without the domain, too. */
		if (strchr(text, '.')) {
			*strchr(text, '.') = '\0';
			add(p, text, label);
		}
	}
	fclose(file);
}

/* Of people and of who runs this: system accounts are the same everywhere. */
static void add_users(struct private *p, const char *root)
{
	FILE *file = open_below(root, "etc/passwd");
	char line[1024];

	while (file && fgets(line, sizeof(line), file)) {
		char name[128], home[256];
		unsigned long uid;

		if (sscanf(line, "%127[^:]:%*[^:]:%lu:%*[^:]:%*[^:]:%255[^:]", name, &uid,
			   home) != 3 &&
		    sscanf(line, "%127[^:]:%*[^:]:%lu:%*[^:]::%255[^:]", name, &uid, home) != 3)
			continue;
		if ((uid < 1000 || uid >= 65534) && uid != getuid())
			continue;
		/* Homes first: they contain the names. */
		if (uid >= 1000)
			add(p, home, "<home>");
		add(p, name, "<user>");
	}
	if (file)
		fclose(file);
}

static void add_computer(struct private *p, const char *root)
{
	add_users(p, root);
	add_file(p, root, "etc/hostname", "<host>");
	add_file(p, root, "proc/sys/kernel/hostname", "<host>");
	add_file(p, root, "sys/firmware/devicetree/base/serial-number", "<serial>");
	add_file(p, root, "proc/device-tree/serial-number", "<serial>");
}

void private_init(struct private *private, const char *root)
{
	static const char *const users[] = { "USER", "LOGNAME", "SUDO_USER" };
	const char *home = getenv("HOME");
	struct utsname uts;

	private->n = 0;
	if (home && strlen(home) > strlen("/root"))
		add(private, home, "<home>");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		add(private, getenv(users[i]), "<user>");
	if (!uname(&uts))
		add(private, uts.nodename, "<host>");
	add_computer(private, "");
	if (root)
		add_computer(private, root);
}

/*
 * Cleaning.  Each returns how many bytes of text are such a thing; 0: it is not.
 */

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* pattern: x for a hexadecimal digit; no digits before it or after it. */
static size_t match_digits(const char *start, const char *text, const char *pattern)
{
	size_t n = strlen(pattern);

	if (text > start && isxdigit((unsigned char)text[-1]))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (pattern[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != pattern[i])
			return 0;
	}
	return isxdigit((unsigned char)text[n]) ? 0 : n;
}

static size_t match_word(const struct private *p, const char *start, const char *text,
			 const char **label)
{
	size_t best = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct private_word *word = &p->word[i];
		size_t n = strlen(word->text);

		if (n <= best || strncmp(word->text, text, n) || in_word(text[n]) ||
		    (text > start && in_word(text[-1]) && in_word(*text)))
			continue;
		best = n;
		*label = word->label;
	}
	return best;
}

/* A folder of somebody that no list of users has. */
static size_t match_home(const char *text, const char **label)
{
	static const char *const homes[] = { "/home/", "/Users/" };

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		size_t n = strlen(homes[i]), name;

		name = strcspn(text + (strncmp(text, homes[i], n) ? 0 : n), "/ \t\n:,;'\")");
		if (!strncmp(text, homes[i], n) && name) {
			*label = "<home>";
			return n + name;
		}
	}
	return 0;
}

void private_clean(const struct private *private, char *to, size_t size, const char *from)
{
	const char *text = from, *label;
	size_t len = 0;

	while (*text) {
		size_t n = match_word(private, from, text, &label);

		if (!n)
			n = match_home(text, &label);
		if (!n && (n = match_digits(from, text, "xx:xx:xx:xx:xx:xx")))
			label = "<address>";
		if (!n && (n = match_digits(from, text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")))
			label = "<id>";
		if (n)
			len += (size_t)snprintf(to + len, size - len, "%s", label);
		else if (len + 1 < size)
			to[len++] = *text;
		if (len + 1 >= size) {
			len = size - 1;
			break;
		}
		text += n ? n : 1;
	}
	to[len] = '\0';
}
