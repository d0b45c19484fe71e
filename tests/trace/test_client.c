// SPDX-License-Identifier: MIT
/* What a client of the driver has made, as it makes and gives up buffers, VMs, queues. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <sys/mman.h>

#include "tools/agx/client.h"

#define PAGE AGX_PAGE_SIZE
#define READ AGX_DRM_BIND_READ
#define WRITE AGX_DRM_BIND_WRITE
#define A 0x10000000u

static u32 n_maps;

static u8 *map(void *ctx, u32 handle, u64 size)
{
	void *host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	n_maps++;
	ck_assert_ptr_ne(host, MAP_FAILED);
	memset(host, (int)handle, size);
	return host;
}

static u8 *cannot_map(void *ctx, u32 handle, u64 size)
{
	(void)ctx;
	(void)handle;
	(void)size;
	return NULL;
}

static bool bind(struct agx_client *client, u32 vm, u32 flags, u32 handle, u64 offset, u64 size,
		 u64 address)
{
	const struct agx_drm_bind_op op = { flags, handle, offset, size, address };

	return agx_client_bind(client, vm, &op, map, NULL);
}

/* The mappings of queue 1 as text: "address+size handle+offset flags; ..." in pages from A. */
static const char *mappings(struct agx_client *client)
{
	const struct agx_client_queue *queue = agx_client_find_queue(client, 1);
	static char text[512];
	size_t n, used = 0;
	struct agx_client_mapping *mapping = agx_client_mappings(client, queue, &n);

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct agx_client_mapping *m = &mapping[i];

		ck_assert_uint_eq(m->host[0], m->handle);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%llu+%llu %u+%llu %x; ",
					 (unsigned long long)(m->address - A) / PAGE,
					 (unsigned long long)m->size / PAGE, m->handle,
					 (unsigned long long)m->offset / PAGE, m->flags);
	}
	free(mapping);
	return text;
}

static struct agx_client *make(void)
{
	struct agx_client *client = agx_client_create();

	ck_assert_ptr_nonnull(client);
	for (u32 handle = 1; handle <= 5; handle++)
		ck_assert(agx_client_add_buffer(client, handle, 4 * PAGE));
	ck_assert(agx_client_add_queue(client, 1, 10, 0x1100000000));
	return client;
}

START_TEST(follows_bindings)
{
	struct agx_client *client = make();

	ck_assert_str_eq(mappings(client), "");
	ck_assert(bind(client, 10, READ | WRITE, 3, 0, 4 * PAGE, A));
	ck_assert(bind(client, 10, READ, 2, PAGE, 2 * PAGE, A + 8 * PAGE));
	ck_assert(bind(client, 10, WRITE | AGX_DRM_BIND_SINGLE_PAGE, 2, 3 * PAGE, 9 * PAGE,
		       A + 20 * PAGE));
	ck_assert_str_eq(mappings(client), "0+4 3+0 6; 8+2 2+1 2; 20+9 2+3 c; ");

	/* Another VM's are not this queue's. */
	ck_assert(bind(client, 11, READ, 1, 0, PAGE, A + 30 * PAGE));
	/* Over a part, and a hole. */
	ck_assert(bind(client, 10, READ, 5, 0, PAGE, A + PAGE));
	ck_assert(bind(client, 10, AGX_DRM_BIND_UNBIND, 0, 0, 2 * PAGE, A + 22 * PAGE));
	ck_assert_str_eq(mappings(client), "0+1 3+0 6; 1+1 5+0 2; 2+2 3+2 6; 8+2 2+1 2; "
			 "20+2 2+3 c; 24+5 2+3 c; ");

	/* With the handle its bindings go. */
	agx_client_close_buffer(client, 2);
	agx_client_close_buffer(client, 99);
	ck_assert_str_eq(mappings(client), "0+1 3+0 6; 1+1 5+0 2; 2+2 3+2 6; ");
	agx_client_destroy(client);
	agx_client_destroy(NULL);
}
END_TEST

START_TEST(maps_buffers_once)
{
	struct agx_client *client = make();

	n_maps = 0;
	ck_assert(bind(client, 10, READ, 1, 0, PAGE, A));
	ck_assert(bind(client, 11, READ, 1, PAGE, PAGE, A));
	/* Imported again: the same handle. */
	ck_assert(agx_client_add_buffer(client, 1, 4 * PAGE));
	ck_assert(bind(client, 10, READ, 1, PAGE, PAGE, A + PAGE));
	ck_assert_uint_eq(n_maps, 1);
	agx_client_destroy(client);
}
END_TEST

START_TEST(refuses_what_it_cannot_follow)
{
	const struct agx_drm_bind_op op = { READ, 4, 0, PAGE, A };
	struct agx_client *client = make();

	ck_assert(!bind(client, 10, READ, 77, 0, PAGE, A));
	ck_assert(!bind(client, 10, READ, 1, PAGE, 4 * PAGE, A));
	ck_assert(!bind(client, 10, READ, 1, ~0ull << 14, PAGE, A));
	ck_assert(!bind(client, 10, READ, 1, 0, 0, A));
	ck_assert(!bind(client, 10, READ, 1, 0, PAGE, A + 1));
	ck_assert(!agx_client_bind(client, 10, &op, cannot_map, NULL));
	ck_assert_str_eq(mappings(client), "");
	agx_client_destroy(client);
}
END_TEST

START_TEST(queues_keep_their_vm)
{
	struct agx_client *client = make();

	ck_assert(bind(client, 10, READ, 1, 0, PAGE, A));
	agx_client_close_vm(client, 10);
	agx_client_close_vm(client, 10);
	/* The number is another VM's. */
	ck_assert(agx_client_add_queue(client, 2, 10, 0));
	ck_assert(bind(client, 10, READ, 2, 0, PAGE, A + PAGE));
	ck_assert_str_eq(mappings(client), "0+1 1+0 2; ");
	agx_client_close_buffer(client, 1);
	ck_assert_str_eq(mappings(client), "");
	agx_client_close_queue(client, 1);
	agx_client_close_queue(client, 1);
	ck_assert_ptr_null(agx_client_find_queue(client, 1));
	ck_assert_ptr_nonnull(agx_client_find_queue(client, 2));
	agx_client_destroy(client);
}
END_TEST

START_TEST(reads_command_buffers)
{
	u8 bytes[64] = { 1, 0, 8, 0, 0xff, 0xff, 0xff, 0xff };
	const u8 *at = bytes, *payload;
	struct agx_drm_cmd_header header;
	size_t size = 32;

	bytes[16] = 2;
	ck_assert(agx_client_command(&at, &size, &header, &payload));
	ck_assert_uint_eq(header.cmd_type, 1);
	ck_assert_ptr_eq(payload, bytes + 8);
	ck_assert(agx_client_command(&at, &size, &header, &payload));
	ck_assert_uint_eq(header.size, 0);
	ck_assert_uint_eq(size, 8);
	/* One that is longer than what is there, and half a header. */
	bytes[26] = 1;
	ck_assert(!agx_client_command(&at, &size, &header, &payload));
	size = 7;
	ck_assert(!agx_client_command(&at, &size, &header, &payload));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client");
	TCase *tcase = tcase_create("client");

	tcase_add_test(tcase, follows_bindings);
	tcase_add_test(tcase, maps_buffers_once);
	tcase_add_test(tcase, refuses_what_it_cannot_follow);
	tcase_add_test(tcase, queues_keep_their_vm);
	tcase_add_test(tcase, reads_command_buffers);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
