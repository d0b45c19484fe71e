// SPDX-License-Identifier: MIT
/*
 * Every stage against an oracle that sorts and uses libm in double; draws by
 * their support (at a temperature that makes all nearly equal) and by their
 * frequencies.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "runtime/include/mutsu/mutsu.h"

#define N 48		/* vocabulary of most tests */
#define FLAT 100.0f	/* the highest temperature */

static struct mutsu_sampler *open_sampler(struct mutsu_sampler_opts opts)
{
	struct mutsu_sampler *sampler = NULL;
	struct mutsu_error err = { "" };

	opts.size = sizeof(opts);
	ck_assert_msg(mutsu_sampler_open(&sampler, &opts, &err) == 0, "%s", err.text);
	return sampler;
}

static void random_logits(float *logits, size_t n, float spread)
{
	for (size_t i = 0; i < n; i++)
		logits[i] = kt_uniform(-spread, spread);
}

/*
 * The oracle: what may be drawn, and how likely
 */

struct ranked {
	double logit, p, score;
	int id;
};

static int by_logit(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->logit != y->logit)
		return x->logit > y->logit ? -1 : 1;
	return x->id - y->id;
}

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->id - y->id;
}

static void softmax(struct ranked *r, size_t n, double temperature)
{
	double max = -INFINITY, sum = 0;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, r[i].logit);
	for (size_t i = 0; i < n; i++)
		sum += r[i].p = exp((r[i].logit - max) / temperature);
	for (size_t i = 0; i < n; i++)
		r[i].p /= sum;
}

/* Candidates kept; *close is set where rounding could decide otherwise. */
static size_t nucleus(const struct ranked *r, size_t n, double p, bool *close)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += r[i].p;
		*close |= fabs(sum - p) < 1e-5;
		if (sum >= p)
			return i + 1;
	}
	return n;
}

static size_t typical(struct ranked *r, size_t n, double p, bool *close)
{
	double entropy = 0;

	softmax(r, n, 1);
	for (size_t i = 0; i < n; i++)
		entropy -= r[i].p * log(r[i].p);
	for (size_t i = 0; i < n; i++)
		r[i].score = fabs(-log(r[i].p) - entropy);
	qsort(r, n, sizeof(*r), by_score);
	for (size_t i = 1; i < n; i++)
		*close |= r[i].score - r[i - 1].score < 1e-5;
	n = nucleus(r, n, p, close);
	qsort(r, n, sizeof(*r), by_logit);
	return n;
}

/* p[i] is the chance of token i, 0 for what is not kept; false: too close to call. */
static bool oracle(const struct mutsu_sampler_opts *o, const float *logits, size_t n, double *p)
{
	struct ranked r[N];
	bool close = false;
	size_t left = n;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){ .logit = (double)logits[i], .id = (int)i };
	qsort(r, n, sizeof(*r), by_logit);

	if (o->top_k && (size_t)o->top_k < left)
		left = (size_t)o->top_k;
	if (o->typical_p > 0 && o->typical_p < 1)
		left = typical(r, left, (double)o->typical_p, &close);
	if (o->top_p > 0 && o->top_p < 1) {
		softmax(r, left, 1);
		left = nucleus(r, left, (double)o->top_p, &close);
	}
	if (o->min_p > 0) {
		size_t kept = 0;

		softmax(r, left, 1);
		for (size_t i = 0; i < left; i++) {
			close |= fabs(r[i].p / r[0].p - (double)o->min_p) < 1e-5;
			kept += r[i].p >= (double)o->min_p * r[0].p;
		}
		left = kept;
	}
	softmax(r, left, (double)o->temperature);
	memset(p, 0, n * sizeof(*p));
	for (size_t i = 0; i < left; i++)
		p[r[i].id] = r[i].p;
	return !close;
}

