// SPDX-License-Identifier: MIT
/*
 * Between processes: buffers, fences and the file itself.
 */
#include <linux/udmabuf.h>
#include <drm/vgem_drm.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)

static u64 store_stream(struct ut_gpu *g, u64 address, u32 number)
{
	return ut_stream(g, &(struct ut_launch){
		.code = ".uniform dst, buffer\n"
			".uniform number, u32\n"
			"mov r1, number\n"
			"store r1, dst, 0, i32, x, a\n",
		.args = { address, number },
	});
}

/* dst = src + number, in words at two addresses. */
static u64 add_stream(struct ut_gpu *g, u64 dst, u64 src, u32 number)
{
	return ut_stream(g, &(struct ut_launch){
		.code = ".uniform dst, buffer\n"
			".uniform src, buffer\n"
			".uniform number, u32\n"
			"load r1, src, 0, i32, x, a\n"
			"wait a\n"
			"iadd r1, r1, number\n"
			"store r1, dst, 0, i32, x, a\n",
		.args = { dst, src, number },
	});
}

/* --- file descriptors over a socket -------------------------------------------------------- */

static void send_fd(int sock, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = "" };
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	ut_eq(sendmsg(sock, &msg, 0), 1);
}

static int receive_fd(int sock)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char c;
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd;

	ut_eq(recvmsg(sock, &msg, MSG_CMSG_CLOEXEC), 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	ut_assert(fd >= 0);
	return fd;
}

static int export_syncobj(int fd, u32 syncobj)
{
	struct drm_syncobj_handle args = { .handle = syncobj, .fd = -1 };

	ut_ok(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args));
	return args.fd;
}

static u32 import_syncobj(int fd, int syncobj)
{
	struct drm_syncobj_handle args = { .fd = syncobj };

	ut_ok(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args));
	return args.handle;
}

/* --- buffers -------------------------------------------------------------------------------- */

static void add_in_child(void *ctx)
{
	int sock = *(int *)ctx, prime;
	u32 handle = 0;

	ut_gpu_init(&gpu);
	prime = receive_fd(sock);
	ut_ok(ut_import(gpu.fd, prime, &handle));
	close(prime);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, 0, UT_PAGE, UT_FREE, UT_RW));
	ut_ok(ut_run_stream(&gpu, add_stream(&gpu, UT_FREE + 4, UT_FREE, 100)));
	ut_eq(((u32 *)ut_mmap(gpu.fd, handle, UT_PAGE))[0], 23);
}

static void buffer_over_a_socket(void)
{
	int socks[2], prime, pid;
	u32 handle, *data;

	ut_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, socks));
	pid = ut_fork(add_in_child, &socks[1]);
	ut_gpu_init(&gpu);
	handle = ut_gem(gpu.fd, UT_PAGE);
	data = ut_mmap(gpu.fd, handle, UT_PAGE);
	data[0] = 23;
	prime = ut_export(gpu.fd, handle);
	ut_assert(prime >= 0);
	send_fd(socks[0], prime);
	close(prime);
	ut_ok(ut_gem_close(gpu.fd, handle));
	ut_join(pid);
	ut_eq(data[1], 123);
}

/* Memory of another driver, which only knows that it is a dma-buf. */
static void buffer_of_vgem(void)
{
	struct drm_mode_create_dumb dumb = { .width = 1024, .height = 64, .bpp = 32 };
	struct drm_mode_map_dumb map = { .pad = 0 };
	int vgem = ut_open_card("vgem"), prime;
	u32 handle = 0, *data;

	if (vgem < 0)
		ut_skip("no vgem");
	ut_gpu_init(&gpu);
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	map.handle = dumb.handle;
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_MODE_MAP_DUMB, &map));
	data = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, vgem, (off_t)map.offset);
	ut_assert(data != MAP_FAILED);
	prime = ut_export(vgem, dumb.handle);
	ut_assert(prime >= 0);
	ut_ok(ut_import(gpu.fd, prime, &handle));
	close(prime);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, 0, dumb.size, UT_FREE, UT_RW));
	data[0] = 1000;
	ut_ok(ut_run_stream(&gpu, add_stream(&gpu, UT_FREE + dumb.size - 4, UT_FREE, 1)));
	ut_eq(data[dumb.size / 4 - 1], 1001);
	/* It stays while it is bound. */
	close(vgem);
	ut_ok(ut_poke(&gpu, UT_FREE + 8, 5));
	ut_eq(data[2], 5);
	ut_ok(ut_gem_close(gpu.fd, handle));
	ut_ret(ut_poke(&gpu, UT_FREE + 8, 6), -EIO);
}

