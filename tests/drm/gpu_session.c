// SPDX-License-Identifier: MIT
/*
 * Sessions on the device while it fails, by debugfs' inject/ and sysfs' unbind: the tokens
 * are those of a session that nothing happened to, and nobody loses one.
 */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "dt.h"
#include "tests/uapi/debug.h"
#include "tests/uapi/module.h"

#define N_PROMPT 6
#define N_TOKENS 12
#define N_FAILS 9		/* the token that something happens to */
#define N_CTX 64
/*
 * Relative RMS of logits: the CPU rounds activations to eight bits for this model's weights, the
 * GPU does not; what is wrong is off by far more.
 */
#define BOUND 8e-2
#define PATIENCE 240000000000ull	/* ns: emulated machines are slow */

static struct mutsu_model *model;
static int32_t tokens[N_TOKENS];
static u32 n_vocab, n_warnings;
static char warning[512];

static void log_warning(void *user, enum mutsu_log_level level, const char *text)
{
	(void)user;
	if (level != MUTSU_LOG_WARN)
		return;
	n_warnings++;
	snprintf(warning, sizeof(warning), "%s", text);
}

static int try_session(struct mutsu_session **s, const char *device, struct mutsu_error *err)
{
	const struct mutsu_session_opts opts = {
		.size = sizeof(opts), .device = device, .n_ctx = N_CTX, .n_batch = 8,
		.n_threads = 1,
	};

	return mutsu_session_open(s, model, &opts, err);
}

static struct mutsu_session *open_session(const char *device)
{
	struct mutsu_session *s = NULL;
	struct mutsu_error err = { "" };
	int ret = try_session(&s, device, &err);

	if (ret == -ENODEV)
		ut_skip("%s", err.text);
	dt_check(__FILE__, __LINE__, "session", ret, &err);
	return s;
}

static void open_model(void)
{
	const struct mutsu_model_opts opts = { .size = sizeof(opts), .log = log_warning };
	struct mutsu_model_info info;

	dt_ok(mutsu_model_open(&model, NULL, &opts, &err));
	mutsu_model_info(model, &info);
	n_vocab = info.n_vocab;
	for (u32 i = 0; i < N_TOKENS; i++)
		tokens[i] = (int32_t)(3 + i * 37 % (n_vocab - 3));
}

/* Logits after the last token; on the way, before token N_FAILS, something happens. */
static float *eval(struct mutsu_session *s, void (*happens)(void))
{
	float *logits = calloc(n_vocab, sizeof(*logits));

	dt_ok(mutsu_session_eval(s, tokens, N_PROMPT, &err));
	for (u32 i = N_PROMPT; i < N_TOKENS; i++) {
		if (happens && i == N_FAILS)
			happens();
		dt_ok(mutsu_session_eval(s, tokens + i, 1, &err));
	}
	memcpy(logits, mutsu_session_logits(s), n_vocab * sizeof(*logits));
	return logits;
}

static float *eval_cpu(void)
{
	struct mutsu_session *s = open_session("cpu");
	float *logits = eval(s, NULL);

	mutsu_session_close(s);
	return logits;
}

static void compare(const float *got, const float *want)
{
	double diff = 0, sum = 0;

	for (u32 i = 0; i < n_vocab; i++) {
		diff += ((double)got[i] - (double)want[i]) * ((double)got[i] - (double)want[i]);
		sum += (double)want[i] * (double)want[i];
	}
	ut_note("logits differ by %.2g of their root mean square", sqrt(diff / sum));
	ut_assert(sqrt(diff / sum) < BOUND);
}

/* says: what the warning does; NULL: nobody hears of it, the GPU goes on. */
static void survive(void (*happens)(void), const char *says)
{
	struct mutsu_session_info info;
	struct mutsu_session *s;
	float *want, *got;

	open_model();
	s = open_session("soft");
	want = eval_cpu();
	got = eval(s, happens);
	compare(got, want);
	mutsu_session_info(s, &info);
	if (says) {
		ut_eq(n_warnings, 1);
		ut_note("%s", warning);
		ut_assert(strstr(warning, says));
		ut_assert(!strcmp(info.device, "cpu"));
	} else {
		ut_eq(n_warnings, 0);
		ut_assert(!strcmp(info.device, "soft"));
	}
	mutsu_session_close(s);
	mutsu_model_close(model);
	free(want);
	free(got);
}

/* --- what happens ------------------------------------------------------------------ */

static void fault(void)
{
	ut_inject_set("fault", 1);
}

static void hang(void)
{
	ut_assert(ut_set_param("timeout_ms", "300"));
	ut_inject_set("hang", 1);
}

static void delay(void)
{
	ut_inject_set("delay_ms", 20);
}

static void unbind(void)
{
	ut_assert(ut_bind_driver("unbind"));
}

static void nothing_happens(void)
{
	survive(NULL, NULL);
}

static void faults(void)
{
	survive(fault, "GPU fault");
}

static void hangs(void)
{
	survive(hang, "GPU timeout");
}

static void is_slow(void)
{
	survive(delay, NULL);
}

static void goes_away(void)
{
	survive(unbind, "the CPU goes on");
}

/* Each allocation in the kernel, while a session is opened and used; as far as time allows. */
static void lacks_memory(void)
{
	struct mutsu_error err = { "" };
	struct mutsu_session *s;
	float *want, *got;
	u32 refused = 0, lost = 0;
	u64 start = ut_now(), last = 0;

	open_model();
	mutsu_session_close(open_session("soft"));
	want = eval_cpu();
	for (u64 i = 1; i <= 400 && ut_now() - start < PATIENCE; i += i < 60 ? 1 : 7) {
		int ret;

		last = i;

		n_warnings = 0;
		ut_inject_set("alloc", i);
		ret = try_session(&s, "soft", &err);
		if (ret) {
			ut_assert(ret == -ENOMEM || ret == -ENODEV);
			ut_assert(err.text[0]);
			refused++;
			continue;
		}
		got = eval(s, NULL);
		compare(got, want);
		free(got);
		lost += n_warnings;
		mutsu_session_close(s);
	}
	ut_inject_set("alloc", 0);
	ut_note("up to allocation %llu: %u sessions were refused, %u went on without the GPU",
		(unsigned long long)last, refused, lost);
	ut_assert(refused > 0);
	mutsu_model_close(model);
	free(want);
}

/* Nothing is left: files and bound memory are as before. */
static void leaves_nothing(void)
{
	u32 files;
	u64 bound;

	open_model();
	mutsu_session_close(open_session("soft"));
	files = dt_open_files();
	bound = dt_bound();
	for (u32 i = 0; i < 20; i++) {
		struct mutsu_session *s = open_session("soft");

		dt_ok(mutsu_session_eval(s, tokens, 3, &err));
		if (i % 3 == 1)
			fault();
		dt_ok(mutsu_session_eval(s, tokens + 3, 1, &err));
		mutsu_session_close(s);
	}
	ut_eq(dt_open_files(), files);
	ut_eq(dt_bound(), bound);
	mutsu_model_close(model);
}

static const struct ut_test tests[] = {
	UT_SLOW(nothing_happens, 120),
	UT_SLOW(faults, 120),
	UT_SLOW(hangs, 120),
	UT_SLOW(is_slow, 120),
	UT_SLOW(lacks_memory, 600),
	UT_SLOW(leaves_nothing, 300),
	UT_SLOW(goes_away, 120),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