static void check_support(struct mutsu_sampler_opts opts, const float *logits, const char *what)
{
	struct mutsu_sampler *sampler;
	bool seen[N] = { false };
	double p[N];

	opts.temperature = FLAT;
	opts.seed = kt_random();
	if (!oracle(&opts, logits, N, p))
		return;
	sampler = open_sampler(opts);
	for (int i = 0; i < 1500; i++) {
		int32_t id = mutsu_sampler_sample(sampler, logits, N);

		ck_assert_int_ge(id, 0);
		ck_assert_int_lt(id, N);
		seen[id] = true;
	}
	for (size_t i = 0; i < N; i++)
		ck_assert_msg(seen[i] == (p[i] > 0),
			      "%s: top_k %d, typical_p %g, top_p %g, min_p %g: token %zu %s",
			      what, opts.top_k, (double)opts.typical_p, (double)opts.top_p,
			      (double)opts.min_p, i, seen[i] ? "was drawn" : "never came");
	mutsu_sampler_close(sampler);
}

START_TEST(top_k)
{
	float logits[N];

	for (int k = 1; k <= N + 2; k++) {
		random_logits(logits, N, 4);
		check_support((struct mutsu_sampler_opts){ .top_k = k }, logits, "top_k");
	}
	check_support((struct mutsu_sampler_opts){ .top_k = INT32_MAX }, logits, "top_k");
}
END_TEST

START_TEST(top_k_ties)
{
	struct mutsu_sampler *sampler = open_sampler((struct mutsu_sampler_opts){
		.temperature = 1, .top_k = 3 });
	float logits[N] = { 0 };
	bool seen[N] = { false };

	logits[30] = 1;
	for (int i = 0; i < 500; i++)
		seen[mutsu_sampler_sample(sampler, logits, N)] = true;
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(seen[i], i == 30 || i < 2);
	mutsu_sampler_close(sampler);
}
END_TEST

/* Many equals, and a k that is met again and again on the way. */
START_TEST(top_k_of_many)
{
	enum { VOCAB = 3000, DRAWS = 1000 };
	static const int32_t ks[] = { 1, 2, 7, 40 };
	float *logits = malloc(VOCAB * sizeof(*logits));

	for (size_t i = 0; i < 4 * sizeof(ks) / sizeof(ks[0]); i++) {
		const int32_t k = ks[i / 4];
		struct mutsu_sampler *sampler = open_sampler((struct mutsu_sampler_opts){
			.temperature = FLAT, .top_k = k });
		struct ranked *r = malloc(VOCAB * sizeof(*r));
		bool *seen = calloc(VOCAB, sizeof(*seen));

		for (int j = 0; j < VOCAB; j++) {
			/* Random, ascending, descending, all equal. */
			logits[j] = i % 4 == 0 ? (float)kt_below(100) :
				    i % 4 == 1 ? (float)j / 400 :
				    i % 4 == 2 ? (float)-j / 400 : 1;
			r[j] = (struct ranked){ .logit = (double)logits[j], .id = j };
		}
		qsort(r, VOCAB, sizeof(*r), by_logit);
		for (int draw = 0; draw < DRAWS; draw++)
			seen[mutsu_sampler_sample(sampler, logits, VOCAB)] = true;
		for (int j = 0; j < VOCAB; j++)
			ck_assert_msg(seen[r[j].id] == (j < k), "case %zu: k %d, rank %d, token %d",
				      i, k, j, r[j].id);
		free(r);
		free(seen);
		mutsu_sampler_close(sampler);
	}
	free(logits);
}
END_TEST

START_TEST(one_stage)
{
	static const float at[] = {
		1e-7f, 0.01f, 0.1f, 0.3f, 0.5f, 0.75f, 0.9f, 0.99f, 0.9999f, 1,
	};
	float logits[N];

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		random_logits(logits, N, 4);
		check_support((struct mutsu_sampler_opts){ .top_p = at[i] }, logits, "top_p");
		check_support((struct mutsu_sampler_opts){ .min_p = at[i] }, logits, "min_p");
		check_support((struct mutsu_sampler_opts){ .typical_p = at[i] }, logits, "typical");
	}
}
END_TEST

START_TEST(chain)
{
	float logits[N];

	for (int i = 0; i < 60; i++) {
		random_logits(logits, N, kt_uniform(0.5f, 6));
		check_support((struct mutsu_sampler_opts){
			.top_k = (int32_t)kt_below(N),
			.top_p = kt_uniform(0.2f, 1),
			.min_p = kt_below(2) ? kt_uniform(0, 0.3f) : 0,
			.typical_p = kt_below(2) ? kt_uniform(0.2f, 1) : 0,
		}, logits, "chain");
	}
}
END_TEST

