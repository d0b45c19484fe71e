// SPDX-License-Identifier: MIT
/*
 * What the threads of the fuzzer do: steps, chosen by weight.  Ids and handles are
 * guessed, small as they are, so that threads work on what others made and destroy what
 * others use.
 */
#include "fuzz.h"
#include "fuzz_submit.h"

#include <drm/asahi_drm.h>
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uapi/drm/agx_compute_drm.h"

#define PAGE 0x4000u

int fuzz_count(struct fuzz_thread *t, enum fuzz_call call, int ret)
{
	u32 error = ret < 0 ? (u32)-ret : 0;

	t->stats.count[call][error < FUZZ_ERRNO_MAX ? error : FUZZ_ERRNO_MAX - 1]++;
	return ret;
}

int fuzz_ioctl(struct fuzz_thread *t, enum fuzz_call call, int fd, unsigned long request,
	       void *args)
{
	return fuzz_count(t, call, ioctl(fd, request, args) ? -errno : 0);
}

int fuzz_open(const struct fuzz *fuzz)
{
	return open(fuzz->node, O_RDWR | O_CLOEXEC);
}

/* --- memory that may not be there ----------------------------------------------- */

static _Thread_local sigjmp_buf no_page;

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(no_page, 1);
}

static void expect_bus_errors(void)
{
	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = on_bus_error }, NULL);
}

bool fuzz_store(void *to, const void *from, size_t size)
{
	expect_bus_errors();
	if (sigsetjmp(no_page, 1))
		return false;
	memcpy(to, from, size);
	return true;
}

bool fuzz_flip(struct fuzz_rng *rng, void *at, u32 size, u32 n)
{
	volatile u8 *byte = at;

	expect_bus_errors();
	if (sigsetjmp(no_page, 1))
		return false;
	while (n--)
		byte[rng_below(rng, size)] ^= (u8)(1u << rng_below(rng, 8));
	return true;
}

/* --- what steps guess ----------------------------------------------------------- */

/* Mostly the thread's own, so that it gets somewhere. */
static u32 some_client(struct fuzz_thread *t)
{
	if (rng_below(&t->rng, 4))
		return t->index % FUZZ_CLIENTS;
	return rng_below(&t->rng, FUZZ_CLIENTS);
}

static int some_fd(struct fuzz_thread *t)
{
	return t->fuzz->client[some_client(t)];
}

static u32 some_id(struct fuzz_thread *t)
{
	switch (rng_below(&t->rng, 40)) {
	case 0:
		return 0;
	case 1:
		return (u32)rng_u64(&t->rng);
	default:
		return 1 + rng_below(&t->rng, FUZZ_IDS);
	}
}

/* Now and then a flag or a pad that is not 0. */
static u32 some_zero(struct fuzz_thread *t)
{
	return rng_one_in(&t->rng, 60) ? 1u << rng_below(&t->rng, 32) : 0;
}

static u64 some_size(struct fuzz_thread *t)
{
	switch (rng_below(&t->rng, 40)) {
	case 0:
		return 0;
	case 1:
		return rng_u64(&t->rng);
	case 2:
		return 1ull << rng_below(&t->rng, 64);
	case 3:
		return rng_below(&t->rng, 4 * PAGE);
	case 4:
		return 64 * PAGE;
	default:
		return (1 + rng_below(&t->rng, 8)) * (u64)PAGE;
	}
}

/* A GPU address: of a rig's regions, of the borders of what there is, or any. */
static u64 some_address(struct fuzz_thread *t)
{
	static const u64 border[] = {
		0, PAGE, 0x7f00000000ull, 0x7fffff8000ull, 0x7fffffc000ull, 1ull << 39,
		~0ull - PAGE + 1,
	};
	u64 address;

	switch (rng_below(&t->rng, 24)) {
	case 0:
		return rng_u64(&t->rng);
	case 1:
		return border[rng_below(&t->rng, ARRAY_SIZE(border))];
	case 2:
		return rng_u64(&t->rng) >> 25 & ~(u64)(PAGE - 1);
	default:
		/* Mostly where nothing is that a submission needs. */
		address = rng_one_in(&t->rng, 6) ? fuzz_region_address[rng_below(&t->rng, 4)] :
						   0x4000000000ull;
		address += (rng_below(&t->rng, 24) - 8) * (u64)PAGE;
		return rng_one_in(&t->rng, 30) ? address + rng_below(&t->rng, PAGE) : address;
	}
}

