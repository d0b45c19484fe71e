// SPDX-License-Identifier: MIT
/* The kernel table: complete for every choice of instruction sets. */
#include "compute/kernels.h"

#include "kern.h"

/* _i is the choice. */
START_TEST(complete)
{
	struct mutsu_kernels k;

	memset(&k, 0xff, sizeof(k));
	mutsu_kernels_init(&k, (unsigned int)_i);

	for (uint32_t t = 0; t < MUTSU_N_TYPES; t++) {
		bool supported = mutsu_type_info(t)->supported;

		ck_assert_msg(!k.matmul[t] == !supported, "matmul of type %u", t);
		ck_assert_msg(!k.dequant[t] == !supported, "dequant of type %u", t);
	}
	for (int act = 0; act < MUTSU_N_ACTS; act++)
		ck_assert_msg(k.activation[act] != NULL, "activation %d", act);
	ck_assert(k.add && k.axpy);
	ck_assert(k.rmsnorm && k.rope_norm && k.rope_neox && k.softmax);
	ck_assert(k.attention_f32 && k.attention_f16);
	ck_assert(k.glu_silu && k.glu_gelu && k.route);
}
END_TEST

START_TEST(reference_alone)
{
	struct mutsu_kernels k;

	mutsu_kernels_init(&k, 0);
	ck_assert(k.matmul[MUTSU_F32] == mutsu_matmul_f32_ref);
	ck_assert(k.matmul[MUTSU_Q4_K] == mutsu_matmul_q4_k_ref);
	ck_assert(k.activation[MUTSU_ACT_Q8] == mutsu_activation_q8_ref);
	ck_assert(k.attention_f16 == mutsu_attention_f16_ref);
	ck_assert(k.softmax == mutsu_softmax_ref);
}
END_TEST

/* The best that is allowed wins, and what it lacks comes from the next. */
START_TEST(best_wins)
{
	struct mutsu_kernels k;

	mutsu_kernels_init(&k, MUTSU_ISA_NEON);
	ck_assert(k.matmul[MUTSU_Q4_0] == mutsu_matmul_q4_0_neon);
	ck_assert(k.attention_f16 == mutsu_attention_f16_neon);

	mutsu_kernels_init(&k, MUTSU_ISA_NEON | MUTSU_ISA_DOTPROD);
	ck_assert(k.matmul[MUTSU_Q4_0] == mutsu_matmul_q4_0_dotprod);
	ck_assert(k.matmul[MUTSU_F16] == mutsu_matmul_f16_neon);

	mutsu_kernels_init(&k, MUTSU_ISA_ALL);
	ck_assert(k.matmul[MUTSU_Q4_0] == mutsu_matmul_q4_0_i8mm);
	ck_assert(k.matmul[MUTSU_IQ4_XS] == mutsu_matmul_iq4_xs_i8mm);
	ck_assert(k.matmul[MUTSU_BF16] == mutsu_matmul_bf16_neon);
	ck_assert(k.rmsnorm == mutsu_rmsnorm_neon);
}
END_TEST

/* Bits that no instruction set has change nothing. */
START_TEST(unknown_bits)
{
	struct mutsu_kernels k, same;

	mutsu_kernels_init(&k, ~(unsigned int)MUTSU_ISA_ALL);
	mutsu_kernels_init(&same, 0);
	ck_assert(!memcmp(&k, &same, sizeof(k)));
}
END_TEST

START_TEST(detected)
{
	unsigned int isa = mutsu_isa_detect();

	ck_assert_uint_eq(isa & ~(unsigned int)MUTSU_ISA_ALL, 0);
	ck_assert_uint_eq(isa, mutsu_isa_detect());
	/* Each set builds on the one before it. */
	ck_assert(!(isa & MUTSU_ISA_DOTPROD) || (isa & MUTSU_ISA_NEON));
	ck_assert(!(isa & MUTSU_ISA_I8MM) || (isa & MUTSU_ISA_DOTPROD));
#ifdef __aarch64__
	ck_assert(isa & MUTSU_ISA_NEON);
#endif
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("kernels");
	TCase *tc = tcase_create("kernels");

	tcase_add_loop_test(tc, complete, 0, MUTSU_ISA_ALL + 1);
	tcase_add_test(tc, reference_alone);
	if (kern_has_neon())
		tcase_add_test(tc, best_wins);
	tcase_add_test(tc, unknown_bits);
	tcase_add_test(tc, detected);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
