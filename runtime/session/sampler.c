// SPDX-License-Identifier: MIT
/*
 * Logits to a token.  The same logits and seed give the same token on every
 * machine: weights come from mutsu_exp(), which is defined by its arithmetic,
 * sums are in double and in a fixed order, and every order of candidates is
 * total (equals by lower id).
 *
 * No stage sorts the vocabulary: those that want "the first so many" make a
 * heap of it and take candidates off until they have enough.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/ops/exp.h"
#include "history.h"
#include "runtime/error.h"
#include "runtime/opts.h"

#define DEFAULT_LAST_N 64

struct candidate {
	float logit;
	float weight;		/* exp(logit - largest), not normalised */
	float key;		/* what the heap orders by, larger first */
	int32_t id;
};

/* What is left of the vocabulary, a part of the sampler's array. */
struct set {
	struct candidate *c;
	size_t n;
};

struct mutsu_sampler {
	struct mutsu_sampler_opts opts;	/* stages that are off have their neutral value */
	struct mutsu_history history;
	uint64_t random;
	struct candidate *candidates;
	size_t capacity;
};

/*
 * Stages
 */

static bool has_penalties(const struct mutsu_sampler_opts *opts)
{
	return opts->repeat_penalty != 1.0f || opts->frequency_penalty != 0.0f ||
	       opts->presence_penalty != 0.0f;
}

/* set is the whole vocabulary, by id. */
static void penalise(struct set *set, const struct mutsu_sampler_opts *opts,
		     const struct mutsu_history *history)
{
	for (size_t i = 0; i < history->n_slots; i++) {
		const struct mutsu_seen *seen = &history->seen[i];
		float *logit;

		/* Accepted tokens need not be of this vocabulary. */
		if (!seen->count || (size_t)seen->token >= set->n)
			continue;
		logit = &set->c[seen->token].logit;
		if (*logit > 0.0f)
			*logit /= opts->repeat_penalty;
		else
			*logit *= opts->repeat_penalty;
		*logit -= (float)seen->count * opts->frequency_penalty + opts->presence_penalty;
	}
}

/*
 * Leaves finite logits only.  NaN is never chosen, nor is -inf beside anything
 * larger; if +inf is there, or -inf is all there is, those are equals.
 */
static void drop_unusable(struct set *set)
{
	float max = -INFINITY;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->c[i].logit > max)
			max = set->c[i].logit;

	for (size_t i = 0; i < set->n; i++) {
		struct candidate c = set->c[i];

		if (isinf(max) ? c.logit != max : !isfinite(c.logit))
			continue;
		if (isinf(max))
			c.logit = 0.0f;
		set->c[n++] = c;
	}
	set->n = n;
}

static float max_logit(const struct set *set)
{
	float max = set->c[0].logit;

	for (size_t i = 1; i < set->n; i++)
		if (set->c[i].logit > max)
			max = set->c[i].logit;
	return max;
}

/* Fills in weights; returns their sum, which is at least 1. */
static double weigh(struct set *set, float temperature)
{
	float max = max_logit(set);
	double total = 0.0;

	for (size_t i = 0; i < set->n; i++) {
		struct candidate *c = &set->c[i];

		c->weight = mutsu_exp((c->logit - max) / temperature);
		total += (double)c->weight;
	}
	return total;
}

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
	return a->key > b->key || (a->key == b->key && a->id < b->id);
}

static void sift_down(struct candidate *heap, size_t n, size_t i)
{
	struct candidate moving = heap[i];

	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && comes_before(&heap[child + 1], &heap[child]))
			child++;
		if (!comes_before(&heap[child], &moving))
			break;
		heap[i] = heap[child];
	}
	heap[i] = moving;
}

/*
 * Keeps the first candidates by key, in ascending order: as many as it takes
 * for mass of weight, but no more than max, and at least one.
 */
static void keep_first(struct set *set, size_t max, double mass)
{
	struct candidate *heap = set->c;
	size_t n_heap = set->n;
	double sum = 0.0;

	for (size_t i = n_heap / 2; i-- > 0;)
		sift_down(heap, n_heap, i);

	/* What is taken off the heap's front goes to its end. */
	do {
		struct candidate first = heap[0];

		heap[0] = heap[--n_heap];
		sift_down(heap, n_heap, 0);
		heap[n_heap] = first;
		sum += (double)first.weight;
	} while (n_heap && set->n - n_heap < max && sum < mass);

	set->c += n_heap;
	set->n -= n_heap;
}