/* Where the kernel is told to read or write: buffer, or something that is none. */
static u64 some_pointer(struct fuzz_thread *t, void *buffer)
{
	switch (rng_below(&t->rng, 30)) {
	case 0:
		return 0;
	case 1:
		return rng_u64(&t->rng);
	case 2:
		return 0xffff888000000000ull;
	default:
		return (u64)(uintptr_t)buffer;
	}
}

/* --- ioctls that tell ----------------------------------------------------------- */

static void step_get_params(struct fuzz_thread *t)
{
	struct drm_asahi_params_global params;
	struct drm_asahi_get_params args = {
		.param_group = some_zero(t), .pad = some_zero(t),
		.pointer = some_pointer(t, &params),
		.size = rng_below(&t->rng, sizeof(params) + 1),
	};

	fuzz_ioctl(t, CALL_GET_PARAMS, some_fd(t), DRM_IOCTL_ASAHI_GET_PARAMS, &args);
}

static void step_get_time(struct fuzz_thread *t)
{
	struct drm_asahi_get_time args = { .flags = some_zero(t) };

	fuzz_ioctl(t, CALL_GET_TIME, some_fd(t), DRM_IOCTL_ASAHI_GET_TIME, &args);
}

static void step_get_info(struct fuzz_thread *t)
{
	struct drm_agxc_info info;
	struct drm_agxc_get_info args = {
		.pointer = some_pointer(t, &info), .size = rng_below(&t->rng, sizeof(info) + 1),
	};

	fuzz_ioctl(t, CALL_GET_INFO, some_fd(t), DRM_IOCTL_AGXC_GET_INFO, &args);
}

static void step_get_counters(struct fuzz_thread *t)
{
	__u64 value[DRM_AGXC_COUNTERS];
	struct drm_agxc_get_counters args = {
		.flags = rng_below(&t->rng, 4) | some_zero(t), .queue_id = some_id(t),
		.pointer = some_pointer(t, value), .size = rng_below(&t->rng, sizeof(value) + 1),
	};

	fuzz_ioctl(t, CALL_GET_COUNTERS, some_fd(t), DRM_IOCTL_AGXC_GET_COUNTERS, &args);
}

static void step_get_fault(struct fuzz_thread *t)
{
	struct drm_agxc_fault fault = { .reason = DRM_AGXC_FAULT_NONE };
	struct drm_agxc_get_fault args = {
		.flags = some_zero(t), .vm_id = some_id(t),
		.pointer = some_pointer(t, &fault), .size = rng_below(&t->rng, sizeof(fault) + 1),
	};

	fuzz_ioctl(t, CALL_GET_FAULT, some_fd(t), DRM_IOCTL_AGXC_GET_FAULT, &args);
	t->stats.fault[fault.reason % FUZZ_REASONS]++;
}

static void step_capture(struct fuzz_thread *t)
{
	static const char *const file[] = { "/dev/null", "/dev/full", "/dev/zero", "." };
	u32 kind = rng_below(&t->rng, 8);
	int fd = kind < ARRAY_SIZE(file) ? open(file[kind], kind == 3 ? O_RDONLY : O_WRONLY) :
					   memfd_create("capture", MFD_CLOEXEC);
	struct drm_agxc_capture args = {
		.flags = some_zero(t), .queue_id = some_id(t),
		.fd = rng_one_in(&t->rng, 4) ? -1 : fd, .pad = some_zero(t),
	};
	struct fuzz_rig *rig = &t->rig[rng_below(&t->rng, FUZZ_RIGS)];

	if (rig->made) {
		args.queue_id = rig->queue;
		fuzz_ioctl(t, CALL_CAPTURE, t->fuzz->client[rig->client], DRM_IOCTL_AGXC_CAPTURE,
			   &args);
		fuzz_submit_good(t, rig);
	} else {
		fuzz_ioctl(t, CALL_CAPTURE, some_fd(t), DRM_IOCTL_AGXC_CAPTURE, &args);
	}
	close(fd);
}

