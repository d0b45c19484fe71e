// SPDX-License-Identifier: MIT
/*
 * Control streams and USC words: what a compiled driver made comes back byte for
 * byte, every bit is either known or an error, limits and the printed form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_cdm.h"
#include "tests/lib/corpus.h"
#include "tests/lib/suite.h"

/* --- what Mesa made --------------------------------------------------------- */

START_TEST(corpus_streams)
{
	const char *name = corpus_name(_i);
	struct agx_error err;
	struct agx_cdm cdm;
	u8 *bytes, again[AGX_CDM_MAX];
	size_t size;

	bytes = corpus_hex(name, "cdm.hex", &size);
	for (size_t at = 0; at < size;) {
		int n = agx_cdm_parse(&cdm, bytes + at, size - at, false, &err);

		ck_assert_msg(n > 0, "%s: %zu: %s", name, at, err.text);
		ck_assert_uint_eq(cdm.size, n);
		ck_assert_int_eq(agx_cdm_build(&cdm, again, &err), n);
		ck_assert_mem_eq(again, bytes + at, (size_t)n);
		at += (size_t)n;
	}
	ck_assert_int_eq(cdm.type, AGX_CDM_TERMINATE);
	free(bytes);
}
END_TEST

START_TEST(corpus_words)
{
	const char *name = corpus_name(_i);
	struct agx_usc_word word;
	struct agx_error err;
	struct agx_usc usc;
	u8 *bytes, again[256];
	size_t size;
	int n = 0;

	bytes = corpus_hex(name, "usc.hex", &size);
	for (size_t at = 0; at < size; at += usc.size) {
		int ret = agx_usc_parse(&usc, bytes + at, size - at, &err);

		ck_assert_msg(ret == 0, "%s: %zu: %s", name, at, err.text);
		ck_assert_int_eq(agx_usc_build(&usc, again, sizeof(again), &err), (int)usc.size);
		ck_assert_mem_eq(again, bytes + at, usc.size);
		for (u32 i = 0; i < usc.size; i += (u32)n) {
			n = agx_usc_next(&word, bytes + at + i, usc.size - i, &err);
			ck_assert_int_gt(n, 0);
			ck_assert_int_eq(agx_usc_put(&word, again, &err), n);
			ck_assert_mem_eq(again, bytes + at + i, (size_t)n);
		}
	}
	free(bytes);
}
END_TEST

/* --- text -------------------------------------------------------------------- */

static size_t from_hex(const char *hex, u8 *bytes)
{
	size_t n = 0;
	unsigned int byte;

	for (; sscanf(hex, " %2x", &byte) == 1; hex += 2 + (hex[2] == ' '))
		bytes[n++] = (u8)byte;
	return n;
}

static const struct {
	const char *hex;
	bool g14x;
	const char *text;
} packets[] = {
	{ "12100000 0080f8ff 00010000 01000000 01000000 40000000 01000000 01000000", false,
	  "launch      threads 256 1 1, local 64 1 1, usc 0xfff88000, uniforms 64, textures 8, "
	  "samplers none, preshader 16" },
	{ "50200008 c0000000 2f000000 1084f6ff 20000000 04000000 01000000", false,
	  "launch      groups at 0x2ffff68410, local 32 4 1, usc 0xc0, uniforms 512, textures 40, "
	  "samplers none, preshader 32" },
	{ "04f20010 40000000 00000000 00000000 ff000000 fcffffff", true, NULL },
	{ "04f20010 40000000 ff000000 fcffffff", false,
	  "launch      sizes at 0xfffffffffc, usc 0x40, uniforms 128, textures 256, "
	  "samplers 4 compact, preshader 240" },
	{ "1c0e0000 40000000 00000000 00000040 02000000 01000000 01000000 20000000 01000000 "
	  "01000000", true,
	  "launch      threads 2 1 1, local 32 1 1, usc 0x40, uniforms 384, textures 8, "
	  "samplers 16 extended, preshader 256, g14x" },
	{ "2f000020 0084f5ff", false, "link        0x2ffff58400" },
	{ "00000030 00000000", false, "link        0x0, with return" },
	{ "ffff0f60", false, "barrier     0xfffff, invalidates USC cache" },
	{ "f0010068", false, "barrier     0x80001f0, returns" },
	{ "00000040 00000000", false, "terminate" },
	{ "00000080 00000000", false, "return" },
};