static void order_by_logit(struct set *set)
{
	for (size_t i = 0; i < set->n; i++)
		set->c[i].key = set->c[i].logit;
}

/*
 * Collects those above the k-th largest so far, and takes stock whenever there
 * are 2k of them: of a large vocabulary few ever see the heap.  set is by id,
 * so of equals the later one is out.
 */
static void keep_top_k(struct set *set, size_t k)
{
	struct candidate *c = set->c;
	float floor = -INFINITY;
	size_t n = 0;

	if (k >= set->n)
		return;
	order_by_logit(set);
	for (size_t i = 0; i < set->n; i++) {
		if (c[i].logit <= floor)
			continue;
		c[n++] = c[i];
		if (n == 2 * k) {
			struct set best = { c, n };

			/* The least of the kept comes first. */
			keep_first(&best, k, INFINITY);
			floor = best.c[0].logit;
			memmove(c, best.c, k * sizeof(*c));
			n = k;
		}
	}
	set->n = n;
	keep_first(set, k, INFINITY);
}

/*
 * Locally typical sampling (Meister et al., 2022): those whose information is
 * closest to the expected one.  With d the distance of a logit to the largest
 * and Z the sum of weights, information is log(Z) - d and its expectation is
 * log(Z) - E[d]: the logarithm cancels.
 */
static void keep_typical(struct set *set, double p)
{
	double total = weigh(set, 1.0f), max = (double)max_logit(set), mean = 0.0;

	for (size_t i = 0; i < set->n; i++)
		mean += (double)set->c[i].weight * ((double)set->c[i].logit - max);
	mean /= total;
	for (size_t i = 0; i < set->n; i++)
		set->c[i].key = -(float)fabs((double)set->c[i].logit - max - mean);
	keep_first(set, SIZE_MAX, p * total);
}

static void keep_top_p(struct set *set, double p)
{
	double total = weigh(set, 1.0f);

	order_by_logit(set);
	keep_first(set, SIZE_MAX, p * total);
}

/* The largest has weight 1. */
static void keep_min_p(struct set *set, float min_p)
{
	size_t n = 0;

	weigh(set, 1.0f);
	for (size_t i = 0; i < set->n; i++)
		if (set->c[i].weight >= min_p)
			set->c[n++] = set->c[i];
	set->n = n;
}

/*
 * The choice
 */

/* splitmix64 (Steele, Lea and Flood, 2014): passes BigCrush with any seed. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Uniform in [0, 1), a multiple of 2^-53. */
static double uniform(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15;
	return (double)(mix(*state) >> 11) * 0x1p-53;
}

static int32_t largest(const struct set *set)
{
	const struct candidate *best = &set->c[0];

	for (size_t i = 1; i < set->n; i++) {
		const struct candidate *c = &set->c[i];

		if (c->logit > best->logit || (c->logit == best->logit && c->id < best->id))
			best = c;
	}
	return best->id;
}

static int32_t draw(struct set *set, float temperature, uint64_t *random)
{
	double left = uniform(random) * weigh(set, temperature);
	int32_t id = -1;

	for (size_t i = 0; i < set->n; i++) {
		if (set->c[i].weight == 0.0f)
			continue;
		id = set->c[i].id;
		left -= (double)set->c[i].weight;
		if (left < 0.0)
			break;
	}
	/* Rounding may leave a little at the end: then the last one has it. */
	return id;
}

static int reserve(struct mutsu_sampler *sampler, size_t n)
{
	struct candidate *candidates;

	if (n <= sampler->capacity)
		return 0;
	/* Nothing in the old array is wanted. */
	candidates = calloc(n, sizeof(*candidates));
	if (!candidates)
		return -ENOMEM;
	free(sampler->candidates);
	sampler->candidates = candidates;
	sampler->capacity = n;
	return 0;
}