/* --- VMs ------------------------------------------------------------------------ */

static void destroy_vm(struct fuzz_thread *t, int fd, u32 id)
{
	struct drm_asahi_vm_destroy args = { .vm_id = id };

	fuzz_ioctl(t, CALL_VM_DESTROY, fd, DRM_IOCTL_ASAHI_VM_DESTROY, &args);
}

static u32 create_vm(struct fuzz_thread *t, int fd, u64 start, u64 end)
{
	struct drm_asahi_vm_create args = {
		.kernel_start = start, .kernel_end = end, .pad = some_zero(t),
	};

	if (fuzz_ioctl(t, CALL_VM_CREATE, fd, DRM_IOCTL_ASAHI_VM_CREATE, &args))
		return 0;
	return args.vm_id;
}

static void step_vm_create(struct fuzz_thread *t)
{
	u64 start = some_address(t), end = start + 0x20000000ull;
	int fd = some_fd(t);
	u32 id;

	if (rng_below(&t->rng, 3)) {
		end = 0x7fffff8000ull;
		start = end - 0x20000000ull;
	} else if (rng_one_in(&t->rng, 3)) {
		end = some_address(t);
	}
	id = create_vm(t, fd, start, end);
	if (id > FUZZ_IDS)
		destroy_vm(t, fd, id);
}

static void step_vm_destroy(struct fuzz_thread *t)
{
	destroy_vm(t, some_fd(t), some_id(t));
}

static void some_bind(struct fuzz_thread *t, struct drm_asahi_gem_bind_op *op)
{
	memset(op, 0, sizeof(*op));
	op->flags = 1 + rng_below(&t->rng, 7);
	if (rng_one_in(&t->rng, 6))
		op->flags |= DRM_ASAHI_BIND_SINGLE_PAGE;
	op->flags |= some_zero(t);
	op->addr = some_address(t);
	op->range = some_size(t);
	op->handle = some_id(t);
	op->offset = rng_below(&t->rng, 3) ? 0 : rng_below(&t->rng, 8) * (u64)PAGE;
	if (op->flags & DRM_ASAHI_BIND_UNBIND && !rng_one_in(&t->rng, 10)) {
		op->flags = DRM_ASAHI_BIND_UNBIND;
		op->handle = 0;
		op->offset = 0;
	}
}

static void step_vm_bind(struct fuzz_thread *t)
{
	struct drm_asahi_gem_bind_op op[16];
	struct drm_asahi_vm_bind args = {
		.vm_id = some_id(t), .num_binds = 1 + rng_below(&t->rng, ARRAY_SIZE(op)),
		.stride = sizeof(op[0]), .pad = some_zero(t),
	};

	for (u32 i = 0; i < args.num_binds; i++)
		some_bind(t, &op[i]);
	args.userptr = some_pointer(t, op);
	if (rng_one_in(&t->rng, 30))
		args.stride = rng_below(&t->rng, 100);
	if (rng_one_in(&t->rng, 60))
		args.num_binds = (u32)rng_u64(&t->rng);
	fuzz_ioctl(t, CALL_VM_BIND, some_fd(t), DRM_IOCTL_ASAHI_VM_BIND, &args);
}

/* --- buffers -------------------------------------------------------------------- */

static void close_gem(struct fuzz_thread *t, int fd, u32 handle)
{
	struct drm_gem_close args = { .handle = handle };

	fuzz_ioctl(t, CALL_GEM_CLOSE, fd, DRM_IOCTL_GEM_CLOSE, &args);
}

static u32 create_gem(struct fuzz_thread *t, int fd, u64 size, u32 flags, u32 vm)
{
	struct drm_asahi_gem_create args = {
		.size = size, .flags = flags, .vm_id = vm, .pad = some_zero(t),
	};

	if (fuzz_ioctl(t, CALL_GEM_CREATE, fd, DRM_IOCTL_ASAHI_GEM_CREATE, &args))
		return 0;
	return args.handle;
}