START_TEST(packet_text)
{
	char text[256], cut[256];
	struct agx_error err;
	struct agx_cdm cdm;
	u8 bytes[AGX_CDM_MAX], again[AGX_CDM_MAX];
	size_t size = from_hex(packets[_i].hex, bytes);
	int n = agx_cdm_parse(&cdm, bytes, size, packets[_i].g14x, &err);

	if (!packets[_i].text) {
		ck_assert_int_eq(n, -EINVAL);
		return;
	}
	ck_assert_msg(n > 0, "%s: %s", packets[_i].hex, err.text);
	ck_assert_int_eq(n, (int)size);
	ck_assert_int_eq(agx_cdm_build(&cdm, again, &err), n);
	ck_assert_mem_eq(again, bytes, size);

	n = agx_cdm_print(text, sizeof(text), &cdm);
	ck_assert_str_eq(text, packets[_i].text);
	ck_assert_int_eq(n, (int)strlen(text));
	for (int room = 0; room <= n; room++) {
		memset(cut, 'x', sizeof(cut));
		ck_assert_int_eq(agx_cdm_print(cut, (size_t)room, &cdm), n);
		if (room) {
			ck_assert_int_eq(strncmp(cut, text, (size_t)room - 1), 0);
			ck_assert_int_eq(cut[room - 1], '\0');
		}
		ck_assert_int_eq(cut[room], 'x');
	}
}
END_TEST

static const struct {
	const char *hex, *text;
} words[] = {
	{ "1d00800084f6ff2f", "uniform     u0l x 8, 0x2ffff68400" },
	{ "1d14000040fbff11", "uniform     u10l x 64, 0x11fffb4000" },
	{ "3dff1000fcffffff", "uniform     u255h x 1, 0xfffffffc00" },
	{ "dd04200008000000", "texture     ts4 x 2, 0x800" },
	{ "9d001000000000f8", NULL },
	{ "9d00100000000078", "sampler     ss0 x 1, 0x7800000000" },
	{ "4d900000", "shared      none" },
	{ "4d900002", "shared      none, 512 bytes" },
	{ "4d910002", "shared      512 bytes" },
	{ "4d910000", "shared      65536 bytes" },
	{ "4dbd1204", "shared      1024 bytes, layout 0x2f, samples 4, stride 8" },
	{ "0d0c00c0faff", "shader      0xfffac000" },
	{ "0d0b00c0faff", "shader      0xfffac000, loads varyings, unk1, unk2 2" },
	{ "8d010001", "registers   8" },
	{ "8d001801", "registers   256, spill 6" },
	{ "8d220000", "registers   16, unk1, unk4 0" },
	{ "580f0301", "fragment    0x01030f" },
	{ "8800", "no preshader" },
	{ "380080c08040fbff", "preshader   0xfffb4080" },
	{ "380081c08040fbff", NULL },
	{ "8801", NULL },
	{ "0000", NULL },
};

START_TEST(word_text)
{
	struct agx_usc_word word;
	struct agx_error err;
	u8 bytes[16], again[AGX_USC_WORD_MAX];
	size_t size = from_hex(words[_i].hex, bytes);
	int n = agx_usc_next(&word, bytes, size, &err);
	char text[128];

	if (!words[_i].text) {
		ck_assert_int_eq(n, -EINVAL);
		return;
	}
	ck_assert_msg(n > 0, "%s: %s", words[_i].hex, err.text);
	ck_assert_int_eq(n, (int)size);
	ck_assert_int_eq(agx_usc_put(&word, again, &err), n);
	ck_assert_mem_eq(again, bytes, size);
	ck_assert_int_eq(agx_usc_print(text, sizeof(text), &word), (int)strlen(text));
	ck_assert_str_eq(text, words[_i].text);
}
END_TEST

