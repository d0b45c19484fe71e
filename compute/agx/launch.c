// SPDX-License-Identifier: MIT
#include "launch.h"

static const char step_name[] = "step";

static const struct agx_param *find(const struct agx_kernel *kernel, const char *name)
{
	for (u32 i = 0; i < kernel->n_params; i++)
		if (!strcmp(kernel->params[i].name, name))
			return &kernel->params[i];
	return NULL;
}

void mutsu_agx_launch_init(struct mutsu_agx_launch *launch, const struct agx_kernel *kernel,
			   u32 threads)
{
	const struct agx_param *step = find(kernel, step_name);

	*launch = (struct mutsu_agx_launch){
		.kernel = kernel,
		.groups = { 1, 1, 1 },
		.threads = kernel->threadgroup[0] ? kernel->threadgroup[0] : threads,
		.step = step ? step->start : MUTSU_AGX_NO_STEP,
	};
	assert(launch->threads && launch->threads % 32 == 0 && launch->threads <= 1024);
	assert(kernel->threadgroup[1] <= 1 && kernel->threadgroup[2] <= 1);
	assert(!step || (step->type == AGX_PARAM_U32 && step->count == 4));
	if (kernel->constants.halves)
		memcpy(launch->uniform + kernel->constants.start, kernel->constants.data,
		       2ul * kernel->constants.halves);
}

/* Types are written in two places, here and in assembly: they must agree. */
static void set(struct mutsu_agx_launch *launch, const char *name, enum agx_param_type type,
		const void *value)
{
	const struct agx_param *p = find(launch->kernel, name);

	assert(p && p->type == type && p->count == 1);
	memcpy(launch->uniform + p->start, value, 2ul * agx_param_halves(type));
}

void mutsu_agx_set_u32(struct mutsu_agx_launch *launch, const char *name, u32 value)
{
	set(launch, name, AGX_PARAM_U32, &value);
}

void mutsu_agx_set_f32(struct mutsu_agx_launch *launch, const char *name, float value)
{
	set(launch, name, AGX_PARAM_F32, &value);
}

void mutsu_agx_set_buffer(struct mutsu_agx_launch *launch, const char *name, u64 address)
{
	set(launch, name, AGX_PARAM_BUFFER, &address);
}

/* Halves [start, end) from address on, in words of up to 64. */
static void add_uniforms(struct agx_usc *usc, u32 start, u32 end, u64 address)
{
	while (start < end) {
		u32 n = end - start < 64 ? end - start : 64;

		usc->uniform[usc->n_uniforms++] = (struct agx_usc_uniform){
			.start = (u16)start, .count = (u16)n, .address = address,
		};
		start += n;
		address += 2ull * n;
	}
}

int mutsu_agx_launch_usc(const struct mutsu_agx_launch *launch,
			 const struct mutsu_agx_place *place, void *words, size_t size,
			 struct agx_error *err)
{
	const struct agx_kernel *k = launch->kernel;
	const u32 end = (k->n_uniforms + 1u) & ~1u;
	struct agx_usc usc = {
		.uses_shared = k->shared,
		.shared_size = k->shared,
		.shader = place->code,
		.regs = k->n_regs,
		.unk4 = 1,
		.has_preamble = k->preamble,
		.preamble = k->preamble ? place->preamble : 0,
	};

	if (launch->step == MUTSU_AGX_NO_STEP) {
		add_uniforms(&usc, 0, end, place->uniforms);
	} else {
		const u32 behind = launch->step + sizeof(struct mutsu_agx_step) / 2;

		add_uniforms(&usc, 0, launch->step, place->uniforms);
		add_uniforms(&usc, launch->step, behind, place->step);
		add_uniforms(&usc, behind, end, place->uniforms + 2ull * behind);
	}
	return agx_usc_build(&usc, words, size, err);
}

int mutsu_agx_launch_cdm(const struct mutsu_agx_launch *launch,
			 const struct mutsu_agx_place *place, void *words,
			 struct agx_error *err)
{
	struct agx_cdm cdm = {
		.type = AGX_CDM_LAUNCH,
		.g14x = place->g14x,
		.uniforms = launch->kernel->n_uniforms,
		.preshader_regs = launch->kernel->preamble_regs,
		.usc = place->usc,
		.global = { launch->groups[0] * launch->threads, launch->groups[1],
			    launch->groups[2] },
		.local = { launch->threads, 1, 1 },
	};

	return agx_cdm_build(&cdm, words, err);
}