static void step_gem_create(struct fuzz_thread *t)
{
	u32 flags = rng_below(&t->rng, 4) | some_zero(t);
	u32 vm = flags & DRM_ASAHI_GEM_VM_PRIVATE || rng_one_in(&t->rng, 20) ? some_id(t) : 0;
	int fd = some_fd(t);
	u32 handle = create_gem(t, fd, some_size(t), flags, vm);

	if (handle > FUZZ_IDS)
		close_gem(t, fd, handle);
}

static void step_gem_close(struct fuzz_thread *t)
{
	close_gem(t, some_fd(t), some_id(t));
}

static void unmap(struct fuzz_map *map)
{
	if (map->address)
		munmap(map->address, map->size);
	map->address = NULL;
}

/* Maps a buffer; NULL where that is not possible. */
static void *map_gem(struct fuzz_thread *t, int fd, u32 handle, size_t size)
{
	struct drm_asahi_gem_mmap_offset args = { .handle = handle, .flags = some_zero(t) };
	void *address;

	if (fuzz_ioctl(t, CALL_GEM_MMAP_OFFSET, fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &args))
		return NULL;
	address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)args.offset);
	fuzz_count(t, CALL_MMAP, address == MAP_FAILED ? -errno : 0);
	return address == MAP_FAILED ? NULL : address;
}

static void step_map(struct fuzz_thread *t)
{
	struct fuzz_map *map = &t->map[rng_below(&t->rng, FUZZ_MAPS)];

	unmap(map);
	map->size = (1 + rng_below(&t->rng, 4)) * (size_t)PAGE;
	map->address = map_gem(t, some_fd(t), some_id(t), map->size);
}

/* Bits of somebody's buffer: code, control streams, data, while it runs. */
static void step_scribble(struct fuzz_thread *t)
{
	struct fuzz_map *map = &t->map[rng_below(&t->rng, FUZZ_MAPS)];

	if (map->address)
		fuzz_flip(&t->rng, map->address, (u32)map->size, rng_below(&t->rng, 64));
}

static void step_unmap(struct fuzz_thread *t)
{
	unmap(&t->map[rng_below(&t->rng, FUZZ_MAPS)]);
}