/* --- bits -------------------------------------------------------------------- */

/* Packets with no bit set that may be clear, and which bits may be set. */
static const struct {
	const char *hex;
	bool g14x;
	u32 known[10];		/* all but those that change what the packet is */
} kinds[] = {
	{ "00000000 00000000 000000000000000000000000 000000000000000000000000", false,
	  { 0x0000fffe, 0xffffffc0, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u } },
	{ "00000008 00000000 0000000000000000 000000000000000000000000", false,
	  { 0x0000fffe, 0xffffffc0, 0xff, 0xfffffffc, ~0u, ~0u, ~0u } },
	{ "00000010 00000000 0000000000000000", false,
	  { 0x0000fffe, 0xffffffc0, 0xff, 0xfffffffc } },
	{ "00000000 00000000 0000000000000040 000000000000000000000000 "
	  "000000000000000000000000", true,
	  { 0x0000fffe, 0xffffffc0, 0, 0, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u } },
	{ "00000020 00000000", false, { 0x100000ff, ~0u } },
	{ "00000040 00000000", false, { 0, 0 } },
	{ "00000060", false, { 0x0d1fffff } },
	{ "00000080 00000000", false, { 0, 0 } },
};

START_TEST(packet_bits)
{
	u8 bytes[AGX_CDM_MAX], again[AGX_CDM_MAX];
	size_t size = from_hex(kinds[_i].hex, bytes);
	bool launch = bytes[3] >> 5 == 0;
	struct agx_error err;
	struct agx_cdm cdm;

	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(agx_cdm_parse(&cdm, bytes, cut, kinds[_i].g14x, &err), -ENODATA);
	for (u32 bit = 0; bit < 8 * size; bit++) {
		bool known = kinds[_i].known[bit / 32] >> bit % 32 & 1;
		int n;

		/* These say what the packet is. */
		if ((bit >= 29 && bit < 32) || (launch && (bit == 27 || bit == 28)))
			continue;
		bytes[bit / 8] ^= 1u << bit % 8;
		n = agx_cdm_parse(&cdm, bytes, size, kinds[_i].g14x, &err);
		if (known) {
			ck_assert_msg(n == (int)size, "bit %u: %s", bit, err.text);
			ck_assert_int_eq(agx_cdm_build(&cdm, again, &err), n);
			ck_assert_mem_eq(again, bytes, size);
		} else {
			ck_assert_msg(n == -EINVAL, "bit %u is taken", bit);
			ck_assert_msg(err.bit == (int)bit, "bit %u is called %d", bit, err.bit);
		}
		bytes[bit / 8] ^= 1u << bit % 8;
	}
}
END_TEST

START_TEST(unknown_packets)
{
	static const u32 first[] = { 0xa0000000, 0xc0000000, 0xe0000000, 0x18000000 };
	u8 bytes[AGX_CDM_MAX] = { 0 };
	struct agx_error err;
	struct agx_cdm cdm;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		memcpy(bytes, &first[i], 4);
		ck_assert_int_eq(agx_cdm_parse(&cdm, bytes, sizeof(bytes), false, &err), -EINVAL);
		ck_assert_int_ge(err.bit, 27);
		ck_assert_int_eq(agx_cdm_parse(&cdm, bytes, sizeof(bytes), false, NULL), -EINVAL);
	}
}
END_TEST

/* The bits after the tag that words may have. */
static const struct {
	const char *hex;
	u64 known;
} word_kinds[] = {
	{ "1d00000000000000", 0xfffffffffff0ff00 }, { "3d00000000000000", 0xfffffffffff0ff00 },
	{ "dd00000000000000", 0x7ffffffffff0ff00 }, { "9d00000000000000", 0x7ffffffffff0ff00 },
	{ "4d000000", 0xfff3fd00 }, { "0d0000000000", 0xffffffffff00 },
	{ "8d000000", 0xff3c3f00 }, { "58000000", 0xffffff00 },
	{ "8800", 0 }, { "380080c000000000", 0xffffffff00000000 },
};

