// SPDX-License-Identifier: MIT
/*
 * All positions at once, layer by layer: there is no cache, no batch and no
 * order of sums to keep, so that errors in any of these show.
 */
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const struct tiny_model *m;
	const struct tiny_dims *d;
	uint32_t n_ctx, layer;
	size_t n;
	double *x, *h, *y;	/* rows of n_embd */
	double *q, *k, *v;	/* rows of all heads */
};

static double *rows(size_t n, size_t width)
{
	double *p = calloc(n * width, sizeof(*p));

	if (!p)
		abort();
	return p;
}

static bool is(const struct run *r, const char *arch)
{
	return !strcmp(r->m->opts.arch, arch);
}

/* Values of a tensor of the layer, NULL where there is none. */
static const float *get(const struct run *r, const char *name)
{
	const struct tiny_tensor *t;
	char full[64];

	snprintf(full, sizeof(full), "blk.%u.%s", r->layer, name);
	t = tiny_tensor(r->m, full);
	return t ? t->values : NULL;
}

static const float *get_global(const struct run *r, const char *name)
{
	const struct tiny_tensor *t = tiny_tensor(r->m, name);

	return t ? t->values : NULL;
}

/* y = w x + b */
static void product(double *y, const float *w, const float *b, const double *x, size_t n_rows,
		    size_t cols)
{
	for (size_t i = 0; i < n_rows; i++) {
		y[i] = b ? (double)b[i] : 0.0;
		for (size_t j = 0; j < cols; j++)
			y[i] += (double)w[i * cols + j] * x[j];
	}
}

static void norm(double *y, const double *x, const float *w, size_t n, double eps)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] / sqrt(sum / (double)n + eps) * (double)w[i];
}

static void softmax(double *x, size_t n)
{
	double max = -INFINITY, sum = 0.0;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, x[i]);
	for (size_t i = 0; i < n; i++)
		sum += x[i] = exp(x[i] - max);
	for (size_t i = 0; i < n; i++)
		x[i] /= sum;
}

static bool windowed(const struct run *r)
{
	return is(r, "gemma3") && r->m->opts.window && r->layer % 6 != 5;
}

static void rotate(const struct run *r, double *head, size_t pos)
{
	const struct tiny_opts *o = &r->m->opts;
	const float *divisor = get_global(r, "rope_freqs.weight");
	bool local = windowed(r), neighbours = is(r, "llama");
	size_t half = r->d->n_rot / 2;

	if (o->rope_factors)
		divisor = get_global(r, r->n_ctx > r->d->n_ctx / 2 ? "rope_factors_long.weight" :
				     "rope_factors_short.weight");
	for (size_t i = 0; i < half; i++) {
		double base = local ? 10000.0 : (double)r->d->rope_base;
		double angle = (double)pos * pow(base, -(double)i / (double)half);
		double *a = head + (neighbours ? 2 * i : i);
		double *b = head + (neighbours ? 2 * i + 1 : i + half);
		double re = *a * (double)r->d->attn_factor, im = *b * (double)r->d->attn_factor;

		if (!local && divisor)
			angle /= (double)divisor[i];
		if (!local && o->rope_scale > 0.0f)
			angle /= (double)o->rope_scale;
		*a = re * cos(angle) - im * sin(angle);
		*b = re * sin(angle) + im * cos(angle);
	}
}

static void project(const struct run *r, size_t pos)
{
	const size_t q = r->d->n_head * r->d->head_dim, kv = r->d->n_head_kv * r->d->head_dim;
	const size_t e = r->d->n_embd, hd = r->d->head_dim;
	const float *fused = get(r, "attn_qkv.weight"), *bias = get(r, "attn_qkv.bias");
	const double *h = r->h + pos * e;
	double *to[3] = { r->q + pos * q, r->k + pos * kv, r->v + pos * kv };
	static const char *const name[3] = { "q", "k", "v" };
	size_t first = 0;

	for (int i = 0; i < 3; i++) {
		size_t width = i ? kv : q;
		char w[32], b[32], g[32];

		snprintf(w, sizeof(w), "attn_%s.weight", name[i]);
		snprintf(b, sizeof(b), "attn_%s.bias", name[i]);
		snprintf(g, sizeof(g), "attn_%s_norm.weight", name[i]);
		if (fused)
			product(to[i], fused + first * e, bias ? bias + first : NULL, h, width, e);
		else
			product(to[i], get(r, w), get(r, b), h, width, e);
		first += width;
		for (size_t at = 0; i < 2 && at < width; at += hd) {
			if (get(r, g))
				norm(to[i] + at, to[i] + at, get(r, g), hd, (double)r->d->eps);
			rotate(r, to[i] + at, pos);
		}
	}
}

static void attend(const struct run *r, size_t pos)
{
	const size_t hd = r->d->head_dim, q = r->d->n_head * hd, kv = r->d->n_head_kv * hd;
	const size_t group = r->d->n_head / r->d->n_head_kv;
	size_t first = windowed(r) && pos + 1 > r->m->opts.window ? pos + 1 - r->m->opts.window : 0;
	double *out = rows(1, q), *p = rows(1, pos + 1);

	for (size_t head = 0; head < r->d->n_head; head++) {
		const double *qh = r->q + pos * q + head * hd;
		size_t at = head / group * hd;

		for (size_t j = first; j <= pos; j++) {
			p[j] = 0.0;
			for (size_t i = 0; i < hd; i++)
				p[j] += qh[i] * r->k[j * kv + at + i] / sqrt((double)hd);
		}
		softmax(p + first, pos + 1 - first);
		for (size_t j = first; j <= pos; j++)
			for (size_t i = 0; i < hd; i++)
				out[head * hd + i] += p[j] * r->v[j * kv + at + i];
	}
	product(r->y + pos * r->d->n_embd, get(r, "attn_output.weight"),
		get(r, "attn_output.bias"), out, r->d->n_embd, q);
	free(out);
	free(p);
}