/* A buffer of another driver: its file, or -1. */
static int export_foreign(struct fuzz_thread *t)
{
	struct drm_mode_create_dumb dumb = {
		.width = 64 * (1 + rng_below(&t->rng, 4)), .height = 64 + rng_below(&t->rng, 64),
		.bpp = 32,
	};
	struct drm_prime_handle args = { .flags = DRM_RDWR };
	struct drm_gem_close gone;

	if (t->fuzz->foreign < 0 || ioctl(t->fuzz->foreign, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		return -1;
	args.handle = dumb.handle;
	gone = (struct drm_gem_close){ .handle = dumb.handle };
	if (ioctl(t->fuzz->foreign, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args))
		args.fd = -1;
	ioctl(t->fuzz->foreign, DRM_IOCTL_GEM_CLOSE, &gone);
	return args.fd;
}

static int export_own(struct fuzz_thread *t)
{
	struct drm_prime_handle args = {
		.handle = some_id(t), .flags = rng_one_in(&t->rng, 10) ? DRM_CLOEXEC : DRM_RDWR,
	};

	if (fuzz_ioctl(t, CALL_PRIME_EXPORT, some_fd(t), DRM_IOCTL_PRIME_HANDLE_TO_FD, &args))
		return -1;
	return args.fd;
}

static void step_prime(struct fuzz_thread *t)
{
	int fd = rng_one_in(&t->rng, 4) ? export_foreign(t) : export_own(t);
	struct drm_prime_handle args = { .fd = fd };
	int client = some_fd(t);
	void *address;

	if (fd < 0)
		return;
	if (rng_one_in(&t->rng, 3)) {
		address = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		fuzz_count(t, CALL_MMAP, address == MAP_FAILED ? -errno : 0);
		if (address != MAP_FAILED) {
			fuzz_flip(&t->rng, address, PAGE, 8);
			munmap(address, PAGE);
		}
	}
	if (!fuzz_ioctl(t, CALL_PRIME_IMPORT, client, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args) &&
	    args.handle > FUZZ_IDS && rng_one_in(&t->rng, 2))
		close_gem(t, client, args.handle);
	close(fd);
}

static void step_bind_object(struct fuzz_thread *t)
{
	struct drm_asahi_gem_bind_object args = {
		.op = rng_below(&t->rng, 3), .flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS,
		.handle = some_id(t), .vm_id = some_zero(t), .range = PAGE, .pad = some_zero(t),
	};
	int fd = some_fd(t);

	if (rng_one_in(&t->rng, 8)) {
		args.range = some_size(t);
		args.offset = some_size(t);
	}
	if (args.op == DRM_ASAHI_BIND_OBJECT_OP_UNBIND) {
		args = (struct drm_asahi_gem_bind_object){
			.op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND, .object_handle = some_id(t),
			.flags = some_zero(t),
		};
	}
	if (!fuzz_ioctl(t, CALL_GEM_BIND_OBJECT, fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &args) &&
	    args.op == DRM_ASAHI_BIND_OBJECT_OP_BIND && args.object_handle > FUZZ_IDS) {
		args = (struct drm_asahi_gem_bind_object){
			.op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND, .object_handle = args.object_handle,
		};
		fuzz_ioctl(t, CALL_GEM_BIND_OBJECT, fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &args);
	}
}

/* --- queues --------------------------------------------------------------------- */

static void destroy_queue(struct fuzz_thread *t, int fd, u32 id)
{
	struct drm_asahi_queue_destroy args = { .queue_id = id };

	fuzz_ioctl(t, CALL_QUEUE_DESTROY, fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &args);
}

static u32 create_queue(struct fuzz_thread *t, int fd, u32 vm)
{
	struct drm_asahi_queue_create args = {
		.flags = some_zero(t), .vm_id = vm, .priority = rng_below(&t->rng, 2),
		.usc_exec_base = fuzz_region_address[REGION_USC],
	};

	if (rng_one_in(&t->rng, 30))
		args.priority = rng_below(&t->rng, 6);
	if (rng_one_in(&t->rng, 30))
		args.usc_exec_base = some_address(t);
	if (fuzz_ioctl(t, CALL_QUEUE_CREATE, fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &args))
		return 0;
	return args.queue_id;
}

static void step_queue_create(struct fuzz_thread *t)
{
	int fd = some_fd(t);
	u32 id = create_queue(t, fd, some_id(t));

	if (id > FUZZ_IDS)
		destroy_queue(t, fd, id);
}

static void step_queue_destroy(struct fuzz_thread *t)
{
	destroy_queue(t, some_fd(t), some_id(t));
}

/* --- rigs ----------------------------------------------------------------------- */

static void drop_rig(struct fuzz_thread *t, struct fuzz_rig *rig)
{
	int fd = t->fuzz->client[rig->client];
	u32 order = rng_below(&t->rng, 3);

	if (!rig->made)
		return;
	if (order == 0)
		destroy_vm(t, fd, rig->vm);
	for (u32 i = 0; i < ARRAY_SIZE(rig->handle); i++)
		close_gem(t, fd, rig->handle[i]);
	destroy_queue(t, fd, rig->queue);
	if (order != 0)
		destroy_vm(t, fd, rig->vm);
	rig->made = false;
}

static bool fill_region(struct fuzz_thread *t, int fd, u32 handle, u32 region)
{
	u8 *at = map_gem(t, fd, handle, FUZZ_REGION_SIZE);
	bool done = at && fuzz_store(at, t->fuzz->image.byte[region], FUZZ_REGION_SIZE);

	if (at)
		munmap(at, FUZZ_REGION_SIZE);
	return done;
}

static bool make_region(struct fuzz_thread *t, int fd, struct fuzz_rig *rig, u32 region)
{
	bool private = rng_one_in(&t->rng, 2);
	struct drm_asahi_gem_bind_op op = {
		.flags = DRM_ASAHI_BIND_READ | (region == REGION_DATA ? DRM_ASAHI_BIND_WRITE : 0),
		.range = FUZZ_REGION_SIZE, .addr = fuzz_region_address[region],
	};
	struct drm_asahi_vm_bind args = {
		.vm_id = rig->vm, .num_binds = 1, .stride = sizeof(op), .userptr = (uintptr_t)&op,
	};

	rig->handle[region] = create_gem(t, fd, FUZZ_REGION_SIZE,
					 private ? DRM_ASAHI_GEM_VM_PRIVATE :
						   DRM_ASAHI_GEM_WRITEBACK,
					 private ? rig->vm : 0);
	op.handle = rig->handle[region];
	return rig->handle[region] && fill_region(t, fd, op.handle, region) &&
	       !fuzz_ioctl(t, CALL_VM_BIND, fd, DRM_IOCTL_ASAHI_VM_BIND, &args);
}

void fuzz_make_rig(struct fuzz_thread *t, struct fuzz_rig *rig, u32 client)
{
	int fd = t->fuzz->client[client];

	drop_rig(t, rig);
	memset(rig, 0, sizeof(*rig));
	rig->client = client;
	rig->vm = create_vm(t, fd, 0x7f00000000ull, 0x7fffff8000ull);
	if (!rig->vm)
		return;
	rig->made = true;
	for (u32 i = 0; i < ARRAY_SIZE(rig->handle); i++)
		rig->made &= make_region(t, fd, rig, i);
	rig->queue = create_queue(t, fd, rig->vm);
	if (!rig->made || !rig->queue) {
		rig->made = true;
		drop_rig(t, rig);
	}
}

static struct fuzz_rig *some_rig(struct fuzz_thread *t)
{
	struct fuzz_rig *rig = &t->rig[rng_below(&t->rng, FUZZ_RIGS)];

	if (!rig->made)
		fuzz_make_rig(t, rig, some_client(t));
	return rig;
}

static void step_drop_rig(struct fuzz_thread *t)
{
	drop_rig(t, &t->rig[rng_below(&t->rng, FUZZ_RIGS)]);
}

/*
 * The rig's own buffers are damaged: what runs, and what is submitted from now on.  They
 * are repaired before, or nothing would get beyond its control stream soon.
 */
static void step_damage(struct fuzz_thread *t)
{
	struct fuzz_rig *rig = some_rig(t);
	u32 region = rng_one_in(&t->rng, 2) ? REGION_USC : rng_below(&t->rng, 4);
	int fd = t->fuzz->client[rig->client];
	u8 *at = rig->made ? map_gem(t, fd, rig->handle[region], FUZZ_REGION_SIZE) : NULL;

	if (!at)
		return;
	fuzz_store(at, t->fuzz->image.byte[region], FUZZ_REGION_SIZE);
	fuzz_flip(&t->rng, at, t->fuzz->image.used[region], rng_below(&t->rng, 4));
	munmap(at, FUZZ_REGION_SIZE);
}

static void step_submit(struct fuzz_thread *t)
{
	struct fuzz_rig *rig = some_rig(t);

	if (rig->made && !fuzz_submit_good(t, rig))
		drop_rig(t, rig);
}

static void step_submit_mutated(struct fuzz_thread *t)
{
	struct fuzz_rig *rig = some_rig(t);

	if (rig->made)
		fuzz_submit_mutated(t, rig);
}

/* --- the rest ------------------------------------------------------------------- */

/*
 * Any number of the driver's, any size, any bytes.  Not of DRM's own: with a large
 * count of syncobjs these warn.
 */
static void step_raw(struct fuzz_thread *t)
{
	/* What is written through pointers may be longer than the arguments. */
	static _Thread_local u64 bytes[8192];
	u32 number = DRM_COMMAND_BASE + rng_below(&t->rng, DRM_AGXC_CAPTURE + 1);
	u32 size = rng_below(&t->rng, rng_one_in(&t->rng, 20) ? 256 : 64);

	if (rng_one_in(&t->rng, 4))
		number = DRM_COMMAND_BASE + rng_below(&t->rng, DRM_COMMAND_END - DRM_COMMAND_BASE);
	for (u32 i = 0; i < 32; i++)
		bytes[i] = rng_one_in(&t->rng, 3) ? rng_u64(&t->rng) :
			   rng_one_in(&t->rng, 2) ? some_pointer(t, bytes) : some_id(t);
	fuzz_ioctl(t, CALL_RAW, some_fd(t),
		   _IOC(rng_below(&t->rng, 4), DRM_IOCTL_BASE, number, size), bytes);
}

/* The number stays taken, so that no other thread gets somebody else's file. */
static void step_reopen(struct fuzz_thread *t)
{
	int fd;

	if (!rng_one_in(&t->rng, 4))
		return;
	fd = fuzz_open(t->fuzz);
	fuzz_count(t, CALL_OPEN, fd < 0 ? -errno : 0);
	if (fd < 0)
		return;
	dup3(fd, some_fd(t), O_CLOEXEC);
	close(fd);
}

static void pause_ms(u32 ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* A process that uses its parent's files, or has files of its own, is killed. */
static void step_fork(struct fuzz_thread *t)
{
	u32 ms = rng_below(&t->rng, 40);
	bool own = rng_one_in(&t->rng, 2);
	u64 seed = rng_u64(&t->rng);
	pid_t pid;

	if (!t->fuzz->children)
		return;
	pid = fork();
	fuzz_count(t, CALL_FORK, pid < 0 ? -errno : 0);
	if (pid < 0)
		return;
	if (!pid) {
		t->fuzz->children = false;
		t->fuzz->seed = seed;
		for (u32 i = 0; own && i < FUZZ_CLIENTS; i++)
			step_reopen(t);
		for (u64 n = 0;; n++)
			fuzz_step(t, n);
	}
	pause_ms(ms);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* What the kernel tells of the files. */
static void step_fdinfo(struct fuzz_thread *t)
{
	char path[64], text[4096];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", some_fd(t));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	fuzz_count(t, CALL_READ, fd < 0 || read(fd, text, sizeof(text)) < 0 ? -errno : 0);
	if (fd >= 0)
		close(fd);
}

static const struct {
	const char *name;
	void (*run)(struct fuzz_thread *t);
	u32 weight;
} steps[] = {
	{ "get_params", step_get_params, 4 },
	{ "get_time", step_get_time, 4 },
	{ "get_info", step_get_info, 4 },
	{ "get_counters", step_get_counters, 6 },
	{ "get_fault", step_get_fault, 16 },
	{ "capture", step_capture, 1 },
	{ "vm_create", step_vm_create, 8 },
	{ "vm_destroy", step_vm_destroy, 4 },
	{ "vm_bind", step_vm_bind, 40 },
	{ "gem_create", step_gem_create, 24 },
	{ "gem_close", step_gem_close, 12 },
	{ "map", step_map, 16 },
	{ "scribble", step_scribble, 16 },
	{ "unmap", step_unmap, 8 },
	{ "prime", step_prime, 10 },
	{ "bind_object", step_bind_object, 16 },
	{ "queue_create", step_queue_create, 8 },
	{ "queue_destroy", step_queue_destroy, 4 },
	{ "drop_rig", step_drop_rig, 6 },
	{ "damage", step_damage, 20 },
	{ "submit", step_submit, 80 },
	{ "submit_mutated", step_submit_mutated, 60 },
	{ "syncobj", fuzz_syncobj, 40 },
	{ "wait", fuzz_wait, 20 },
	{ "raw", step_raw, 30 },
	{ "reopen", step_reopen, 1 },
	{ "fork", step_fork, 1 },
	{ "fdinfo", step_fdinfo, 2 },
};

void fuzz_step(struct fuzz_thread *t, u64 n)
{
	u32 total = 0, at, i;

	t->rng.state = t->fuzz->seed + t->index * 0x1000003ull;
	t->rng.state = rng_u64(&t->rng) + n;
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		total += steps[i].weight;
	at = rng_below(&t->rng, total);
	for (i = 0; at >= steps[i].weight; i++)
		at -= steps[i].weight;
	atomic_store_explicit(&t->doing, steps[i].name, memory_order_relaxed);
	steps[i].run(t);
}
