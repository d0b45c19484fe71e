// SPDX-License-Identifier: MIT
/*
 * Encodings of any bits: what decodes encodes to the same bytes, and what the text
 * says of it is the same again.  All of two and of four bytes, random longer ones.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compute/isa/agx_table.h"
#include "tests/lib/suite.h"

#define RANDOM_ENCODINGS 50000000u
#define RANDOM_TEXTS 1000000u
#define MAX_THREADS 64

/* Sanitizers and emulators take long for each. */
static bool is_slow(void)
{
	return getenv("MUTSU_SAN") || getenv("MUTSU_EMULATED");
}

static unsigned int fewer(unsigned int n)
{
	return is_slow() ? n / 100 : n;
}

static void wrong(const u8 *code, const char *what)
{
	char hex[2 * AGX_INSN_MAX + 1];

	for (int i = 0; i < AGX_INSN_MAX; i++)
		sprintf(hex + 2 * i, "%02x", code[i]);
	ck_abort_msg("%s: %s", hex, what);
}

/* The bytes that decode, or 0. */
static int check_identity(const u8 *code, size_t size)
{
	u8 again[AGX_INSN_MAX];
	struct agx_insn insn;
	int n = agx_decode(&insn, code, size, NULL);

	if (n < 0)
		return 0;
	if (insn.length != n || agx_encode(&insn, again, NULL) != n || memcmp(again, code, n))
		wrong(code, "encodes to others");
	return n;
}

/* --- on all processors ----------------------------------------------------------- */

struct share {
	void (*check)(struct share *share);
	unsigned int i, n;	/* this one, of so many */
	u64 seed;
	u64 tried, decoded;
};

static u64 next_random(struct share *share)
{
	share->seed ^= share->seed >> 12;
	share->seed ^= share->seed << 25;
	share->seed ^= share->seed >> 27;
	return share->seed * 0x2545f4914f6cdd1dull;
}

static void *share_thread(void *arg)
{
	struct share *share = arg;

	share->check(share);
	return NULL;
}

/* Encodings that decoded. */
static u64 check_on_all(const char *name, void (*check)(struct share *share))
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = processors < 1 ? 1 : processors > MAX_THREADS ? MAX_THREADS : processors;
	static struct share shares[MAX_THREADS];
	static pthread_t threads[MAX_THREADS];
	u64 tried = 0, decoded = 0;

	for (unsigned int i = 0; i < n; i++) {
		shares[i] = (struct share){ .check = check, .i = i, .n = n };
		shares[i].seed = kt_random() | 1;
		ck_assert(!pthread_create(&threads[i], NULL, share_thread, &shares[i]));
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		tried += shares[i].tried;
		decoded += shares[i].decoded;
	}
	printf("# %s: %llu of %llu encodings decode\n", name, (unsigned long long)decoded,
	       (unsigned long long)tried);
	fflush(stdout);
	return decoded;
}

/* --- all of two and four bytes --------------------------------------------------- */

START_TEST(two_bytes)
{
	int n = 0;

	for (u32 bits = 0; bits < 1u << 16; bits++) {
		const u8 code[AGX_INSN_MAX] = { bits & 0xff, bits >> 8 };

		n += check_identity(code, 2) == 2;
	}
	/* ret, call by register, doorbell, wait, stop, trap, barrier, others. */
	ck_assert_int_eq(n, 128 + 128 + 256 + 2 + 1 + 1 + 1 + 12);
}
END_TEST

/*
 * A word that decodes has no unknown bit: trying the bits of each four-byte form
 * finds all that do.
 */
static void check_four(struct share *share)
{
	u32 some = is_slow() ? 256 : 1;

	for (const struct agx_spec *spec = agx_table; spec < agx_table + AGX_OP_COUNT; spec++) {
		u32 bits = agx_spec_free_bits(spec).lo, sub = 0;

		if (spec->info.length_short != 4)
			continue;
		if (spec->length_bit)
			bits &= ~(1u << spec->length_bit);
		do {
			u32 word = sub | spec->value;
			const u8 code[AGX_INSN_MAX] = { word, word >> 8, word >> 16, word >> 24 };

			sub = (sub - bits) & bits;
			if ((word >> 7) % share->n != share->i ||
			    (some > 1 && next_random(share) % some))
				continue;
			share->tried++;
			share->decoded += check_identity(code, 4) == 4;
		} while (sub);
	}
}

START_TEST(four_bytes)
{
	ck_assert_uint_gt(check_on_all("four bytes", check_four), fewer(10000000));
}
END_TEST

/* --- random ones ------------------------------------------------------------------- */

static bool field_is_valid(const struct agx_insn_field *field, u32 raw)
{
	struct agx_operand operand;
	struct agx_insn insn;

	if (agx_field_is_operand(field))
		return agx_operand_get(agx_field_operand(field), raw, &insn, &operand) < 0;
	return agx_modifier_get(agx_field_modifier(field), raw, &insn) < 0;
}

