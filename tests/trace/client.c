// SPDX-License-Identifier: MIT
/*
 * client NODE CASE - a client of the asahi driver for tests of agx-trace record
 *
 * Makes submissions that run nothing, in the way that CASE says, and looks whether calls
 * end as they should.  Words of a buffer tell images apart.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute/isa/agx_cdm.h"
#include "tools/agx/asahi.h"

#define PAGE 0x4000u
#define STREAM 0x1200000000u
#define DATA 0x1300000000u
#define OTHER 0x1400000000u
#define READ_WRITE (AGX_DRM_BIND_READ | AGX_DRM_BIND_WRITE)
#define NEVER 999u		/* a syncobj that does not signal, of the fake device */

static const char *node;

#define must(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "client: line %d: %s (%s)\n", __LINE__,	\
			#condition, strerror(errno));			\
		exit(1);						\
	}								\
} while (0)

struct gpu {
	int fd;
	u32 vm, queue, stream_bo, data_bo;
	u32 *data;
};

/* --- calls ---------------------------------------------------------------------------- */

static u32 make_buffer(int fd, u64 size)
{
	struct agx_drm_gem_create create = { .size = size };

	must(!ioctl(fd, AGX_DRM_IOWR(AGX_DRM_GEM_CREATE, struct agx_drm_gem_create), &create));
	return create.handle;
}

static void *map_buffer(int fd, u32 handle, u64 size)
{
	struct agx_drm_gem_mmap_offset offset = { .handle = handle };
	void *host;

	must(!ioctl(fd, AGX_DRM_IOWR(AGX_DRM_GEM_MMAP_OFFSET, struct agx_drm_gem_mmap_offset),
		    &offset));
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset.offset);
	must(host != MAP_FAILED);
	return host;
}

static int bind_op(const struct gpu *gpu, struct agx_drm_bind_op op)
{
	struct agx_drm_vm_bind bind = {
		.vm_id = gpu->vm, .num_binds = 1, .stride = sizeof(op),
		.userptr = agx_drm_pointer(&op),
	};

	return ioctl(gpu->fd, AGX_DRM_IOW(AGX_DRM_VM_BIND, struct agx_drm_vm_bind), &bind);
}

static void bind(const struct gpu *gpu, u32 handle, u64 address, u64 size, u32 flags)
{
	must(!bind_op(gpu, (struct agx_drm_bind_op){ flags, handle, 0, size, address }));
}

static void close_buffer(const struct gpu *gpu, u32 handle)
{
	struct agx_drm_gem_close closed = { .handle = handle };

	must(!ioctl(gpu->fd, AGX_DRM_IOW(AGX_DRM_GEM_CLOSE, struct agx_drm_gem_close), &closed));
}

static u32 make_syncobj(int fd)
{
	struct agx_drm_syncobj syncobj = { 0 };

	must(!ioctl(fd, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_CREATE, struct agx_drm_syncobj), &syncobj));
	return syncobj.handle;
}

static u32 make_queue(const struct gpu *gpu)
{
	struct agx_drm_queue_create queue = { .vm_id = gpu->vm, .usc_exec_base = 0x1100000000 };

	must(!ioctl(gpu->fd, AGX_DRM_IOWR(AGX_DRM_QUEUE_CREATE, struct agx_drm_queue_create),
		    &queue));
	return queue.queue_id;
}

static void init(struct gpu *gpu)
{
	const struct agx_cdm end = { .type = AGX_CDM_TERMINATE };
	struct agx_drm_vm_create vm = {
		.kernel_start = 0x7fdfff8000, .kernel_end = 0x7fffff8000,
	};
	void *stream;

	gpu->fd = open(node, O_RDWR | O_CLOEXEC);
	must(gpu->fd >= 0);
	must(!ioctl(gpu->fd, AGX_DRM_IOWR(AGX_DRM_VM_CREATE, struct agx_drm_vm_create), &vm));
	gpu->vm = vm.vm_id;
	gpu->queue = make_queue(gpu);
	gpu->stream_bo = make_buffer(gpu->fd, PAGE);
	gpu->data_bo = make_buffer(gpu->fd, 4 * PAGE);
	stream = map_buffer(gpu->fd, gpu->stream_bo, PAGE);
	gpu->data = map_buffer(gpu->fd, gpu->data_bo, 4 * PAGE);
	must(agx_cdm_build(&end, stream, NULL) > 0);
	bind(gpu, gpu->stream_bo, STREAM, PAGE, AGX_DRM_BIND_READ);
	bind(gpu, gpu->data_bo, DATA, 4 * PAGE, READ_WRITE);
}

