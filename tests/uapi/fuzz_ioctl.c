// SPDX-License-Identifier: MIT
/*
 * fuzz_ioctl - ioctls of the render node, at random, on several threads and files
 *
 *	fuzz_ioctl [-s SEED] [-n THREADS] [-w SECONDS] [-q] [SECONDS]
 *	fuzz_ioctl -s SEED -r THREAD [-f FIRST] [-c STEPS] [-v]
 *
 * Good submissions and damaged ones, of good programs and damaged ones, run while
 * what they use is destroyed.  Where root may, the time limit of commands is
 * lowered and faults are injected (-q: not).  One more client checks that its own
 * results stay right, and at the end a new one, that the device is as good as before.
 * A thread that does not get through a step in 60 (-w) seconds is a failure.
 *
 * What step N of thread T does depends on the seed, T and N alone, and on what there
 * is; -r does one thread's steps again.
 */
#include "fuzz.h"
#include "fuzz_submit.h"
#include "uapi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "uapi/drm/agx_compute_drm.h"

#define TIMEOUT "/sys/module/agx_compute/parameters/timeout_ms"

/* What is checked all the time, by a client that nobody else touches. */
struct canary {
	struct fuzz_rig rig;
	u32 *data;
	u32 syncobj;
	u64 right, wrong, lost, eio;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sleep_ms(u32 ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* --- a client whose results have to be right ------------------------------------ */

/* Again and again: allocations may be made to fail. */
static bool canary_init(struct fuzz_thread *t, struct canary *c)
{
	int fd = t->fuzz->client[FUZZ_CLIENTS];
	struct drm_asahi_gem_mmap_offset offset = { 0 };
	struct drm_syncobj_create create = { 0 };
	int try = 0;

	memset(c, 0, sizeof(*c));
	do
		fuzz_make_rig(t, &c->rig, FUZZ_CLIENTS);
	while (!c->rig.made && try++ < 1000);
	if (!c->rig.made)
		return false;
	offset.handle = c->rig.handle[REGION_DATA];
	if (ioctl(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &offset) ||
	    ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create))
		return false;
	c->syncobj = create.handle;
	c->data = mmap(NULL, FUZZ_REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       (off_t)offset.offset);
	return c->data != MAP_FAILED;
}

static int canary_submit(struct fuzz_thread *t, struct canary *c, enum fuzz_program program)
{
	const struct fuzz_image *image = &t->fuzz->image;
	struct {
		struct drm_asahi_cmd_header header;
		struct drm_asahi_cmd_compute compute;
	} command = {
		.header = {
			.cmd_type = DRM_ASAHI_CMD_COMPUTE, .size = sizeof(command.compute),
			.vdm_barrier = DRM_ASAHI_BARRIER_NONE,
		},
		.compute = {
			.cdm_ctrl_stream_base = image->stream[program],
			.cdm_ctrl_stream_end = image->stream_end[program],
		},
	};
	struct drm_asahi_sync sync = { .handle = c->syncobj };
	struct drm_asahi_submit args = {
		.syncs = (uintptr_t)&sync, .cmdbuf = (uintptr_t)&command,
		.queue_id = c->rig.queue, .out_sync_count = 1, .cmdbuf_size = sizeof(command),
	};

	return fuzz_ioctl(t, CALL_SUBMIT, t->fuzz->client[FUZZ_CLIENTS], DRM_IOCTL_ASAHI_SUBMIT,
			  &args);
}

/* Waits whatever signals come: 1, or the error with which it ended. */
static int canary_wait(struct fuzz_thread *t, struct canary *c)
{
	int fd = t->fuzz->client[FUZZ_CLIENTS];
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&c->syncobj, .count_handles = 1, .timeout_nsec = INT64_MAX,
	};
	int ret;