/* Typical sampling may drop the largest; the largest that is left is greedy's. */
START_TEST(typical_then_greedy)
{
	float logits[N];
	int dropped = 0;

	for (int i = 0; i < 50; i++) {
		struct mutsu_sampler_opts opts = { .typical_p = 0.2f, .temperature = 1 };
		struct mutsu_sampler *sampler;
		size_t best = 0, first = 0;
		double p[N];

		random_logits(logits, N, 2);
		if (!oracle(&opts, logits, N, p))
			continue;
		for (size_t j = 1; j < N; j++) {
			best = p[j] > p[best] ? j : best;
			first = logits[j] > logits[first] ? j : first;
		}
		opts.temperature = 0;
		sampler = open_sampler(opts);
		ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, N), (int)best);
		dropped += best != first;
		mutsu_sampler_close(sampler);
	}
	ck_assert_int_gt(dropped, 0);
}
END_TEST

START_TEST(frequencies)
{
	static const struct mutsu_sampler_opts cases[] = {
		{ .temperature = 1 },
		{ .temperature = 0.5f },
		{ .temperature = 2, .top_k = 10 },
		{ .temperature = 0.8f, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f },
		{ .temperature = 1, .typical_p = 0.6f },
	};
	enum { DRAWS = 40000 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mutsu_sampler *sampler;
		double p[N], chi2 = 0;
		int count[N] = { 0 }, degrees = -1;
		float logits[N];

		do
			random_logits(logits, N, 2);
		while (!oracle(&cases[i], logits, N, p));

		sampler = open_sampler(cases[i]);
		for (int draw = 0; draw < DRAWS; draw++)
			count[mutsu_sampler_sample(sampler, logits, N)]++;
		for (int j = 0; j < N; j++) {
			double want = p[j] * DRAWS;

			if (want == 0) {
				ck_assert_int_eq(count[j], 0);
				continue;
			}
			chi2 += (count[j] - want) * (count[j] - want) / want;
			degrees++;
		}
		/* Five standard deviations: the seed is fixed, this is no lottery. */
		ck_assert_msg(chi2 < degrees + 5 * sqrt(2.0 * degrees) + 5,
			      "case %zu: chi2 %g with %d degrees", i, chi2, degrees);
		mutsu_sampler_close(sampler);
	}
}
END_TEST

/* Computed once; the same on every machine or "same seed" means nothing. */
START_TEST(same_seed_same_tokens)
{
	static const int32_t want[] = {
		313, 448, 362, 625, 355, 359, 485, 697, 370, 447, 851, 251, 491, 108, 162, 127,
	};
	enum { VOCAB = 1000, COUNT = sizeof(want) / sizeof(want[0]) };
	const struct mutsu_sampler_opts opts = {
		.temperature = 0.9f, .top_k = 400, .top_p = 0.98f, .min_p = 0.001f,
		.typical_p = 0.97f, .repeat_penalty = 1.1f, .seed = 42,
	};
	struct mutsu_sampler *a = open_sampler(opts), *b = open_sampler(opts);
	float *logits = malloc(VOCAB * sizeof(*logits));
	uint32_t x = 1;

	for (int i = 0; i < COUNT; i++) {
		int32_t token;

		for (int j = 0; j < VOCAB; j++) {
			x = x * 1664525 + 1013904223;
			logits[j] = (float)(x >> 8) * 0x1p-21f - 4.0f;
		}
		token = mutsu_sampler_sample(a, logits, VOCAB);
		ck_assert_int_eq(mutsu_sampler_sample(b, logits, VOCAB), token);
		mutsu_sampler_accept(a, token);
		mutsu_sampler_accept(b, token);
		ck_assert_int_eq(token, want[i]);
	}
	free(logits);
	mutsu_sampler_close(a);
	mutsu_sampler_close(b);
}
END_TEST

START_TEST(seeds_differ)
{
	const float logits[N] = { 0 };
	int same = 0;

	for (uint64_t seed = 0; seed < 200; seed++) {
		struct mutsu_sampler_opts opts = { .temperature = 1, .seed = seed };
		struct mutsu_sampler *a = open_sampler(opts), *b;

		opts.seed++;
		b = open_sampler(opts);
		same += mutsu_sampler_sample(a, logits, N) == mutsu_sampler_sample(b, logits, N);
		mutsu_sampler_close(a);
		mutsu_sampler_close(b);
	}
	ck_assert_int_lt(same, 20);
}
END_TEST