/* Random fields, each with a value that it can have, but for what it shares with others. */
static void random_code(struct share *share, const struct agx_spec *spec, u8 *code)
{
	struct agx_bits bits = { spec->value, spec->value_hi };
	struct agx_bits exact = { spec->mask, spec->mask_hi };

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		u32 fixed = agx_bits_get(&exact, f), value = agx_bits_get(&bits, f), raw = 0;
		struct agx_bits field;

		for (int tries = 0; tries < 50; tries++) {
			raw = (u32)(next_random(share) >> 32) & ((1ull << agx_field_width(f)) - 1);
			raw = (raw & ~fixed) | (value & fixed);
			if (field_is_valid(f, raw))
				break;
		}
		field = agx_bits_spread(~0u, f);
		exact.lo |= field.lo;
		exact.hi |= field.hi;
		field = agx_bits_spread(raw, f);
		bits.lo |= field.lo;
		bits.hi |= field.hi;
	}
	if (spec->length_bit && (next_random(share) >> 32 & 7))
		bits.lo |= 1ull << spec->length_bit;
	agx_bits_store(&bits, code, AGX_INSN_MAX);
}

static bool random_insn(struct share *share, struct agx_insn *insn, u8 *code)
{
	share->tried++;
	random_code(share, &agx_table[(next_random(share) >> 32) % AGX_OP_COUNT], code);
	if (agx_decode(insn, code, AGX_INSN_MAX, NULL) < 0)
		return false;
	share->decoded++;
	return true;
}

static void check_random(struct share *share)
{
	u32 n = fewer(RANDOM_ENCODINGS) / share->n;

	while (share->decoded < n) {
		u8 code[AGX_INSN_MAX], again[AGX_INSN_MAX];
		struct agx_insn insn;
		int length;

		if (!random_insn(share, &insn, code))
			continue;
		length = insn.length;
		if (agx_encode(&insn, again, NULL) != length || memcmp(again, code, length))
			wrong(code, "encodes to others");
	}
}

START_TEST(random_encodings)
{
	check_on_all("random", check_random);
}
END_TEST

static void check_text(struct share *share)
{
	u32 n = fewer(RANDOM_TEXTS) / share->n;

	while (share->decoded < n) {
		char text[AGX_TEXT_MAX], cut[16];
		struct agx_insn insn, parsed;
		struct agx_error err;
		u8 code[AGX_INSN_MAX];
		int length;

		if (!random_insn(share, &insn, code))
			continue;
		length = agx_print(text, sizeof(text), &insn);
		if (length >= (int)sizeof(text) || agx_print(cut, sizeof(cut), &insn) != length ||
		    strncmp(cut, text, sizeof(cut) - 1))
			wrong(code, text);
		if (agx_parse(&parsed, text, &err))
			wrong(code, err.text);
		if (memcmp(&insn, &parsed, sizeof(insn)))
			wrong(code, text);
	}
}

START_TEST(random_texts)
{
	check_on_all("text", check_text);
}
END_TEST

/* What is behind an instruction says nothing about it; where it is cut, that is said. */
START_TEST(ends)
{
	struct share share = { .seed = kt_random() | 1 };
	u32 n = fewer(1000000);

	while (share.decoded < n) {
		struct agx_insn insn, again;
		u8 code[AGX_INSN_MAX];
		size_t length;

		if (!random_insn(&share, &insn, code))
			continue;
		length = insn.length;
		if (agx_decode(&again, code, length, NULL) != (int)length ||
		    memcmp(&insn, &again, sizeof(insn)))
			wrong(code, "another without bytes behind it");
		for (size_t k = length; k < AGX_INSN_MAX; k++)
			code[k] = (u8)next_random(&share);
		if (agx_decode(&again, code, AGX_INSN_MAX, NULL) != (int)length ||
		    memcmp(&insn, &again, sizeof(insn)))
			wrong(code, "another with bytes behind it");
		for (size_t k = 0; k < length; k++)
			if (agx_length(code, k) != -ENODATA ||
			    agx_decode(&again, code, k, NULL) != -ENODATA)
				wrong(code, "cut, but not missing data");
	}
}
END_TEST

/* Of bytes that are no instruction, a bit is said, and nothing is written. */
START_TEST(errors)
{
	struct share share = { .seed = kt_random() | 1 };
	u32 n = fewer(1000000);

	for (u32 i = 0; i < n; i++) {
		const struct agx_bits bits = { next_random(&share), next_random(&share) };
		struct agx_insn insn, none = { .op = AGX_OP_COUNT };
		struct agx_error err;
		u8 code[AGX_INSN_MAX];
		int length;

		agx_bits_store(&bits, code, AGX_INSN_MAX);
		insn = none;
		length = agx_decode(&insn, code, AGX_INSN_MAX, &err);
		if (length > 0)
			continue;
		if (length != -EILSEQ || err.bit < 0 || err.bit >= 8 * AGX_INSN_MAX ||
		    err.column != -1 || memcmp(&insn, &none, sizeof(insn)))
			wrong(code, err.text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec: bits");
	TCase *tcase = tcase_create("bits");

	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, two_bytes);
	tcase_add_test(tcase, four_bytes);
	tcase_add_test(tcase, random_encodings);
	tcase_add_test(tcase, random_texts);
	tcase_add_test(tcase, ends);
	tcase_add_test(tcase, errors);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
