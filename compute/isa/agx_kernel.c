// SPDX-License-Identifier: MIT
/* Kernel records: what is valid, and the container that files keep them in. */
#include "agx_kernel.h"

#include "agx_dispatch.h"

#define HEADER_SIZE 32u
#define KERNEL_SIZE 72u
#define PARAM_SIZE 12u

static const u8 magic[4] = { 'A', 'G', 'X', 'K' };

static const struct {
	const char *name;
	unsigned int halves;
} param_types[] = {
	[AGX_PARAM_BUFFER] = { "buffer", 4 }, [AGX_PARAM_U64] = { "u64", 4 },
	[AGX_PARAM_U32] = { "u32", 2 }, [AGX_PARAM_S32] = { "s32", 2 },
	[AGX_PARAM_F32] = { "f32", 2 }, [AGX_PARAM_U16] = { "u16", 1 },
	[AGX_PARAM_S16] = { "s16", 1 }, [AGX_PARAM_F16] = { "f16", 1 },
};

const char *agx_param_type_name(unsigned int type)
{
	return type < ARRAY_SIZE(param_types) ? param_types[type].name : NULL;
}

unsigned int agx_param_halves(unsigned int type)
{
	return type < ARRAY_SIZE(param_types) ? param_types[type].halves : 0;
}