/*
 * Penalties
 */

static size_t count_last(const int32_t *tokens, size_t n, size_t last_n, int32_t token)
{
	size_t count = 0;

	for (size_t i = n > last_n ? n - last_n : 0; i < n; i++)
		count += tokens[i] == token;
	return count;
}

static void check_penalties(struct mutsu_sampler_opts opts, size_t last_n, size_t n_tokens,
			    size_t vocab)
{
	struct mutsu_sampler *sampler = open_sampler(opts);
	double repeat = opts.repeat_penalty > 0 ? (double)opts.repeat_penalty : 1;
	int32_t *tokens = calloc(n_tokens, sizeof(*tokens));
	float *logits = calloc(vocab, sizeof(*logits)), *copy = calloc(vocab, sizeof(*logits));

	for (size_t n = 0; n < n_tokens; n++) {
		double best = -INFINITY, second = -INFINITY;
		int32_t token, best_id = -1;

		random_logits(logits, vocab, 2);
		memcpy(copy, logits, vocab * sizeof(*logits));
		for (size_t i = 0; i < vocab; i++) {
			size_t count = count_last(tokens, n, last_n, (int32_t)i);
			double x = (double)logits[i];

			if (count)
				x = (x > 0 ? x / repeat : x * repeat) -
				    (double)count * (double)opts.frequency_penalty -
				    (double)opts.presence_penalty;
			if (x > best) {
				second = best;
				best = x;
				best_id = (int32_t)i;
			} else if (x > second) {
				second = x;
			}
		}
		token = mutsu_sampler_sample(sampler, logits, vocab);
		if (best - second > 1e-5)
			ck_assert_int_eq(token, best_id);
		ck_assert_mem_eq(logits, copy, vocab * sizeof(*logits));
		/* Not only what was sampled: prompts have anything. */
		tokens[n] = kt_below(2) ? token : (int32_t)kt_below((uint32_t)vocab);
		ck_assert_int_eq(mutsu_sampler_accept(sampler, tokens[n]), 0);
	}
	free(tokens);
	free(logits);
	free(copy);
	mutsu_sampler_close(sampler);
}

START_TEST(penalties)
{
	static const struct mutsu_sampler_opts values[] = {
		{ .repeat_penalty = 1.3f },
		{ .repeat_penalty = 0.8f },
		{ .frequency_penalty = 0.2f },
		{ .presence_penalty = 0.7f },
		{ .presence_penalty = -0.5f },
		{ .repeat_penalty = 1.1f, .frequency_penalty = 0.05f, .presence_penalty = 0.1f },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct mutsu_sampler_opts opts = values[i];

		check_penalties(opts, 64, 200, 30);
		opts.penalty_last_n = 1;
		check_penalties(opts, 1, 50, 10);
		opts.penalty_last_n = 100;
		check_penalties(opts, 100, 300, 300);
		opts.penalty_last_n = INT32_MAX;
		check_penalties(opts, INT32_MAX, 300, 50);
		opts.penalty_last_n = -1;
		check_penalties(opts, SIZE_MAX, 400, 300);
	}
}
END_TEST

/* Tokens of another vocabulary are no reason to write past the logits. */
START_TEST(accepted_token_not_in_vocabulary)
{
	struct mutsu_sampler *sampler = open_sampler((struct mutsu_sampler_opts){
		.repeat_penalty = 2, .penalty_last_n = -1 });
	float *logits = kt_buf(4 * sizeof(*logits));

	ck_assert_int_eq(mutsu_sampler_accept(sampler, 4), 0);
	ck_assert_int_eq(mutsu_sampler_accept(sampler, INT32_MAX), 0);
	ck_assert_int_eq(mutsu_sampler_accept(sampler, 0), 0);
	logits[0] = 1;
	logits[3] = 0.75f;
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 4), 3);
	mutsu_sampler_close(sampler);
}
END_TEST

/*
 * Odd logits
 */

START_TEST(greedy)
{
	struct mutsu_sampler *sampler;
	float logits[N];

	ck_assert_int_eq(mutsu_sampler_open(&sampler, NULL, NULL), 0);
	for (int i = 0; i < 100; i++) {
		int best = 0;

		for (int j = 0; j < N; j++) {
			logits[j] = (float)kt_below(10) - 20.0f;
			if (logits[j] > logits[best])
				best = j;
		}
		ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, N), best);
	}
	mutsu_sampler_close(sampler);
}
END_TEST

