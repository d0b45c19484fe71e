// SPDX-License-Identifier: MIT
/*
 * Opening a split model with each allocation failing in turn: -ENOMEM, and
 * everything given back.
 */
#include "tests/lib/failing_malloc.h"
#include "tests/lib/gguf_write.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if CAN_FAIL_MALLOC

static char *dir;
static const char *const parts[] = { "m-00001-of-00002.gguf", "m-00002-of-00002.gguf" };

static void write_parts(void)
{
	dir = suite_dir();
	ck_assert_int_eq(chdir(dir), 0);
	for (unsigned int i = 0; i < 2; i++) {
		struct gw *w = gw_begin(3);

		gw_u16(w, "split.no", (uint16_t)i);
		gw_u16(w, "split.count", 2);
		gw_u16(w, "split.tensors.count", 2);
		gw_tensor(w, i ? "b" : "a", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
		gw_save(w, parts[i]);
		gw_free(w);
	}
}

static void remove_parts(void)
{
	unlink(parts[0]);
	unlink(parts[1]);
	rmdir(dir);
	free(dir);
}

START_TEST(each_allocation_fails)
{
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	long n, before, after;
	int ret;

	for (n = 0;; n++) {
		err.text[0] = '\0';
		before = fm_live;
		fm_left = n;
		ret = mutsu_gguf_open(&gguf, parts[0], &err);
		fm_left = -1;
		after = fm_live;
		if (!ret)
			break;
		ck_assert_msg(ret == -ENOMEM, "%ld: %d, %s", n, ret, err.text);
		ck_assert_msg(strstr(err.text, "out of memory"), "%ld: %s", n, err.text);
		ck_assert_msg(after == before, "%ld: %ld not given back", n, after - before);
	}
	mutsu_gguf_close(gguf);
	after = fm_live;
	ck_assert_int_eq(after, before);
	ck_assert_int_ge(n, 12);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("gguf_memory");
	TCase *memory = tcase_create("memory");

#if CAN_FAIL_MALLOC
	tcase_add_checked_fixture(memory, write_parts, remove_parts);
	tcase_add_test(memory, each_allocation_fails);
#else
	suite_skip("each_allocation_fails", "malloc() cannot be replaced in this build");
#endif
	suite_add_tcase(suite, memory);
	return suite_run(suite);
}