	do
		ret = ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait) ? -errno : 0;
	while (ret == -EINTR || ret == -ENOMEM);
	if (ret)
		return ret;
	do
		ret = fuzz_fence(t, fd, c->syncobj);
	while (ret == -ENOMEM || ret == -EINTR);
	return ret;
}

static bool canary_right(struct canary *c, const u32 *before)
{
	for (u32 i = 0; i < FUZZ_DATA_WORDS; i++) {
		u32 want = before[i] + 3 * i + 1;

		if (c->data[i] != want) {
			printf("# word %u is %#x, not %#x (it was %#x)\n", i, c->data[i], want,
			       before[i]);
			return false;
		}
	}
	return true;
}

/* One submission; false where its result is wrong. */
static bool canary_run(struct fuzz_thread *t, struct canary *c)
{
	static u32 before[FUZZ_DATA_WORDS];
	int ret;

	for (u32 i = 0; i < FUZZ_DATA_WORDS; i++)
		before[i] = (u32)rng_u64(&t->rng);
	memcpy(c->data, before, sizeof(before));
	ret = canary_submit(t, c, PROGRAM_ADD);
	if (!ret)
		ret = canary_wait(t, c);
	if (ret != 1) {
		/* Faults and timeouts of others, or a failure that was asked for. */
		c->lost++;
		c->eio += ret == -EIO;
		return true;
	}
	if (canary_right(c, before)) {
		c->right++;
		return true;
	}
	c->wrong++;
	return false;
}

static struct canary canary;

static void *run_canary(void *arg)
{
	struct fuzz_thread *t = arg;

	atomic_store(&t->doing, "canary");
	while (!atomic_load(&t->fuzz->stop)) {
		canary_run(t, &canary);
		atomic_fetch_add(&t->steps, 1);
		sleep_ms(20);
	}
	return NULL;
}

/* --- threads -------------------------------------------------------------------- */

static void *run_thread(void *arg)
{
	struct fuzz_thread *t = arg;

	for (u64 n = 0; !atomic_load(&t->fuzz->stop); n++) {
		fuzz_step(t, n);
		atomic_fetch_add(&t->steps, 1);
	}
	return NULL;
}

static void say_nothing(int number)
{
	(void)number;
}

/* Where the kernel has each thread of this process; root only. */
static void print_stacks(void)
{
	char path[300], text[8192];
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/task");

	while (dir && (entry = readdir(dir))) {
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/task/%s/stack", entry->d_name);
		fd = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (n > 0)
			printf("# task %s:\n%.*s", entry->d_name, (int)n, text);
		if (fd >= 0)
			close(fd);
	}
}

/* Ends the process where a thread is stuck. */
static void watch(struct fuzz *fuzz, double limit)
{
	static u64 steps[FUZZ_THREADS_MAX + 1];
	static double since[FUZZ_THREADS_MAX + 1];
	double now = now_s();

	for (u32 i = 0; i <= fuzz->n_threads; i++) {
		struct fuzz_thread *t = i < fuzz->n_threads ? &fuzz->thread[i] :
							      &fuzz->thread[FUZZ_THREADS_MAX];
		u64 n = atomic_load(&t->steps);

		if (n != steps[i] || !since[i]) {
			steps[i] = n;
			since[i] = now;
		} else if (now - since[i] > limit) {
			printf("not ok 1 - no thread is stuck\n# thread %u, step %llu: %s\n", i,
			       (unsigned long long)n, atomic_load(&t->doing));
			print_stacks();
			fflush(stdout);
			_exit(1);
		}
	}
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n > 0;
}

/* debugfs names the folder by the number of the node. */
static void set_inject(const struct fuzz *fuzz, const char *name, u32 value)
{
	const char *number = strstr(fuzz->node, "renderD") + strlen("renderD");
	char path[128], text[16];

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%s/inject/%s", number, name);
	snprintf(text, sizeof(text), "%u", value);
	write_file(path, text);
}