int32_t mutsu_sampler_sample(struct mutsu_sampler *sampler, const float *logits, size_t n_vocab)
{
	const struct mutsu_sampler_opts *opts = &sampler->opts;
	struct set set;
	int ret;

	if (!logits || !n_vocab || n_vocab > INT32_MAX)
		return -EINVAL;
	ret = reserve(sampler, n_vocab);
	if (ret)
		return ret;

	set = (struct set){ sampler->candidates, n_vocab };
	for (size_t i = 0; i < n_vocab; i++)
		set.c[i] = (struct candidate){ .logit = logits[i], .id = (int32_t)i };

	if (has_penalties(opts))
		penalise(&set, opts, &sampler->history);
	drop_unusable(&set);
	if (!set.n)
		return -EINVAL;

	/* No other stage removes the largest. */
	if (opts->temperature == 0.0f && opts->typical_p == 1.0f)
		return largest(&set);

	if (opts->top_k)
		keep_top_k(&set, (size_t)opts->top_k);
	if (opts->typical_p < 1.0f)
		keep_typical(&set, (double)opts->typical_p);
	if (opts->top_p < 1.0f)
		keep_top_p(&set, (double)opts->top_p);
	if (opts->min_p > 0.0f)
		keep_min_p(&set, opts->min_p);

	if (opts->temperature == 0.0f)
		return largest(&set);
	return draw(&set, opts->temperature, &sampler->random);
}

int mutsu_sampler_accept(struct mutsu_sampler *sampler, int32_t token)
{
	if (token < 0)
		return -EINVAL;
	if (!has_penalties(&sampler->opts))
		return 0;
	return mutsu_history_push(&sampler->history, token);
}

/*
 * Open and close
 */

static const struct range {
	const char *name;
	size_t offset;
	float min, max;
} ranges[] = {
#define RANGE(field, min, max) { #field, offsetof(struct mutsu_sampler_opts, field), min, max }
	RANGE(temperature, 0.0f, 100.0f),
	RANGE(top_p, 0.0f, 1.0f),
	RANGE(min_p, 0.0f, 1.0f),
	RANGE(typical_p, 0.0f, 1.0f),
	RANGE(repeat_penalty, 0.0f, 100.0f),
	RANGE(frequency_penalty, -100.0f, 100.0f),
	RANGE(presence_penalty, -100.0f, 100.0f),
#undef RANGE
};

static int check_opts(const struct mutsu_sampler_opts *opts, struct mutsu_error *err)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *range = &ranges[i];
		float value = *(const float *)((const char *)opts + range->offset);

		/* Written so that NaN fails. */
		if (!(value >= range->min && value <= range->max))
			return mutsu_fail(err, -EINVAL,
					  "sampler: %s is %g; it must be from %g to %g",
					  range->name, (double)value,
					  (double)range->min, (double)range->max);
	}
	if (opts->top_k < 0)
		return mutsu_fail(err, -EINVAL,
				  "sampler: top_k is %d; it must be 0 (off) or more", opts->top_k);
	if (opts->penalty_last_n < -1)
		return mutsu_fail(err, -EINVAL,
				  "sampler: penalty_last_n is %d; it must be -1 (all), "
				  "0 (that is %d) or more",
				  opts->penalty_last_n, DEFAULT_LAST_N);
	return 0;
}

int mutsu_sampler_open(struct mutsu_sampler **out, const struct mutsu_sampler_opts *opts,
		       struct mutsu_error *err)
{
	struct mutsu_sampler_opts checked;
	struct mutsu_sampler *sampler;
	int ret;

	ret = mutsu_opts_copy(&checked, sizeof(checked), opts, err, "mutsu_sampler_opts");
	if (ret)
		return ret;
	ret = check_opts(&checked, err);
	if (ret)
		return ret;

	if (checked.top_p == 0.0f)
		checked.top_p = 1.0f;
	if (checked.typical_p == 0.0f)
		checked.typical_p = 1.0f;
	if (checked.repeat_penalty == 0.0f)
		checked.repeat_penalty = 1.0f;
	if (!checked.penalty_last_n)
		checked.penalty_last_n = DEFAULT_LAST_N;

	sampler = calloc(1, sizeof(*sampler));
	if (!sampler)
		return mutsu_fail(err, -ENOMEM, "sampler: out of memory");
	sampler->opts = checked;
	/* So that seeds that differ by little start far from each other. */
	sampler->random = mix(checked.seed + 0x9e3779b97f4a7c15);
	mutsu_history_init(&sampler->history, checked.penalty_last_n < 0 ?
			   SIZE_MAX : (size_t)checked.penalty_last_n);
	*out = sampler;
	return 0;
}

void mutsu_sampler_close(struct mutsu_sampler *sampler)
{
	if (!sampler)
		return;
	mutsu_history_fini(&sampler->history);
	free(sampler->candidates);
	free(sampler);
}