START_TEST(word_bits)
{
	u8 bytes[16], again[AGX_USC_WORD_MAX];
	size_t size = from_hex(word_kinds[_i].hex, bytes);
	struct agx_usc_word word;
	struct agx_error err;
	u64 known = word_kinds[_i].known;

	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(agx_usc_next(&word, bytes, cut, &err), -ENODATA);
	for (u32 bit = 8; bit < 8 * size; bit++) {
		int n;

		bytes[bit / 8] ^= 1u << bit % 8;
		n = agx_usc_next(&word, bytes, size, &err);
		if (known >> bit & 1) {
			ck_assert_msg(n == (int)size, "bit %u: %s", bit, err.text);
			ck_assert_int_eq(agx_usc_put(&word, again, &err), n);
			ck_assert_mem_eq(again, bytes, size);
		} else {
			ck_assert_msg(n == -EINVAL, "bit %u is taken", bit);
			ck_assert_msg(err.bit == (int)bit, "bit %u is called %d", bit, err.bit);
		}
		bytes[bit / 8] ^= 1u << bit % 8;
	}
}
END_TEST

/* --- limits ------------------------------------------------------------------ */

static const struct agx_cdm plain = {
	.type = AGX_CDM_LAUNCH, .uniforms = 64, .textures = 8, .preshader_regs = 16,
	.global = { 1, 1, 1 }, .local = { 1, 1, 1 },
};

static void round_trip(struct agx_cdm cdm, struct agx_cdm *back)
{
	u8 bytes[AGX_CDM_MAX];
	struct agx_error err;
	int n = agx_cdm_build(&cdm, bytes, &err);

	ck_assert_msg(n > 0, "%s", err.text);
	ck_assert_int_eq(agx_cdm_parse(back, bytes, (size_t)n, cdm.g14x, &err), n);
}

START_TEST(launch_groups)
{
	struct agx_cdm cdm = plain, back;

	for (u32 n = 0; n <= 512; n++) {
		cdm.uniforms = n;
		cdm.textures = n / 2;
		cdm.preshader_regs = n / 2;
		round_trip(cdm, &back);
		ck_assert_uint_eq(back.uniforms, n ? (n + 63) / 64 * 64 : 64);
		ck_assert_uint_eq(back.textures, n / 2 ? (n / 2 + 7) / 8 * 8 : 8);
		ck_assert_uint_eq(back.preshader_regs, n / 2 ? (n / 2 + 15) / 16 * 16 : 16);
	}
}
END_TEST

static void refused(struct agx_cdm cdm, const char *what)
{
	u8 bytes[AGX_CDM_MAX];
	struct agx_error err = { .text = "" };

	ck_assert_int_eq(agx_cdm_build(&cdm, bytes, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, what) != NULL, "%s does not say %s", err.text, what);
	ck_assert_int_eq(agx_cdm_build(&cdm, bytes, NULL), -EINVAL);
}

START_TEST(launch_limits)
{
	struct agx_cdm cdm;

	cdm = plain;
	cdm.uniforms = 513;
	refused(cdm, "uniforms");
	cdm = plain;
	cdm.textures = 257;
	refused(cdm, "textures");
	cdm = plain;
	cdm.preshader_regs = 257;
	refused(cdm, "preshader_regs");
	cdm = plain;
	cdm.samplers = 5;
	refused(cdm, "sampler");
	cdm.samplers = 8;
	refused(cdm, "sampler");
	cdm = plain;
	cdm.usc = 32;
	refused(cdm, "multiple of 64");
	cdm = plain;
	cdm.mode = 3;
	refused(cdm, "mode");
	cdm = plain;
	cdm.mode = AGX_CDM_INDIRECT_GLOBAL;
	cdm.address = 2;
	refused(cdm, "multiple of 4");
	cdm.address = 1ull << 40;
	refused(cdm, "address");
	cdm = (struct agx_cdm){ .type = AGX_CDM_LINK, .address = 1ull << 40 };
	refused(cdm, "address");
	cdm = (struct agx_cdm){ .type = AGX_CDM_BARRIER, .flags = 1u << 28 };
	refused(cdm, "bit 28");
	cdm.flags = 1u << 21;
	refused(cdm, "bit 21");
	cdm = (struct agx_cdm){ .type = 5 };
	refused(cdm, "type 5");
}
END_TEST