/* Now and then something fails because a developer asked for it. */
static void inject(const struct fuzz *fuzz, struct fuzz_rng *rng)
{
	switch (rng_below(rng, 10)) {
	case 0:
		set_inject(fuzz, "hang", 1);
		break;
	case 1:
		set_inject(fuzz, "fault", 1 + rng_below(rng, 3));
		break;
	case 2:
		set_inject(fuzz, "delay_ms", rng_below(rng, 10));
		break;
	default:
		set_inject(fuzz, "alloc", 1 + rng_below(rng, 100));
	}
}

static void inject_nothing(const struct fuzz *fuzz)
{
	set_inject(fuzz, "alloc", 0);
	set_inject(fuzz, "hang", 0);
	set_inject(fuzz, "fault", 0);
	set_inject(fuzz, "delay_ms", 0);
}

/* --- report --------------------------------------------------------------------- */

static const char *const call_name[CALLS] = {
#define X(name) #name,
	FUZZ_CALLS(X)
#undef X
};

static void sum_stats(const struct fuzz *fuzz, struct fuzz_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (u32 i = 0; i <= FUZZ_THREADS_MAX; i++)
		for (u32 call = 0; call < CALLS; call++)
			for (u32 e = 0; e < FUZZ_ERRNO_MAX; e++)
				sum->count[call][e] += fuzz->thread[i].stats.count[call][e];
	for (u32 i = 0; i <= FUZZ_THREADS_MAX; i++)
		for (u32 reason = 0; reason < FUZZ_REASONS; reason++)
			sum->fault[reason] += fuzz->thread[i].stats.fault[reason];
}

static void print_stats(const struct fuzz_stats *sum)
{
	for (u32 call = 0; call < CALLS; call++) {
		printf("# %-16s %8llu ok", call_name[call],
		       (unsigned long long)sum->count[call][0]);
		for (u32 e = 1; e < FUZZ_ERRNO_MAX; e++)
			if (sum->count[call][e])
				printf(", %llu %s", (unsigned long long)sum->count[call][e],
				       strerrorname_np((int)e) ? strerrorname_np((int)e) : "?");
		printf("\n");
	}
	printf("# faults by reason");
	for (u32 reason = 1; reason < FUZZ_REASONS; reason++)
		printf(" %llu", (unsigned long long)sum->fault[reason]);
	printf("\n");
}

static u32 n_results, n_bad;

static void result(bool good, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++n_results, name);
	n_bad += !good;
}

static bool all_succeeded(const struct fuzz_stats *sum)
{
	bool good = true;

	for (u32 call = 0; call < CALLS; call++) {
		if (!sum->count[call][0]) {
			printf("# %s never succeeded\n", call_name[call]);
			good = false;
		}
	}
	return good;
}

static bool ends_with(struct fuzz_thread *t, struct canary *c, enum fuzz_program program, int want)
{
	int ret = canary_submit(t, c, program) ?: canary_wait(t, c);

	if (ret != want)
		printf("# program %u ends with %d, not %d\n", program, ret, want);
	return ret == want;
}

/*
 * A new client, and nobody else: what has to go wrong does, and nothing else.  With the
 * time limit that was there before, unless that is NULL: it was not lowered.
 */
static bool works(struct fuzz *fuzz, const char *timeout)
{
	struct fuzz_thread *t = &fuzz->thread[FUZZ_THREADS_MAX];
	struct canary c;
	bool good;

	close(fuzz->client[FUZZ_CLIENTS]);
	fuzz->client[FUZZ_CLIENTS] = fuzz_open(fuzz);
	good = canary_init(t, &c) && ends_with(t, &c, PROGRAM_UNMAPPED, -EIO) &&
	       ends_with(t, &c, PROGRAM_TRAP, -EIO) &&
	       (!timeout || ends_with(t, &c, PROGRAM_ENDLESS, -ETIMEDOUT));
	if (timeout)
		write_file(TIMEOUT, timeout);
	for (int i = 0; i < 20 && good; i++)
		good = canary_run(t, &c);
	printf("# at the end: %llu right, %llu lost\n", (unsigned long long)c.right,
	       (unsigned long long)c.lost);
	return good && c.right == 20;
}