static int try_submit(const struct gpu *gpu, const struct agx_drm_sync *syncs, u32 n_in, u32 n_out,
		      u32 type)
{
	struct {
		struct agx_drm_cmd_header header;
		struct agx_drm_cmd_compute compute;
		u64 rest[5];
	} commands = {
		.header = { (u16)type, sizeof(commands) - sizeof(commands.header),
			    AGX_DRM_BARRIER_NONE, AGX_DRM_BARRIER_NONE },
		.compute = { .cdm_ctrl_stream_base = STREAM, .cdm_ctrl_stream_end = STREAM + PAGE },
	};
	struct agx_drm_submit submit = {
		.syncs = agx_drm_pointer(syncs), .cmdbuf = agx_drm_pointer(&commands),
		.queue_id = gpu->queue, .in_sync_count = n_in, .out_sync_count = n_out,
		.cmdbuf_size = sizeof(commands),
	};

	return ioctl(gpu->fd, AGX_DRM_IOW(AGX_DRM_SUBMIT, struct agx_drm_submit), &submit);
}

static void submit(const struct gpu *gpu)
{
	must(!try_submit(gpu, NULL, 0, 0, AGX_DRM_CMD_COMPUTE));
}

/* And waits: on a real device it must have ended before the data change. */
static void submit_word(const struct gpu *gpu, u32 value)
{
	struct agx_drm_sync out = { .handle = make_syncobj(gpu->fd) };
	struct agx_drm_syncobj_wait wait = {
		.handles = agx_drm_pointer(&out.handle), .timeout_nsec = INT64_MAX,
		.count_handles = 1,
	};

	gpu->data[0] = value;
	must(!try_submit(gpu, &out, 0, 1, AGX_DRM_CMD_COMPUTE));
	must(!ioctl(gpu->fd, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_WAIT, struct agx_drm_syncobj_wait),
		    &wait));
}

/* --- cases ------------------------------------------------------------------------------- */

/* Three submissions; one that is no compute in between. */
static void basic(void)
{
	struct gpu gpu;

	init(&gpu);
	for (u32 i = 0; i < 3; i++)
		submit_word(&gpu, 100 + i);
}

static void no_compute(void)
{
	struct gpu gpu;

	init(&gpu);
	must(!try_submit(&gpu, NULL, 0, 0, 0));
	submit_word(&gpu, 7);
}

/* Part of a buffer, one page again and again, and what is not bound any more. */
static void mappings(void)
{
	struct gpu gpu;
	u32 *page, bo, gone;

	init(&gpu);
	bo = make_buffer(gpu.fd, 2 * PAGE);
	page = map_buffer(gpu.fd, bo, 2 * PAGE);
	page[PAGE / 4] = 55;
	must(!bind_op(&gpu, (struct agx_drm_bind_op){
		AGX_DRM_BIND_READ | AGX_DRM_BIND_SINGLE_PAGE, bo, PAGE, 16 * PAGE, OTHER }));
	bind(&gpu, gpu.data_bo, OTHER + 32 * PAGE, 4 * PAGE, AGX_DRM_BIND_READ);
	bind(&gpu, 0, OTHER + 33 * PAGE, PAGE, AGX_DRM_BIND_UNBIND);
	gone = make_buffer(gpu.fd, PAGE);
	bind(&gpu, gone, OTHER + 64 * PAGE, PAGE, READ_WRITE);
	close_buffer(&gpu, gone);
	gpu.data[2 * PAGE / 4] = 66;
	submit_word(&gpu, 44);
}

static void imported(void)
{
	struct agx_drm_prime prime = { .fd = memfd_create("other", MFD_CLOEXEC) };
	struct gpu gpu;
	u32 value = 77;

	init(&gpu);
	must(!ftruncate(prime.fd, PAGE));
	must(pwrite(prime.fd, &value, sizeof(value), 64) == sizeof(value));
	must(!ioctl(gpu.fd, AGX_DRM_IOWR(AGX_DRM_PRIME_FD_TO_HANDLE, struct agx_drm_prime),
		    &prime));
	must(lseek(prime.fd, 0, SEEK_CUR) == 0);
	close(prime.fd);
	bind(&gpu, prime.handle, OTHER, PAGE, AGX_DRM_BIND_READ);
	submit_word(&gpu, 1);
}

/* A buffer of vgem, which has word 16 of it; the descriptor that others import. */
static int make_vgem(u32 value)
{
	struct { u32 height, width, bpp, flags, handle, pitch; u64 size; } dumb = {
		.height = 64, .width = 64, .bpp = 32,
	};
	struct { u32 handle, pad; u64 offset; } map = { 0 };
	struct agx_drm_prime prime = { .flags = O_CLOEXEC | O_RDWR };
	int fd = -1;
	u32 *host;

	for (int i = 0; i < 8 && fd < 0; i++) {
		char path[32], name[16] = "";
		struct agx_drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && (ioctl(fd, AGX_DRM_IOWR(AGX_DRM_VERSION, struct agx_drm_version),
				      &version) || strcmp(name, "vgem"))) {
			close(fd);
			fd = -1;
		}
	}
	must(fd >= 0);
	must(!ioctl(fd, AGX_DRM_IOWR(0xb2, dumb), &dumb));
	map.handle = prime.handle = dumb.handle;
	must(!ioctl(fd, AGX_DRM_IOWR(0xb3, map), &map));
	host = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.offset);
	must(host != MAP_FAILED);
	host[16] = value;
	must(!ioctl(fd, AGX_DRM_IOWR(AGX_DRM_PRIME_HANDLE_TO_FD, struct agx_drm_prime), &prime));
	return prime.fd;
}