/* Ours, imported there. */
static void buffer_to_vgem(void)
{
	struct drm_mode_map_dumb map = { .pad = 0 };
	int vgem = ut_open_card("vgem"), prime;
	u32 handle, there = 0, *data;

	if (vgem < 0)
		ut_skip("no vgem");
	ut_gpu_init(&gpu);
	handle = ut_gem(gpu.fd, 2 * UT_PAGE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, 0, 2 * UT_PAGE, UT_FREE, UT_RW));
	prime = ut_export(gpu.fd, handle);
	ut_assert(prime >= 0);
	ut_ok(ut_import(vgem, prime, &there));
	data = mmap(NULL, 2 * UT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, prime, 0);
	ut_assert(data != MAP_FAILED);
	ut_ok(ut_poke(&gpu, UT_FREE + UT_PAGE, 77));
	ut_eq(data[UT_PAGE / 4], 77);
	map.handle = there;
	ut_ioctl(vgem, DRM_IOCTL_MODE_MAP_DUMB, &map);
	close(vgem);
	ut_gpu_close(&gpu);
	ut_eq(data[UT_PAGE / 4], 77);
}

/* Memory of a process. */
static void buffer_of_udmabuf(void)
{
	struct udmabuf_create create = { .size = 4 * UT_PAGE };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), prime;
	u32 handle = 0, *data;

	if (dev < 0)
		ut_skip("no /dev/udmabuf");
	ut_gpu_init(&gpu);
	create.memfd = (u32)memfd_create("udmabuf", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	ut_assert(!ftruncate((int)create.memfd, (off_t)create.size));
	ut_assert(!fcntl((int)create.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	data = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)create.memfd, 0);
	ut_assert(data != MAP_FAILED);
	prime = ut_ioctl(dev, UDMABUF_CREATE, &create);
	ut_assert(prime >= 0);
	ut_ok(ut_import(gpu.fd, prime, &handle));
	close(prime);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, UT_PAGE, 3 * UT_PAGE, UT_FREE, UT_RW));
	data[UT_PAGE / 4] = 300;
	ut_ok(ut_run_stream(&gpu, add_stream(&gpu, UT_FREE + 2 * UT_PAGE, UT_FREE, 33)));
	ut_eq(data[3 * UT_PAGE / 4], 333);
}

/* A size that is no multiple of the GPU's page: what is whole can be bound. */
static void buffer_of_odd_size(void)
{
	struct udmabuf_create create = { .size = UT_PAGE + 0x1000 };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), prime;
	u32 handle = 0;

	if (dev < 0)
		ut_skip("no /dev/udmabuf");
	if (sysconf(_SC_PAGESIZE) > 4096)
		ut_skip("pages of the machine are as large as those of the GPU");
	ut_gpu_init(&gpu);
	create.memfd = (u32)memfd_create("udmabuf", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	ut_assert(!ftruncate((int)create.memfd, (off_t)create.size));
	ut_assert(!fcntl((int)create.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	prime = ut_ioctl(dev, UDMABUF_CREATE, &create);
	ut_assert(prime >= 0);
	if (ut_import(gpu.fd, prime, &handle))
		return;
	ut_ret(ut_bind(gpu.fd, gpu.vm, handle, 0, 2 * UT_PAGE, UT_FREE, UT_RW), -EINVAL);
	ut_ret(ut_bind(gpu.fd, gpu.vm, handle, UT_PAGE, UT_PAGE, UT_FREE,
		       UT_RW | DRM_ASAHI_BIND_SINGLE_PAGE), -EINVAL);
	if (ut_bind(gpu.fd, gpu.vm, handle, 0, UT_PAGE, UT_FREE, UT_RW))
		return;
	ut_ok(ut_poke(&gpu, UT_FREE + UT_PAGE - 4, 1));
	ut_ret(ut_poke(&gpu, UT_FREE + UT_PAGE, 1), -EIO);
}

/* --- fences --------------------------------------------------------------------------------- */

/* Waits for the parent's fence on the GPU, then for what the parent submits later. */
static void answer(void *ctx)
{
	int sock = *(int *)ctx;
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };
	u32 line;

	ut_gpu_init(&gpu);
	line = import_syncobj(gpu.fd, receive_fd(sock));
	ut_ok(ut_wait_point(gpu.fd, line, 1, UT_FOREVER,
			    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT |
			    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE));
	syncs[0] = ut_point(line, 1);
	syncs[1] = ut_point(line, 2);
	ut_cmd_compute(&cmds, store_stream(&gpu, UT_DATA, 9), STREAM_END);
	/* From here on the parent may let it run. */
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 1));
	ut_ok(ut_wait_point(gpu.fd, line, 3, UT_FOREVER, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT));
	ut_eq(gpu.data[0], 9);
}