/* --- main ----------------------------------------------------------------------- */

struct options {
	double seconds, stuck;
	bool quiet, verbose;
	int replay;		/* -1: no */
	u64 first, count;
};

static void start(struct fuzz *fuzz)
{
	struct sigaction action = { .sa_handler = say_nothing };

	/* Without SA_RESTART: what sleeps in the kernel comes back. */
	sigaction(SIGUSR1, &action, NULL);
	for (u32 i = 0; i < fuzz->n_threads; i++)
		if (pthread_create(&fuzz->thread[i].thread, NULL, run_thread, &fuzz->thread[i]))
			abort();
	if (pthread_create(&fuzz->thread[FUZZ_THREADS_MAX].thread, NULL, run_canary,
			   &fuzz->thread[FUZZ_THREADS_MAX]))
		abort();
}

static void fuzz_all(struct fuzz *fuzz, const struct options *opt)
{
	struct fuzz_rng rng = { fuzz->seed };
	double end = now_s() + opt->seconds;

	start(fuzz);
	for (u32 round = 0; now_s() < end; round++) {
		sleep_ms(20);
		pthread_kill(fuzz->thread[rng_below(&rng, fuzz->n_threads)].thread, SIGUSR1);
		if (!opt->quiet && round % 10 == 9)
			inject(fuzz, &rng);
		watch(fuzz, opt->stuck);
	}
	atomic_store(&fuzz->stop, true);
	inject_nothing(fuzz);
	for (u32 i = 0; i <= fuzz->n_threads; i++) {
		struct fuzz_thread *t = i < fuzz->n_threads ? &fuzz->thread[i] :
							      &fuzz->thread[FUZZ_THREADS_MAX];

		while (pthread_tryjoin_np(t->thread, NULL)) {
			sleep_ms(10);
			pthread_kill(t->thread, SIGUSR1);
			watch(fuzz, opt->stuck);
		}
		atomic_fetch_add(&t->steps, 1);
	}
}

/* Lowers the time limit; false where that is not allowed. */
static bool lower_timeout(char *before, size_t size)
{
	int fd = open(TIMEOUT, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, before, size - 1);

	if (fd >= 0)
		close(fd);
	before[n > 0 ? n : 0] = '\0';
	return n > 0 && write_file(TIMEOUT, "50");
}

static int fuzz_and_report(struct fuzz *fuzz, const struct options *opt)
{
	struct fuzz_stats sum;
	char timeout[32];
	bool lowered = !opt->quiet && lower_timeout(timeout, sizeof(timeout));

	printf("# seed %#llx, %u threads, %.0f seconds\n", (unsigned long long)fuzz->seed,
	       fuzz->n_threads, opt->seconds);
	fflush(stdout);
	if (!canary_init(&fuzz->thread[FUZZ_THREADS_MAX], &canary)) {
		printf("Bail out! there is no rig to check results with\n");
		return 1;
	}
	fuzz_all(fuzz, opt);
	result(true, "no thread is stuck");
	sum_stats(fuzz, &sum);
	print_stats(&sum);
	printf("# checked meanwhile: %llu right, %llu wrong, %llu lost, %llu of them EIO\n",
	       (unsigned long long)canary.right, (unsigned long long)canary.wrong,
	       (unsigned long long)canary.lost, (unsigned long long)canary.eio);
	result(canary.right && !canary.wrong, "results of an innocent client are right");
	if (opt->quiet)
		result(!canary.eio, "faults of others are not an innocent client's");
	for (u32 i = 0; i < FUZZ_CLIENTS; i++)
		close(fuzz->client[i]);
	result(works(fuzz, lowered ? timeout : NULL), "the device works as before");
	/* A short run may miss something. */
	if (opt->seconds >= 20)
		result(all_succeeded(&sum), "each call succeeded, and each failed for a reason");
	printf("1..%u\n", n_results);
	return n_bad != 0;
}