static void from_vgem(void)
{
	struct agx_drm_prime prime = { .fd = make_vgem(88) };
	struct gpu gpu;

	init(&gpu);
	must(!ioctl(gpu.fd, AGX_DRM_IOWR(AGX_DRM_PRIME_FD_TO_HANDLE, struct agx_drm_prime),
		    &prime));
	close(prime.fd);
	bind(&gpu, prime.handle, OTHER, PAGE, READ_WRITE);
	submit_word(&gpu, 1);
}

/* What the program sees is the driver's. */
static void errors(void)
{
	struct agx_drm_submit bad = { .cmdbuf = 16, .cmdbuf_size = 64 };
	struct gpu gpu;
	u32 queue;
	int fd;

	init(&gpu);
	fd = dup(0);
	queue = gpu.queue;
	gpu.queue = 4000;
	must(try_submit(&gpu, NULL, 0, 0, AGX_DRM_CMD_COMPUTE) == -1 && errno == ENOENT);
	gpu.queue = queue;
	must(try_submit(&gpu, &(struct agx_drm_sync){ .handle = 3999 }, 1, 0, 1) == -1);
	must(errno == ENOENT || errno == EINVAL);
	bad.queue_id = queue;
	must(ioctl(gpu.fd, AGX_DRM_IOW(AGX_DRM_SUBMIT, struct agx_drm_submit), &bad) == -1);
	must(errno == EFAULT);
	errno = 12345;
	submit_word(&gpu, 9);
	must(errno == 12345);
	close(fd);
	must(dup(0) == fd);
}

static void fake_wait(void)
{
	struct agx_drm_sync in = { .handle = NEVER };
	struct gpu gpu;

	init(&gpu);
	gpu.data[0] = 5;
	must(!try_submit(&gpu, &in, 1, 0, AGX_DRM_CMD_COMPUTE));
}

static void forked(void)
{
	struct gpu gpu;
	int status;
	pid_t child;

	init(&gpu);
	submit_word(&gpu, 1);
	child = fork();
	if (!child) {
		submit_word(&gpu, 2);
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && !status);
	submit_word(&gpu, 3);
}

/* The descriptor that was opened is not the one that is used. */
static void copied(void)
{
	struct gpu gpu;
	int fd;

	init(&gpu);
	fd = dup2(gpu.fd, 77);
	must(fd == 77);
	close(gpu.fd);
	gpu.fd = fcntl(77, F_DUPFD_CLOEXEC, 0);
	must(!close_range(77, 80, 0));
	submit_word(&gpu, 8);
}

static void *submit_many(void *arg)
{
	struct gpu gpu = *(struct gpu *)arg;

	gpu.queue = make_queue(&gpu);
	for (u32 i = 0; i < 8; i++) {
		u32 bo = make_buffer(gpu.fd, PAGE);
		u64 address = OTHER + (u64)gpu.queue * 64 * PAGE;

		bind(&gpu, bo, address, PAGE, READ_WRITE);
		submit(&gpu);
		close_buffer(&gpu, bo);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t thread[4];
	struct gpu gpu;

	init(&gpu);
	gpu.data[0] = 6;
	for (int i = 0; i < 4; i++)
		must(!pthread_create(&thread[i], NULL, submit_many, &gpu));
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

/* No file may be long: the program goes on, and no signal ends it. */
static void limited(void)
{
	struct rlimit limit = { 20000, RLIM_INFINITY };
	struct gpu gpu;

	init(&gpu);
	must(!setrlimit(RLIMIT_FSIZE, &limit));
	submit_word(&gpu, 1);
	submit_word(&gpu, 2);
}

/* The VM's number is given up; its queue goes on, and another VM may get the number. */
static void lost_vm(void)
{
	struct agx_drm_vm_destroy vm;
	struct gpu gpu, other;

	init(&gpu);
	vm = (struct agx_drm_vm_destroy){ .vm_id = gpu.vm };
	must(!ioctl(gpu.fd, AGX_DRM_IOW(AGX_DRM_VM_DESTROY, struct agx_drm_vm_destroy), &vm));
	init(&other);
	other.data[0] = 1;
	submit_word(&gpu, 31);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{ "basic", basic }, { "no_compute", no_compute }, { "mappings", mappings },
		{ "imported", imported }, { "from_vgem", from_vgem }, { "errors", errors }, { "fake_wait", fake_wait },
		{ "forked", forked }, { "copied", copied }, { "threads", threads },
		{ "limited", limited }, { "lost_vm", lost_vm },
	};

	must(argc == 3);
	node = argv[1];
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!strcmp(cases[i].name, argv[2])) {
			cases[i].run();
			return 0;
		}
	}
	fprintf(stderr, "client: no case %s\n", argv[2]);
	return 2;
}
