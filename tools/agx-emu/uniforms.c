// SPDX-License-Identifier: MIT
#include "uniforms.h"

#include <math.h>

static void set(struct uniforms *uniforms, u32 start, const void *data, u32 halves)
{
	if (!halves)
		return;
	memcpy(uniforms->half + start, data, halves * sizeof(u16));
	if (start + halves > uniforms->n)
		uniforms->n = start + halves;
}

/* --- values -------------------------------------------------------------------- */

/* To nearest even, as a conversion does. */
static u16 to_half(double value)
{
	u32 sign = signbit(value) ? 0x8000 : 0, bits;
	int exponent;
	double mantissa;

	value = fabs(value);
	if (isnan(value))
		return 0x7e00;
	if (value >= 65520)
		return (u16)(sign | 0x7c00);
	mantissa = frexp(value, &exponent);
	if (exponent < -13 || mantissa == 0)
		bits = (u32)nearbyint(ldexp(value, 24));
	else
		/* 11 bits of mantissa, the first of which adds 1 to the exponent. */
		bits = (u32)((exponent + 13) << 10) + (u32)nearbyint(ldexp(mantissa, 11));
	return (u16)(sign | bits);
}

static bool read_float(const char *text, double *value)
{
	char *end;

	if (!*text || strchr(" \t\n", *text))
		return false;
	*value = strtod(text, &end);
	return !*end;
}

/* A whole number of so many bits; negative ones down to half the range. */
static bool read_integer(const char *text, unsigned int bits, u64 *value)
{
	bool negative = *text == '-';
	u64 limit = bits < 64 ? 1ull << bits : 0;

	if (!read_u64(text + negative, value))
		return false;
	if (negative ? *value > 1ull << (bits - 1) : limit && *value >= limit)
		return false;
	if (negative)
		*value = -*value;
	return true;
}

/* One element of a type, as up to four halves. */
static bool read_value(const char *text, u32 type, u64 *bits)
{
	double value;
	float f;
	u32 word;

	switch (type) {
	case AGX_PARAM_F32:
		if (!read_float(text, &value))
			return false;
		f = strtof(text, NULL);
		memcpy(&word, &f, sizeof(word));
		*bits = word;
		return true;
	case AGX_PARAM_F16:
		if (!read_float(text, &value))
			return false;
		*bits = to_half(value);
		return true;
	default:
		return read_integer(text, 16 * agx_param_halves(type), bits);
	}
}

/* --- -u ------------------------------------------------------------------------ */

/* "u4", "u4l", "u4h", "du4": the half, and the type that the value is read as. */
static bool read_register(const char *name, const char *value, struct agx_param *param)
{
	unsigned int word;
	char half = '\0';
	int used = 0;
	bool is_float = strchr(value, '.') || strstr(value, "inf") || strstr(value, "nan");
	bool wide = *name == 'd';

	name += wide;
	if (sscanf(name, "u%u%n%c%n", &word, &used, &half, &used) < 1 || name[used] ||
	    word >= AGX_UNIFORM_HALVES / 2 || (half && (wide || (half != 'l' && half != 'h'))))
		return false;
	param->start = (u16)(2 * word + (half == 'h'));
	param->count = 1;
	for (; *value; value++)
		param->count += *value == ',';
	if (wide)
		param->type = AGX_PARAM_U64;
	else if (half)
		param->type = is_float ? AGX_PARAM_F16 : AGX_PARAM_U16;
	else
		param->type = is_float ? AGX_PARAM_F32 : AGX_PARAM_U32;
	return true;
}