/* Each line of options meets each kind of odd logits. */
START_TEST(odd_logits)
{
	static const struct mutsu_sampler_opts options[] = {
		{ .temperature = 0 },
		{ .temperature = 1 },
		{ .temperature = 1e-40f },
		{ .temperature = 100, .top_k = 2 },
		{ .temperature = 100, .top_k = 1 },
		{ .temperature = 1, .top_p = 0.5f },
		{ .temperature = 1, .min_p = 1 },
		{ .temperature = 1, .typical_p = 0.5f },
		{ .temperature = 0, .typical_p = 0.5f },
		{ .temperature = 1, .top_k = 3, .top_p = 0.9f, .min_p = 0.1f, .typical_p = 0.9f },
	};
	static const struct {
		float logits[4];
		unsigned int may;	/* bit i: token i may come */
	} kinds[] = {
		{ { NAN, 1, NAN, NAN }, 1 << 1 },
		{ { NAN, -INFINITY, -3e38f, NAN }, 1 << 2 },
		{ { 0, INFINITY, 3e38f, NAN }, 1 << 1 },
		{ { INFINITY, NAN, INFINITY, 7 }, 1 << 0 | 1 << 2 },
		{ { NAN, -INFINITY, NAN, -INFINITY }, 1 << 1 | 1 << 3 },
		{ { -INFINITY, -INFINITY, -INFINITY, -INFINITY }, 15 },
		{ { 3e38f, -3e38f, -3e38f, -3e38f }, 1 << 0 },
		{ { 1e-40f, 0, -1e-40f, NAN }, 7 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct mutsu_sampler *sampler = open_sampler(options[i]);

		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
			for (int draw = 0; draw < 30; draw++) {
				int32_t id = mutsu_sampler_sample(sampler, kinds[j].logits, 4);

				ck_assert_msg(id >= 0 && (kinds[j].may >> id & 1),
					      "options %zu, logits %zu: got %d", i, j, id);
				if (options[i].temperature == 0 && options[i].typical_p == 0)
					ck_assert_int_eq(id, __builtin_ctz(kinds[j].may));
			}
		}
		ck_assert_int_eq(mutsu_sampler_sample(sampler, (float[]){ NAN, NAN }, 2), -EINVAL);
		ck_assert_int_eq(mutsu_sampler_sample(sampler, (float[]){ 5 }, 1), 0);
		mutsu_sampler_close(sampler);
	}
}
END_TEST

START_TEST(vocabulary_grows_and_shrinks)
{
	struct mutsu_sampler *sampler = open_sampler((struct mutsu_sampler_opts){
		.temperature = 1, .top_k = 1 });

	for (size_t n = 1; n < 70000; n = n * 3 + 1) {
		float *logits = kt_buf(n * sizeof(*logits));

		logits[n / 2] = 1;
		ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, n), (int)(n / 2));
		ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 1), 0);
	}
	mutsu_sampler_close(sampler);
}
END_TEST

/*
 * Misuse
 */

