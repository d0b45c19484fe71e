/* SPDX-License-Identifier: MIT */
/*
 * What a model computes, written from the papers in double precision and with
 * loops only, to be compared with.  It shares nothing with compute/.
 */
#ifndef TESTS_LIB_ORACLE_H
#define TESTS_LIB_ORACLE_H

#include "tiny_model.h"

/*
 * Logits after each of n tokens, rows of n_vocab.  The model's matrices are
 * taken as F32; n_ctx is the session's, which long factors depend on.
 */
void oracle_logits(const struct tiny_model *m, uint32_t n_ctx, const int32_t *tokens, size_t n,
		   double *logits);

#endif