static int store(struct uniforms *uniforms, const struct agx_param *param, const char *spec,
		 char *values)
{
	u32 halves = agx_param_halves(param->type), start = param->start, n = 0;
	char *value, *rest = values;
	u64 bits;

	while ((value = strsep(&rest, ","))) {
		if (n++ == param->count)
			break;
		if (!read_value(value, param->type, &bits))
			return misuse("-u %s: '%s' is no %s", spec, value,
				      agx_param_type_name(param->type));
		if (start + halves > AGX_UNIFORM_HALVES)
			return misuse("-u %s: behind the last uniform, u255", spec);
		set(uniforms, start, &bits, halves);
		start += halves;
	}
	if (n != param->count)
		return misuse("-u %s: it has %u element%s", spec, param->count,
			      param->count == 1 ? "" : "s");
	return 0;
}

static const struct agx_param *find_scalar(const struct agx_kernel *kernel, const char *name)
{
	for (u32 i = 0; i < kernel->n_params; i++) {
		if (kernel->params[i].type != AGX_PARAM_BUFFER &&
		    !strcmp(kernel->params[i].name, name))
			return &kernel->params[i];
	}
	return NULL;
}

static int no_such(const struct agx_kernel *kernel, const char *spec, const char *name)
{
	misuse("-u %s: kernel %s has no scalar %s; it has:", spec, kernel->name, name);
	for (u32 i = 0; i < kernel->n_params; i++) {
		if (kernel->params[i].type != AGX_PARAM_BUFFER)
			fprintf(stderr, "  %s (%s)\n", kernel->params[i].name,
				agx_param_type_name(kernel->params[i].type));
	}
	return EXIT_MISUSED;
}

static int read_one(struct uniforms *uniforms, const struct agx_kernel *kernel, bool raw,
		    const char *spec)
{
	char *name = strdup(spec), *value;
	const struct agx_param *param;
	struct agx_param reg = { 0 };
	int status;

	if (!name)
		return fail("out of memory");
	value = strchr(name, '=');
	if (!value) {
		free(name);
		return misuse("-u %s: not NAME=VALUE", spec);
	}
	*value++ = '\0';
	param = raw ? &reg : find_scalar(kernel, name);
	if (!param)
		status = no_such(kernel, spec, name);
	else if (raw && !read_register(name, value, &reg))
		status = misuse("-u %s: '%s' is no uniform register, u0 to u255h", spec, name);
	else
		status = store(uniforms, param, spec, value);
	free(name);
	return status;
}

static bool has_value(const struct opts *opts, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < opts->uniforms.n; i++) {
		if (!strncmp(opts->uniforms.item[i], name, len) &&
		    opts->uniforms.item[i][len] == '=')
			return true;
	}
	return false;
}

static int all_given(const struct agx_kernel *kernel, const struct opts *opts)
{
	for (u32 i = 0; i < kernel->n_params; i++) {
		const struct agx_param *param = &kernel->params[i];

		if (param->type != AGX_PARAM_BUFFER && !has_value(opts, param->name))
			return misuse("kernel %s needs a value: -u %s=VALUE (%s)", kernel->name,
				      param->name, agx_param_type_name(param->type));
	}
	return 0;
}

int uniforms_read(struct uniforms *uniforms, const struct agx_kernel *kernel,
		  const struct buffers *buffers, const struct opts *opts)
{
	u32 n_buffers = 0;
	int status = 0;

	set(uniforms, kernel->constants.start, kernel->constants.data, kernel->constants.halves);
	for (u32 i = 0; i < kernel->n_params; i++) {
		if (kernel->params[i].type == AGX_PARAM_BUFFER)
			set(uniforms, kernel->params[i].start,
			    &buffers->item[n_buffers++].address, 4);
	}
	for (size_t i = 0; opts->raw && i < buffers->n; i++)
		set(uniforms, (u32)(4 * i), &buffers->item[i].address, 4);
	for (size_t i = 0; i < opts->uniforms.n && !status; i++)
		status = read_one(uniforms, kernel, opts->raw, opts->uniforms.item[i]);
	if (!status)
		status = all_given(kernel, opts);
	if (kernel->n_uniforms > uniforms->n)
		uniforms->n = kernel->n_uniforms;
	return status;
}