START_TEST(options_out_of_range)
{
#define CASE(field, value, ...) { #field, { .field = (value) }, { __VA_ARGS__ } }
	static const struct {
		const char *name;
		struct mutsu_sampler_opts opts;
		const char *words[2];
	} cases[] = {
		CASE(temperature, -0.1f, "-0.1", "from 0 to 100"),
		CASE(temperature, NAN, "nan", "from 0 to 100"),
		CASE(temperature, INFINITY, "inf", "from 0 to 100"),
		CASE(top_k, -1, "-1", "0 (off) or more"),
		CASE(top_p, 1.5f, "1.5", "from 0 to 1"),
		CASE(top_p, -1, "-1", "from 0 to 1"),
		CASE(top_p, NAN, "nan", "from 0 to 1"),
		CASE(min_p, 2, "2", "from 0 to 1"),
		CASE(min_p, NAN, "nan", "from 0 to 1"),
		CASE(typical_p, -0.5f, "-0.5", "from 0 to 1"),
		CASE(typical_p, NAN, "nan", "from 0 to 1"),
		CASE(repeat_penalty, -1, "-1", "from 0 to 100"),
		CASE(repeat_penalty, NAN, "nan", "from 0 to 100"),
		CASE(frequency_penalty, 1000, "1000", "from -100 to 100"),
		CASE(frequency_penalty, NAN, "nan", "from -100 to 100"),
		CASE(presence_penalty, -INFINITY, "-inf", "from -100 to 100"),
		CASE(presence_penalty, NAN, "nan", "from -100 to 100"),
		CASE(penalty_last_n, -2, "-2", "-1 (all)"),
	};
#undef CASE

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mutsu_sampler *sampler = (void *)1;
		struct mutsu_sampler_opts opts = cases[i].opts;
		struct mutsu_error err = { "" };

		opts.size = sizeof(opts);
		ck_assert_int_eq(mutsu_sampler_open(&sampler, &opts, &err), -EINVAL);
		ck_assert_ptr_eq(sampler, (void *)1);
		ck_assert_msg(strstr(err.text, cases[i].name) &&
			      strstr(err.text, cases[i].words[0]) &&
			      strstr(err.text, cases[i].words[1]), "%s", err.text);
		ck_assert_int_eq(mutsu_sampler_open(&sampler, &opts, NULL), -EINVAL);
	}
}
END_TEST

START_TEST(misuse)
{
	struct mutsu_sampler_opts opts = { .temperature = 1 };
	struct mutsu_sampler *sampler = NULL;
	struct mutsu_error err;
	const float logits[1] = { 0 };

	ck_assert_int_eq(mutsu_sampler_open(&sampler, &opts, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "sizeof(struct mutsu_sampler_opts)"));
	mutsu_sampler_close(NULL);

	sampler = open_sampler((struct mutsu_sampler_opts){ .repeat_penalty = 2 });
	ck_assert_int_eq(mutsu_sampler_sample(sampler, NULL, 10), -EINVAL);
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 0), -EINVAL);
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, (size_t)INT32_MAX + 1), -EINVAL);
	ck_assert_int_eq(mutsu_sampler_accept(sampler, -1), -EINVAL);
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 1), 0);
	mutsu_sampler_close(sampler);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__)
#define LIMITS 0
#elif defined(__has_feature)
#define LIMITS (!__has_feature(address_sanitizer))
#else
#define LIMITS 1
#endif

START_TEST(out_of_memory)
{
	struct mutsu_sampler *sampler = open_sampler((struct mutsu_sampler_opts){
		.repeat_penalty = 2, .penalty_last_n = -1 });
	const float logits[2] = { 0, 1 };
	int32_t token = 0;
	int ret;

	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 2), 1);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ 64 << 20, 64 << 20 }), 0);

	/* The array is made before the logits are read. */
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 100 << 20), -ENOMEM);
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 2), 1);

	do
		ret = mutsu_sampler_accept(sampler, token++);
	while (!ret && token < 100 << 20);
	ck_assert_int_eq(ret, -ENOMEM);
	/* Token 1 has been accepted and halved; it still is the larger. */
	ck_assert_int_eq(mutsu_sampler_sample(sampler, logits, 2), 1);
	mutsu_sampler_close(sampler);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sampler");
	TCase *tc = tcase_create("stages");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, top_k);
	tcase_add_test(tc, top_k_ties);
	tcase_add_test(tc, top_k_of_many);
	tcase_add_test(tc, one_stage);
	tcase_add_test(tc, chain);
	tcase_add_test(tc, typical_then_greedy);
	tcase_add_test(tc, frequencies);
	tcase_add_test(tc, same_seed_same_tokens);
	tcase_add_test(tc, seeds_differ);
	tcase_add_test(tc, penalties);
	tcase_add_test(tc, accepted_token_not_in_vocabulary);
	suite_add_tcase(suite, tc);

	tc = tcase_create("edges");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, greedy);
	tcase_add_test(tc, odd_logits);
	tcase_add_test(tc, vocabulary_grows_and_shrinks);
	tcase_add_test(tc, options_out_of_range);
	tcase_add_test(tc, misuse);
	if (LIMITS && !getenv("MUTSU_SAN") && !getenv("MUTSU_EMULATED"))
		tcase_add_test(tc, out_of_memory);
	else
		suite_skip("out_of_memory", "address space cannot be limited here");
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
