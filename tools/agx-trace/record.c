// SPDX-License-Identifier: MIT
/* agx-trace record: runs a program with the object that records beside it. */
#include "trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"

#define OBJECT "agx-trace.so"
#define DEFAULT_DIR "agx-trace.out"
#define PATH_SIZE 4096

struct recording {
	const char *output;
	u64 first, count, wait;
	char dir[PATH_SIZE];
	char object[PATH_SIZE];
	struct trace_count *counts;
};

/* --- where things are --------------------------------------------------------------- */

static bool is_there(char *path, const char *dir, const char *folder)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s/" OBJECT, dir, folder);

	return n < PATH_SIZE && !access(path, R_OK);
}

/* LIBDIR may be lib/x86_64-linux-gnu. */
static bool is_below(char *path, const char *lib)
{
	struct dirent *entry;
	bool found = false;
	char folder[300];
	DIR *list = opendir(lib);

	while (list && !found && (entry = readdir(list))) {
		snprintf(folder, sizeof(folder), "%s/mutsu", entry->d_name);
		found = entry->d_name[0] != '.' && is_there(path, lib, folder);
	}
	if (list)
		closedir(list);
	return found;
}

/* The object beside this program: as built, or as installed. */
static bool find_object(char *path)
{
	char self[PATH_SIZE / 2], lib[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return false;
	self[n] = '\0';
	dirname(dirname(self));
	snprintf(lib, sizeof(lib), "%s/lib", self);
	return is_there(path, self, "lib") || is_there(path, self, "lib/mutsu") ||
	       is_there(path, self, "lib64/mutsu") || is_below(path, lib);
}

static bool has_images(const char *dir)
{
	size_t suffix = strlen(TRACE_IMAGE_SUFFIX);
	struct dirent *entry;
	bool found = false;
	DIR *list = opendir(dir);

	while (list && !found && (entry = readdir(list))) {
		size_t n = strlen(entry->d_name);

		found = n > suffix && !strcmp(entry->d_name + n - suffix, TRACE_IMAGE_SUFFIX);
	}
	if (list)
		closedir(list);
	return found;
}

static int make_dir(struct recording *recording)
{
	const char *dir = recording->output;
	char *path;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return fail("%s: %s", dir, strerror(errno));
	if (has_images(dir))
		return fail("%s: it has images already; -o DIR names another folder", dir);
	path = realpath(dir, NULL);
	if (!path || strlen(path) >= PATH_SIZE - 64) {
		free(path);
		return fail("%s: %s", dir, strerror(path ? ENAMETOOLONG : errno));
	}
	strcpy(recording->dir, path);
	free(path);
	return 0;
}

/* Numbers that the program and what it starts share with this process. */
static int make_count(struct recording *recording)
{
	char path[PATH_SIZE + 16];
	void *counts = MAP_FAILED;
	int fd;

	snprintf(path, sizeof(path), "%s/" TRACE_COUNT_FILE, recording->dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0 && !ftruncate(fd, sizeof(*recording->counts)))
		counts = mmap(NULL, sizeof(*recording->counts), PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, 0);
	if (counts == MAP_FAILED)
		fail("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	recording->counts = counts;
	return counts == MAP_FAILED ? EXIT_FAILED : 0;
}

static void remove_count(const struct recording *recording)
{
	char path[PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/" TRACE_COUNT_FILE, recording->dir);
	unlink(path);
}

/* --- the program --------------------------------------------------------------------- */

static void set_number(const char *name, u64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	setenv(name, text, 1);
}

static void set_environment(const struct recording *recording)
{
	const char *others = getenv("LD_PRELOAD");
	char preload[2 * PATH_SIZE];

	snprintf(preload, sizeof(preload), "%s%s%s", recording->object,
		 others && *others ? ":" : "", others ? others : "");
	setenv("LD_PRELOAD", preload, 1);
	setenv(TRACE_ENV_DIR, recording->dir, 1);
	set_number(TRACE_ENV_FIRST, recording->first);
	set_number(TRACE_ENV_COUNT, recording->count);
	set_number(TRACE_ENV_WAIT, recording->wait);
}

/* As shells have it. */
static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static int run(const struct recording *recording, char **argv)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return fail("fork: %s", strerror(errno));
	if (!pid) {
		set_environment(recording);
		execvp(argv[0], argv);
		fail("%s: %s", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* These are for the program, which the terminal sends them, too. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail("waitpid: %s", strerror(errno));
	}
	return status_of(status);
}

static void report(const struct recording *recording)
{
	const struct trace_count *counts = recording->counts;

	fprintf(stderr, "agx-trace: %llu compute submissions, %llu recorded in %s\n",
		(unsigned long long)counts->submissions, (unsigned long long)counts->images,
		recording->output);
	if (counts->failures)
		fprintf(stderr, "agx-trace: %llu could not be recorded\n",
			(unsigned long long)counts->failures);
}

/* --- the command line ------------------------------------------------------------------ */

enum { OPT_FIRST = 256, OPT_COUNT, OPT_WAIT };

static const struct option longs[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "first", required_argument, NULL, OPT_FIRST },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ NULL, 0, NULL, 0 },
};

static int store(struct recording *recording, int c)
{
	u64 *number = c == OPT_FIRST ? &recording->first : c == OPT_COUNT ? &recording->count :
		      &recording->wait;
	const char *name = c == OPT_FIRST ? "first" : c == OPT_COUNT ? "count" : "wait";

	if (c == 'o')
		recording->output = optarg;
	else if (!read_number(optarg, number) || (c == OPT_WAIT && *number > 1000000))
		return misuse("--%s %s: not a number", name, optarg);
	return 0;
}

int trace_record(int argc, char **argv)
{
	struct recording recording = {
		.output = DEFAULT_DIR, .count = UINT64_MAX, .wait = 10,
	};
	int c, status = 0;

	opterr = 0;
	while (!status && (c = getopt_long(argc, argv, "+:o:", longs, NULL)) != -1)
		status = c == '?' || c == ':' ? bad_option(c, argv) : store(&recording, c);
	if (status)
		return status;
	if (optind == argc)
		return misuse("which program?");
	if (!find_object(recording.object))
		return fail(OBJECT " is not beside this program: build it with make tools, natively");
	status = make_dir(&recording);
	if (!status)
		status = make_count(&recording);
	if (status)
		return status;
	status = run(&recording, argv + optind);
	report(&recording);
	remove_count(&recording);
	return status;
}