START_TEST(random_packets)
{
	for (int i = 0; i < 50000; i++) {
		struct agx_cdm cdm = { .type = kt_below(AGX_CDM_TYPES) }, back;

		if (cdm.type == AGX_CDM_LAUNCH) {
			cdm.mode = kt_below(3);
			cdm.g14x = kt_below(2);
			cdm.uniforms = 64 * (1 + kt_below(8));
			cdm.textures = 8 * (1 + kt_below(32));
			cdm.preshader_regs = 16 * (1 + kt_below(16));
			cdm.samplers = kt_below(5);
			cdm.usc = (u32)kt_random() & ~63u;
			for (int d = 0; d < 3; d++) {
				if (cdm.mode == AGX_CDM_DIRECT)
					cdm.global[d] = (u32)kt_random();
				if (cdm.mode != AGX_CDM_INDIRECT_LOCAL)
					cdm.local[d] = (u32)kt_random();
			}
			if (cdm.mode != AGX_CDM_DIRECT)
				cdm.address = kt_random() >> 24 & ~3ull;
		} else if (cdm.type == AGX_CDM_LINK) {
			cdm.address = kt_random() >> 24;
			cdm.with_return = kt_below(2);
		} else if (cdm.type == AGX_CDM_BARRIER) {
			cdm.flags = (u32)kt_random() & 0x0d1fffff;
		}
		round_trip(cdm, &back);
		cdm.size = back.size;
		ck_assert_mem_eq(&cdm, &back, sizeof(cdm));
	}
}
END_TEST

/* --- all words of a launch ---------------------------------------------------- */

static void usc_of(const char *hex, int want, const char *what, struct agx_usc *usc)
{
	struct agx_error err = { .text = "" };
	u8 bytes[4096];
	size_t size = from_hex(hex, bytes);
	int ret = agx_usc_parse(usc, bytes, size, &err);

	ck_assert_msg(ret == want, "%s: %d: %s", hex, ret, err.text);
	ck_assert_msg(!what || strstr(err.text, what), "%s does not say %s", err.text, what);
}

START_TEST(usc_any_order)
{
	struct agx_usc usc;

	usc_of("8d020001 4d910001 0d0c00100000 3d00400000040000 1d00100000040000 8800", 0, NULL,
	       &usc);
	ck_assert_uint_eq(usc.n_uniforms, 2);
	ck_assert_uint_eq(usc.uniform[0].start, 256);
	ck_assert_uint_eq(usc.uniform[0].count, 4);
	ck_assert_uint_eq(usc.uniform[1].start, 0);
	ck_assert_uint_eq(usc.uniform[1].count, 1);
	ck_assert_uint_eq(usc.uniform[1].address, 0x40000);
	ck_assert_uint_eq(usc.regs, 16);
	ck_assert_uint_eq(usc.shader, 0x1000);
	ck_assert_uint_eq(usc.shared_size, 256);
	ck_assert(!usc.has_preamble);
	ck_assert_uint_eq(usc.size, 32);

	/* The size counts where memory is used only; textures are counted. */
	usc_of("dd00100000000000 9d00100000000000 4d900001 0d0c00100000 8d000001 "
	       "380080c040000000", 0, NULL, &usc);
	ck_assert_uint_eq(usc.n_textures, 1);
	ck_assert_uint_eq(usc.n_samplers, 1);
	ck_assert_uint_eq(usc.shared_size, 0);
	ck_assert_uint_eq(usc.regs, 256);
	ck_assert(usc.has_preamble);
	ck_assert_uint_eq(usc.preamble, 0x40);
}
END_TEST