static __printf(2, 3) int bad(struct agx_error *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -EINVAL;
	err->bit = -1;
	err->column = -1;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* --- what is valid --------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* An identifier of C, so that it can be one. */
static bool is_name(const char *name)
{
	size_t n = 0;

	if (!name)
		return false;
	for (; name[n]; n++) {
		if (n == AGX_KERNEL_NAME_MAX - 1)
			return false;
		if (!is_letter(name[n]) && !(n && name[n] >= '0' && name[n] <= '9'))
			return false;
	}
	return n > 0;
}

static int check_code(const struct agx_kernel *k, struct agx_error *err, const char *what,
		      const u8 *code, u32 size)
{
	if (!code || !size || size % 2 || size > AGX_PROGRAM_MAX)
		return bad(err, "kernel %s: %s has %u bytes; an even number up to %u is wanted",
			   k->name, what, code ? size : 0, AGX_PROGRAM_MAX);
	return 0;
}

static int check_regs(const struct agx_kernel *k, struct agx_error *err)
{
	if (k->n_regs % 8 || k->n_regs < 8 || k->n_regs > AGX_HALVES)
		return bad(err, "kernel %s: %u register halves; a multiple of 8 up to %u is wanted",
			   k->name, k->n_regs, AGX_HALVES);
	if (!k->preamble)
		return k->preamble_regs || k->preamble_size ?
			bad(err, "kernel %s: registers or bytes of a preamble that is not there",
			    k->name) : 0;
	if (k->preamble_regs % 16 || k->preamble_regs < 16 || k->preamble_regs > AGX_HALVES)
		return bad(err, "kernel %s: %u register halves of the preamble; a multiple of 16 up to %u is wanted",
			   k->name, k->preamble_regs, AGX_HALVES);
	return 0;
}

static int check_param(const struct agx_kernel *k, u32 i, struct agx_error *err)
{
	const struct agx_param *p = &k->params[i];
	u32 halves = agx_param_halves(p->type);

	if (!is_name(p->name))
		return bad(err, "kernel %s: parameter %u has no proper name", k->name, i);
	for (u32 j = 0; j < i; j++) {
		if (!strcmp(p->name, k->params[j].name))
			return bad(err, "kernel %s: two parameters are named %s", k->name, p->name);
	}
	if (!halves)
		return bad(err, "kernel %s: parameter %s has the unknown type %u", k->name, p->name,
			   p->type);
	/* Pairs of 32-bit uniforms need not begin at an even one. */
	if (!p->count || (halves > 1 && p->start % 2) ||
	    p->start + p->count * halves > k->n_uniforms)
		return bad(err, "kernel %s: parameter %s, %u %s from half %u, does not fit into %u halves",
			   k->name, p->name, p->count, agx_param_type_name(p->type), p->start,
			   k->n_uniforms);
	return 0;
}

static int check_params(const struct agx_kernel *k, struct agx_error *err)
{
	int ret = 0;

	if (k->n_uniforms > AGX_UNIFORM_HALVES)
		return bad(err, "kernel %s: %u uniform halves; there are %u", k->name, k->n_uniforms,
			   AGX_UNIFORM_HALVES);
	if (k->n_params > AGX_UNIFORM_HALVES || (k->n_params && !k->params))
		return bad(err, "kernel %s: %u parameters", k->name, k->n_params);
	for (u32 i = 0; !ret && i < k->n_params; i++)
		ret = check_param(k, i, err);
	return ret;
}

static int check_threadgroup(const struct agx_kernel *k, struct agx_error *err)
{
	const u16 *n = k->threadgroup;
	u64 threads = (u64)n[0] * n[1] * n[2];

	if (threads ? threads <= AGX_GROUP_THREADS : !n[0] && !n[1] && !n[2])
		return 0;
	return bad(err, "kernel %s: threadgroups of %u x %u x %u; up to %u threads, or 0 x 0 x 0",
		   k->name, n[0], n[1], n[2], AGX_GROUP_THREADS);
}

int agx_kernel_check(const struct agx_kernel *k, struct agx_error *err)
{
	const struct agx_constants *c = &k->constants;
	int ret;

	if (!is_name(k->name))
		return bad(err, "the kernel has no proper name");
	ret = check_code(k, err, "the code", k->code, k->code_size);
	if (!ret && k->preamble)
		ret = check_code(k, err, "the preamble", k->preamble, k->preamble_size);
	if (!ret)
		ret = check_regs(k, err);
	if (!ret)
		ret = check_params(k, err);
	if (ret)
		return ret;
	if (c->halves ? !c->data || c->start + c->halves > k->n_uniforms : c->start)
		return bad(err, "kernel %s: %u halves of constants from half %u do not fit into %u",
			   k->name, c->halves, c->start, k->n_uniforms);
	if (k->shared > AGX_LOCAL_MAX)
		return bad(err, "kernel %s: %u bytes of threadgroup memory; there are %u", k->name,
			   k->shared, AGX_LOCAL_MAX);
	if (k->stack > AGX_STACK_SIZE)
		return bad(err, "kernel %s: %u bytes of stack; there are %u", k->name, k->stack,
			   AGX_STACK_SIZE);
	return check_threadgroup(k, err);
}

/* --- reading --------------------------------------------------------------- */

struct file {
	const u8 *data;
	u64 size;
	u32 names, names_size;
	struct agx_error *err;
};

static u16 get16(const struct file *f, u64 at)
{
	return (u16)(f->data[at] | f->data[at + 1] << 8);
}

static u32 get32(const struct file *f, u64 at)
{
	return get16(f, at) | (u32)get16(f, at + 2) << 16;
}

/* Whether size bytes from offset on, which stands at byte at, are in the file. */
static int inside(const struct file *f, u64 at, const char *what, u64 offset, u64 size)
{
	if (offset < HEADER_SIZE || offset + size > f->size)
		return bad(f->err, "byte %llu: %s from byte %llu on, %llu bytes, in a file of %llu",
			   (unsigned long long)at, what, (unsigned long long)offset,
			   (unsigned long long)size, (unsigned long long)f->size);
	return 0;
}

static int zero(const struct file *f, u64 at, u32 value)
{
	return value ? bad(f->err, "byte %llu: 0x%x; this version knows nothing but 0 there",
			   (unsigned long long)at, value) : 0;
}

/* A name that ends within the names, which are within the file. */
static int get_name(const struct file *f, u64 at, const char **name)
{
	u32 offset = get32(f, at);

	if (offset >= f->names_size)
		return bad(f->err, "byte %llu: a name at %u of %u bytes of names",
			   (unsigned long long)at, offset, f->names_size);
	*name = (const char *)f->data + f->names + offset;
	if (strnlen(*name, f->names_size - offset) == f->names_size - offset)
		return bad(f->err, "byte %llu: the name at %u of %u does not end",
			   (unsigned long long)at, offset, f->names_size);
	return 0;
}

static int get_header(struct file *f)
{
	u32 size;
	int ret;

	if (f->size < HEADER_SIZE || memcmp(f->data, magic, sizeof(magic)))
		return bad(f->err, "not a container of kernels: it does not begin with AGXK");
	if (get16(f, 4) != AGX_CONTAINER_VERSION)
		return bad(f->err, "byte 4: version %u; this is for version %u", get16(f, 4),
			   AGX_CONTAINER_VERSION);
	ret = zero(f, 6, get16(f, 6));
	if (ret)
		return ret;
	size = get32(f, 8);
	if (size != f->size)
		return bad(f->err, "byte 8: the file should have %u bytes, it has %llu", size,
			   (unsigned long long)f->size);
	if (get32(f, 12) > AGX_CONTAINER_MAX_KERNELS)
		return bad(f->err, "byte 12: %u kernels; at most %u", get32(f, 12),
			   AGX_CONTAINER_MAX_KERNELS);
	f->names = get32(f, 20);
	f->names_size = get32(f, 24);
	ret = inside(f, 16, "kernels", get32(f, 16), (u64)get32(f, 12) * KERNEL_SIZE);
	if (!ret)
		ret = inside(f, 20, "names", f->names, f->names_size);
	return ret ? ret : zero(f, 28, get32(f, 28));
}

/* at: of the offset; the size follows it. */
static int get_code(const struct file *f, u64 at, const char *what, const u8 **code, u32 *size)
{
	u32 offset = get32(f, at);
	int ret;

	*size = get32(f, at + 4);
	if (!offset && !*size)
		return 0;
	ret = inside(f, at, what, offset, *size);
	if (!ret)
		*code = f->data + offset;
	return ret;
}

static int get_params(const struct file *f, u64 at, struct agx_kernel *k)
{
	u64 offset = get32(f, at);
	u32 n = get32(f, at + 4);
	struct agx_param *params;
	int ret;

	if (n > AGX_UNIFORM_HALVES)
		return bad(f->err, "byte %llu: %u parameters; at most %u", (unsigned long long)at + 4, n,
			   AGX_UNIFORM_HALVES);
	if (!n)
		return zero(f, at, get32(f, at));
	ret = inside(f, at, "parameters", offset, (u64)n * PARAM_SIZE);
	if (ret)
		return ret;
	params = agx_alloc(n * sizeof(*params));
	if (!params)
		return -ENOMEM;
	k->params = params;
	k->n_params = (u16)n;
	for (; n; n--, params++, offset += PARAM_SIZE) {
		ret = get_name(f, offset, &params->name);
		if (!ret)
			ret = zero(f, offset + 10, get16(f, offset + 10));
		if (ret)
			return ret;
		params->type = get16(f, offset + 4);
		params->start = get16(f, offset + 6);
		params->count = get16(f, offset + 8);
	}
	return 0;
}

static int get_constants(const struct file *f, u64 at, struct agx_constants *c)
{
	u32 offset = get32(f, at);
	int ret;

	c->start = get16(f, at + 4);
	c->halves = get16(f, at + 6);
	if (!c->halves)
		return zero(f, at, offset);
	ret = inside(f, at, "constants", offset, 2ull * c->halves);
	if (!ret)
		c->data = f->data + offset;
	return ret;
}

static int get_kernel(const struct file *f, u64 at, struct agx_kernel *k)
{
	int ret = get_name(f, at, &k->name);

	if (!ret)
		ret = get_code(f, at + 4, "code", &k->code, &k->code_size);
	if (!ret)
		ret = get_code(f, at + 12, "preamble", &k->preamble, &k->preamble_size);
	if (!ret)
		ret = get_params(f, at + 20, k);
	if (!ret)
		ret = get_constants(f, at + 28, &k->constants);
	if (!ret)
		ret = zero(f, at + 42, get16(f, at + 42));
	if (!ret)
		ret = zero(f, at + 58, get16(f, at + 58));
	for (u32 i = 60; !ret && i < KERNEL_SIZE; i += 4)
		ret = zero(f, at + i, get32(f, at + i));
	if (ret)
		return ret;
	k->n_regs = get16(f, at + 36);
	k->preamble_regs = get16(f, at + 38);
	k->n_uniforms = get16(f, at + 40);
	k->shared = get32(f, at + 44);
	k->stack = get32(f, at + 48);
	for (u32 i = 0; i < 3; i++)
		k->threadgroup[i] = get16(f, at + 52 + 2 * i);
	return agx_kernel_check(k, f->err);
}

static int find_twin(const struct agx_kernel *kernel, u32 n, struct agx_error *err)
{
	for (u32 i = 0; i < n; i++) {
		if (!strcmp(kernel[i].name, kernel[n].name))
			return bad(err, "two kernels are named %s", kernel[n].name);
	}
	return 0;
}

int agx_container_parse(struct agx_container *container, const void *data, size_t size,
			struct agx_error *err)
{
	struct file f = { .data = data, .size = size, .err = err };
	struct agx_container c = { NULL, 0 };
	u32 n;
	int ret = get_header(&f);

	if (ret)
		return ret;
	n = get32(&f, 12);
	c.kernel = agx_alloc((n + 1) * sizeof(*c.kernel));
	if (!c.kernel)
		return -ENOMEM;
	while (!ret && c.n_kernels < n) {
		struct agx_kernel *k = &c.kernel[c.n_kernels];

		ret = get_kernel(&f, get32(&f, 16) + (u64)c.n_kernels * KERNEL_SIZE, k);
		if (!ret)
			ret = find_twin(c.kernel, c.n_kernels, err);
		c.n_kernels++;
	}
	if (ret)
		agx_container_destroy(&c);
	else
		*container = c;
	return ret;
}

void agx_container_destroy(struct agx_container *container)
{
	for (u32 i = 0; i < container->n_kernels; i++)
		agx_free((void *)container->kernel[i].params);
	agx_free(container->kernel);
	container->kernel = NULL;
	container->n_kernels = 0;
}

/* --- writing --------------------------------------------------------------- */

/* With data NULL it only counts, so that one function does both. */
struct out {
	u8 *data;
	u64 size;		/* so far */
	u64 names;		/* where the next name goes */
	u64 names_start;
};

static void put16(struct out *o, u64 at, u32 value)
{
	if (o->data) {
		o->data[at] = (u8)value;
		o->data[at + 1] = (u8)(value >> 8);
	}
}

static void put32(struct out *o, u64 at, u32 value)
{
	put16(o, at, value);
	put16(o, at + 2, value >> 16);
}

/* Appends bytes, at a multiple of 4, and notes at byte at where they are. */
static void put_bytes(struct out *o, u64 at, const void *bytes, u64 size)
{
	if (!size)
		return;
	put32(o, at, (u32)o->size);
	if (o->data)
		memcpy(o->data + o->size, bytes, size);
	o->size += (size + 3) & ~3ull;
}

static void put_name(struct out *o, u64 at, const char *name)
{
	u64 size = strlen(name) + 1;

	put32(o, at, (u32)(o->names - o->names_start));
	if (o->data)
		memcpy(o->data + o->names, name, size);
	o->names += size;
}

static void put_kernel(struct out *o, u64 at, const struct agx_kernel *k)
{
	u64 params = o->size;

	put_name(o, at, k->name);
	if (k->n_params)
		put32(o, at + 20, (u32)params);
	put32(o, at + 24, k->n_params);
	o->size += k->n_params * PARAM_SIZE;
	for (u32 i = 0; i < k->n_params; i++, params += PARAM_SIZE) {
		put_name(o, params, k->params[i].name);
		put16(o, params + 4, k->params[i].type);
		put16(o, params + 6, k->params[i].start);
		put16(o, params + 8, k->params[i].count);
	}
	put_bytes(o, at + 4, k->code, k->code_size);
	put32(o, at + 8, k->code_size);
	put_bytes(o, at + 12, k->preamble, k->preamble_size);
	put32(o, at + 16, k->preamble_size);
	put_bytes(o, at + 28, k->constants.data, 2ull * k->constants.halves);
	put16(o, at + 32, k->constants.start);
	put16(o, at + 34, k->constants.halves);
	put16(o, at + 36, k->n_regs);
	put16(o, at + 38, k->preamble_regs);
	put16(o, at + 40, k->n_uniforms);
	put32(o, at + 44, k->shared);
	put32(o, at + 48, k->stack);
	for (u32 i = 0; i < 3; i++)
		put16(o, at + 52 + 2 * i, k->threadgroup[i]);
}

/* Header, kernels, what they refer to, names. */
static void put_all(struct out *o, const struct agx_kernel *kernel, u32 n)
{
	u64 names = o->names_start;

	o->size = HEADER_SIZE + (u64)n * KERNEL_SIZE;
	o->names = names;
	if (o->data)
		memcpy(o->data, magic, sizeof(magic));
	put16(o, 4, AGX_CONTAINER_VERSION);
	put32(o, 12, n);
	put32(o, 16, HEADER_SIZE);
	for (u32 i = 0; i < n; i++)
		put_kernel(o, HEADER_SIZE + (u64)i * KERNEL_SIZE, &kernel[i]);
	put32(o, 20, (u32)names);
	put32(o, 24, (u32)(o->names - names));
	put32(o, 8, (u32)o->names);
}

int agx_container_build(void **data, size_t *size, const struct agx_kernel *kernel,
			u32 n_kernels, struct agx_error *err)
{
	struct out o = { NULL, 0, 0, 0 };

	if (n_kernels > AGX_CONTAINER_MAX_KERNELS)
		return bad(err, "%u kernels; at most %u", n_kernels, AGX_CONTAINER_MAX_KERNELS);
	for (u32 i = 0; i < n_kernels; i++) {
		int ret = agx_kernel_check(&kernel[i], err);

		if (!ret)
			ret = find_twin(kernel, i, err);
		if (ret)
			return ret;
	}
	put_all(&o, kernel, n_kernels);
	if (o.size + o.names > UINT_MAX)
		return bad(err, "the container would have more than 4 GiB");
	/* Names come last: now that the size of the rest is known, once more. */
	o.names_start = o.size;
	*size = o.size + o.names;
	o.data = agx_alloc(*size);
	if (!o.data)
		return -ENOMEM;
	put_all(&o, kernel, n_kernels);
	*data = o.data;
	return 0;
}