static int replay(struct fuzz *fuzz, const struct options *opt)
{
	struct fuzz_thread *t = &fuzz->thread[opt->replay];
	struct fuzz_stats sum;

	for (u64 n = opt->first; n < opt->first + opt->count; n++) {
		fuzz_step(t, n);
		if (opt->verbose)
			printf("# %llu %s\n", (unsigned long long)n, atomic_load(&t->doing));
	}
	sum_stats(fuzz, &sum);
	print_stats(&sum);
	printf("ok 1 - replay\n1..1\n");
	return 0;
}

/* The node's path in fuzz->node. */
static bool find_node(struct fuzz *fuzz)
{
	static char path[64];
	char link[64];
	int fd = ut_open_driver("asahi");
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	fuzz->node = path;
	if (fd >= 0)
		close(fd);
	return n > 0;
}

static bool open_clients(struct fuzz *fuzz)
{
	if (!find_node(fuzz))
		return false;
	fuzz->foreign = ut_open_card("vgem");
	for (u32 i = 0; i <= FUZZ_CLIENTS; i++) {
		fuzz->client[i] = fuzz_open(fuzz);
		if (fuzz->client[i] < 0)
			return false;
	}
	return true;
}

static int usage(void)
{
	fprintf(stderr, "usage: fuzz_ioctl [-s SEED] [-n THREADS] [-w SECONDS] [-q] [SECONDS]\n"
			"       fuzz_ioctl -s SEED -r THREAD [-f FIRST] [-c STEPS] [-v]\n");
	return 2;
}

static bool parse(int argc, char **argv, struct fuzz *fuzz, struct options *opt)
{
	int c;

	while ((c = getopt(argc, argv, "s:n:w:r:f:c:qv")) != -1) {
		if (c == 's')
			fuzz->seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			fuzz->n_threads = (u32)strtoul(optarg, NULL, 0);
		else if (c == 'w')
			opt->stuck = strtod(optarg, NULL);
		else if (c == 'r')
			opt->replay = (int)strtoul(optarg, NULL, 0);
		else if (c == 'f')
			opt->first = strtoull(optarg, NULL, 0);
		else if (c == 'c')
			opt->count = strtoull(optarg, NULL, 0);
		else if (c == 'q')
			opt->quiet = true;
		else if (c == 'v')
			opt->verbose = true;
		else
			return false;
	}
	if (optind < argc)
		opt->seconds = strtod(argv[optind++], NULL);
	return optind == argc && fuzz->n_threads && fuzz->n_threads <= FUZZ_THREADS_MAX &&
	       opt->replay < FUZZ_THREADS_MAX;
}

int main(int argc, char **argv)
{
	static struct fuzz fuzz = { .n_threads = 8, .children = true };
	struct options opt = { .seconds = 60, .stuck = 60, .replay = -1, .count = 10000 };
	struct drm_asahi_params_global params;

	fuzz.seed = (u64)time(NULL) << 16 ^ (u64)getpid();
	if (!parse(argc, argv, &fuzz, &opt))
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!open_clients(&fuzz)) {
		printf("1..0 # SKIP there is no asahi device\n");
		return 0;
	}
	ut_get_params(fuzz.client[0], &params);
	fuzz_image_init(&fuzz.image, params.gpu_generation >= 14 && params.num_clusters_total > 1);
	for (u32 i = 0; i <= FUZZ_THREADS_MAX; i++) {
		fuzz.thread[i].fuzz = &fuzz;
		fuzz.thread[i].index = i;
		fuzz.thread[i].rng.state = fuzz.seed ^ i;
	}
	if (opt.replay >= 0) {
		fuzz.children = false;
		return replay(&fuzz, &opt);
	}
	return fuzz_and_report(&fuzz, &opt);
}