static double gate(const struct run *r, double x)
{
	if (is(r, "gemma3"))
		return x / 2.0 * (1.0 + tanh(sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
	return x / (1.0 + exp(-x));
}

/* y += weight * down(gate(h) * up(h)) */
static void gated(const struct run *r, double *y, const double *h, double weight,
		  const float *g, const float *u, const float *down)
{
	const size_t e = r->d->n_embd, ff = r->d->n_ff;
	double *a = rows(1, ff), *b = rows(1, ff), *z = rows(1, e);

	product(a, g, NULL, h, ff, e);
	product(b, u, NULL, h, ff, e);
	for (size_t i = 0; i < ff; i++)
		a[i] = gate(r, a[i]) * b[i];
	product(z, down, NULL, a, e, ff);
	for (size_t i = 0; i < e; i++)
		y[i] += weight * z[i];
	free(a);
	free(b);
	free(z);
}

static void mix(const struct run *r, double *y, const double *h)
{
	const size_t n = r->d->n_expert, size = (size_t)r->d->n_embd * r->d->n_ff;
	double *p = rows(1, n), sum = 0.0;
	size_t chosen[8];

	product(p, get(r, "ffn_gate_inp.weight"), NULL, h, n, r->d->n_embd);
	softmax(p, n);
	for (size_t i = 0; i < r->d->n_expert_used; i++) {
		chosen[i] = n;
		for (size_t j = 0; j < n; j++) {
			bool taken = false;

			for (size_t k = 0; k < i; k++)
				taken |= chosen[k] == j;
			if (!taken && (chosen[i] == n || p[j] > p[chosen[i]]))
				chosen[i] = j;
		}
		sum += p[chosen[i]];
	}
	for (size_t i = 0; i < r->d->n_expert_used; i++)
		gated(r, y, h, p[chosen[i]] / sum, get(r, "ffn_gate_exps.weight") + chosen[i] * size,
		      get(r, "ffn_up_exps.weight") + chosen[i] * size,
		      get(r, "ffn_down_exps.weight") + chosen[i] * size);
	free(p);
}

static void feed_forward(const struct run *r, size_t pos)
{
	const size_t e = r->d->n_embd;
	const float *up = get(r, "ffn_up.weight");
	double *y = r->y + pos * e;
	const double *h = r->h + pos * e;

	memset(y, 0, e * sizeof(*y));
	if (r->d->n_expert)
		mix(r, y, h);
	else if (is(r, "phi3"))
		gated(r, y, h, 1.0, up, up + r->d->n_ff * e, get(r, "ffn_down.weight"));
	else
		gated(r, y, h, 1.0, get(r, "ffn_gate.weight"), up, get(r, "ffn_down.weight"));
}

/* x += y, normalised before if the architecture does */
static void add_block(const struct run *r, const char *post)
{
	const size_t e = r->d->n_embd;

	for (size_t pos = 0; pos < r->n; pos++) {
		if (get(r, post))
			norm(r->y + pos * e, r->y + pos * e, get(r, post), e, (double)r->d->eps);
		for (size_t i = 0; i < e; i++)
			r->x[pos * e + i] += r->y[pos * e + i];
	}
}

static void norm_all(const struct run *r, const float *w)
{
	for (size_t pos = 0; pos < r->n; pos++)
		norm(r->h + pos * r->d->n_embd, r->x + pos * r->d->n_embd, w, r->d->n_embd,
		     (double)r->d->eps);
}

static void run_layer(const struct run *r)
{
	norm_all(r, get(r, "attn_norm.weight"));
	for (size_t pos = 0; pos < r->n; pos++)
		project(r, pos);
	for (size_t pos = 0; pos < r->n; pos++)
		attend(r, pos);
	add_block(r, "post_attention_norm.weight");
	norm_all(r, get(r, "ffn_norm.weight"));
	for (size_t pos = 0; pos < r->n; pos++)
		feed_forward(r, pos);
	add_block(r, "post_ffw_norm.weight");
}

void oracle_logits(const struct tiny_model *m, uint32_t n_ctx, const int32_t *tokens, size_t n,
		   double *logits)
{
	const struct tiny_dims *d = &m->dims;
	const size_t e = d->n_embd, q = d->n_head * d->head_dim, kv = d->n_head_kv * d->head_dim;
	struct run r = {
		.m = m, .d = d, .n_ctx = n_ctx, .n = n,
		.x = rows(n, e), .h = rows(n, e), .y = rows(n, e),
		.q = rows(n, q), .k = rows(n, kv), .v = rows(n, kv),
	};
	const float *embd = get_global(&r, "token_embd.weight");
	const float *output = get_global(&r, m->opts.tied ? "token_embd.weight" : "output.weight");

	for (size_t i = 0; i < n * e; i++)
		r.x[i] = (double)embd[(size_t)tokens[i / e] * e + i % e] *
			 (is(&r, "gemma3") ? sqrt((double)e) : 1.0);
	for (r.layer = 0; r.layer < d->n_layer; r.layer++)
		run_layer(&r);
	norm_all(&r, get_global(&r, "output_norm.weight"));
	for (size_t pos = 0; pos < n; pos++)
		product(logits + pos * d->n_vocab, output, NULL, r.h + pos * e, d->n_vocab, e);

	free(r.x);
	free(r.h);
	free(r.y);
	free(r.q);
	free(r.k);
	free(r.v);
}