static void timeline_over_a_socket(void)
{
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };
	int socks[2], pid;
	u32 line;

	ut_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, socks));
	pid = ut_fork(answer, &socks[1]);
	ut_gpu_init(&gpu);
	line = ut_syncobj(gpu.fd, false);
	send_fd(socks[0], export_syncobj(gpu.fd, line));
	ut_cmd_compute(&cmds, ut_spin(&gpu), STREAM_END);
	syncs[0] = ut_point(line, 1);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 0, 1));
	/* The child has submitted, behind ours. */
	ut_ok(ut_wait_point(gpu.fd, line, 2, UT_FOREVER,
			    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT |
			    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE));
	ut_eq(ut_timeline_value(gpu.fd, line), 0);
	ut_spin_end(&gpu);
	cmds.size = 0;
	ut_cmd_compute(&cmds, store_stream(&gpu, UT_DATA, 4), STREAM_END);
	syncs[0] = ut_point(line, 2);
	syncs[1] = ut_point(line, 3);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 1));
	ut_ok(ut_point_error(gpu.fd, line, 3));
	ut_join(pid);
}

/* A fence of vgem, which the CPU signals. */
static void fence_of_vgem(void)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_vgem_fence_attach attach = { .flags = VGEM_FENCE_WRITE };
	struct drm_vgem_fence_signal signal = { .flags = 0 };
	int vgem = ut_open_card("vgem"), prime;
	struct {
		u32 flags;
		s32 fd;
	} export = { 1 << 0, -1 };
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };

	if (vgem < 0)
		ut_skip("no vgem");
	ut_gpu_init(&gpu);
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	attach.handle = dumb.handle;
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach));
	prime = ut_export(vgem, dumb.handle);
	ut_assert(prime >= 0);
	/* DMA_BUF_IOCTL_EXPORT_SYNC_FILE, for who reads. */
	if (ut_ioctl(prime, _IOWR('b', 2, export), &export))
		ut_skip("dma-bufs do not export fences");
	syncs[0] = ut_binary(ut_syncobj_of(gpu.fd, export.fd));
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, store_stream(&gpu, UT_DATA, 6), STREAM_END);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 1));
	ut_ret(ut_wait(gpu.fd, syncs[1].handle, 50), -ETIME);
	signal.fence = attach.out_fence;
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal));
	ut_ok(ut_fence_error(gpu.fd, syncs[1].handle));
	ut_eq(gpu.data[0], 6);
}

/* --- the file ------------------------------------------------------------------------------- */

/* A child has the same file: the same ids and the same memory. */
static void use_in_child(void *ctx)
{
	u32 *syncobj = ctx;

	ut_ok(ut_poke(&gpu, UT_DATA + 4, 2));
	ut_ok(ut_fence_error(gpu.fd, *syncobj));
	ut_eq(ut_vm(gpu.fd), 2);
	ut_eq(ut_queue(gpu.fd, 2, 0), 2);
}

static void file_after_fork(void)
{
	u32 syncobj;
	int pid;

	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, store_stream(&gpu, UT_DATA, 1));
	pid = ut_fork(use_in_child, &syncobj);
	ut_join(pid);
	ut_eq(gpu.data[0], 1);
	ut_eq(gpu.data[1], 2);
	ut_ok(ut_queue_destroy(gpu.fd, 2));
	ut_ok(ut_vm_destroy(gpu.fd, 2));
	ut_ok(ut_poke(&gpu, UT_DATA, 3));
}

/* The child keeps the file open when the parent has closed it. */
static void go_on_in_child(void *ctx)
{
	int *ends = ctx;
	char c;

	close(ends[1]);
	ut_eq(read(ends[0], &c, 1), 0);
	ut_ok(ut_poke(&gpu, UT_DATA, 11));
	ut_eq(gpu.data[0], 11);
}

static void file_closed_in_parent(void)
{
	int ends[2], pid;

	ut_assert(!pipe(ends));
	ut_gpu_init(&gpu);
	pid = ut_fork(go_on_in_child, ends);
	close(gpu.fd);
	close(ends[1]);
	ut_join(pid);
	ut_eq(gpu.data[0], 11);
}

/* Sent to another process, the file is the same there. */
static void use_received(void *ctx)
{
	int fd = receive_fd(*(int *)ctx);

	ut_eq(ut_vm(fd), 2);
	ut_ret(ut_queue_destroy(fd, 7), -ENOENT);
	ut_ok(ut_queue_destroy(fd, 1));
}

static void file_over_a_socket(void)
{
	int socks[2], pid;

	ut_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, socks));
	pid = ut_fork(use_received, &socks[1]);
	ut_gpu_init(&gpu);
	send_fd(socks[0], gpu.fd);
	ut_join(pid);
	ut_ret(ut_queue_destroy(gpu.fd, 1), -ENOENT);
	ut_ok(ut_vm_destroy(gpu.fd, 2));
}

static const struct ut_test tests[] = {
	UT(buffer_over_a_socket),
	UT(buffer_of_vgem),
	UT(buffer_to_vgem),
	UT(buffer_of_udmabuf),
	UT(buffer_of_odd_size),
	UT(timeline_over_a_socket),
	UT(fence_of_vgem),
	UT(file_after_fork),
	UT(file_closed_in_parent),
	UT(file_over_a_socket),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