START_TEST(usc_refused)
{
	struct agx_usc usc;

	usc_of("0d0c00100000 8d020001", -ENODATA, "byte 10", &usc);
	usc_of("0d0c00100000 8800", -EINVAL, "no registers word", &usc);
	usc_of("8d020001 8800", -EINVAL, "no shader word", &usc);
	usc_of("0d0c00100000 8d020001 8d020001 8800", -EINVAL, "byte 10: a second registers", &usc);
	usc_of("580f0301 0d0c00100000 8d020001 8800", -EINVAL, "fragment", &usc);
	usc_of("3dff200000000000 0d0c00100000 8d020001 8800", -EINVAL, "u255h", &usc);
	usc_of("0d0c00100000 8d020001 00", -EINVAL, "byte 10: no USC word starts with 0", &usc);
}
END_TEST

START_TEST(usc_build_limits)
{
	struct agx_usc usc = { .shader = 0x80, .regs = 8, .unk4 = 1 }, back;
	struct agx_error err;
	u8 bytes[1024];
	int n;

	n = agx_usc_build(&usc, bytes, sizeof(bytes), &err);
	ck_assert_int_eq(n, 4 + 6 + 4 + 2);
	ck_assert_int_eq(agx_usc_build(&usc, bytes, (size_t)n, &err), n);
	for (int room = 0; room < n; room++)
		ck_assert_int_eq(agx_usc_build(&usc, bytes, (size_t)room, &err), -ENOSPC);

	for (u32 i = 0; i < AGX_USC_MAX_UNIFORMS; i++)
		usc.uniform[usc.n_uniforms++] = (struct agx_usc_uniform){
			.start = (u16)(8 * i), .count = 8, .address = 0x123450 + 4 * i,
		};
	usc.uses_shared = true;
	usc.shared_size = 65536;
	usc.has_preamble = true;
	usc.preamble = 0x1234;
	n = agx_usc_build(&usc, bytes, sizeof(bytes), &err);
	ck_assert_int_eq(n, 64 * 8 + 4 + 6 + 4 + 8);
	ck_assert_int_eq(agx_usc_parse(&back, bytes, (size_t)n, &err), 0);
	usc.size = (u32)n;
	usc.seen = back.seen;
	ck_assert_mem_eq(&usc, &back, sizeof(usc));

	usc.uniform[0].count = 65;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
	usc.uniform[0].count = 0;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
	usc.uniform[0].count = 1;
	usc.uniform[0].address = 2;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
	usc.uniform[0].address = 0;
	usc.regs = 264;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
	usc.regs = 8;
	usc.shared_size = 65537;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
	usc.shared_size = 0;
	usc.n_uniforms = 65;
	ck_assert_int_eq(agx_usc_build(&usc, bytes, sizeof(bytes), &err), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cdm");
	TCase *tc = tcase_create("cdm");
	int n = corpus_count("corpus");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	if (n) {
		tcase_add_loop_test(tc, corpus_streams, 0, n);
		tcase_add_loop_test(tc, corpus_words, 0, n);
	}
	tcase_add_loop_test(tc, packet_text, 0, ARRAY_SIZE(packets));
	tcase_add_loop_test(tc, word_text, 0, ARRAY_SIZE(words));
	tcase_add_loop_test(tc, packet_bits, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, unknown_packets);
	tcase_add_loop_test(tc, word_bits, 0, ARRAY_SIZE(word_kinds));
	tcase_add_test(tc, launch_groups);
	tcase_add_test(tc, launch_limits);
	tcase_add_test(tc, random_packets);
	tcase_add_test(tc, usc_any_order);
	tcase_add_test(tc, usc_refused);
	tcase_add_test(tc, usc_build_limits);
	return suite_run(suite);
}
