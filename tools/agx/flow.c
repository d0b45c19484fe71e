// SPDX-License-Identifier: MIT
#include "flow.h"

u32 agx_code_at(const struct agx_code *code, s64 offset)
{
	u32 low = 0, high = code->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (code->offset[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < code->n && code->offset[low] == offset ? low : AGX_NOWHERE;
}

bool agx_ends_path(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_STOP || insn->op == AGX_OP_TRAP || insn->op == AGX_OP_RET;
}

static bool ends_block(const struct agx_insn *insn, const struct agx_access *access)
{
	return agx_ends_path(insn) || agx_has_target(insn) || insn->op == AGX_OP_CALL_REG ||
	       agx_sets_mask(insn) || agx_halves_has(&access->writes, AGX_HALF_R0L);
}

/* Blocks begin where leader says; block_of becomes the number of each one's block. */
static void make_blocks(struct agx_flow *flow, const bool *leader)
{
	u32 n = flow->code->n;

	flow->n_blocks = 0;
	for (u32 i = 0; i < n; i++) {
		if (leader[i])
			flow->block[flow->n_blocks++] = (struct agx_block){ .first = i };
		flow->block[flow->n_blocks - 1].n++;
		flow->block_of[i] = flow->n_blocks - 1;
	}
}

int agx_flow_init(struct agx_flow *flow, const struct agx_code *code)
{
	/* calloc(0) may be NULL. */
	size_t n = (size_t)code->n + 1;
	bool *leader = calloc(n, sizeof(*leader));

	*flow = (struct agx_flow){
		.code = code,
		.access = calloc(n, sizeof(*flow->access)),
		.target = calloc(n, sizeof(*flow->target)),
		.block_of = calloc(n, sizeof(*flow->block_of)),
		.block = calloc(n, sizeof(*flow->block)),
	};
	if (!leader || !flow->access || !flow->target || !flow->block_of || !flow->block) {
		agx_flow_destroy(flow);
		free(leader);
		return -ENOMEM;
	}
	leader[0] = true;
	for (u32 i = 0; i < code->n; i++) {
		const struct agx_insn *insn = &code->insn[i];

		agx_access_of(insn, &flow->access[i]);
		flow->target[i] = AGX_NOWHERE;
		if (agx_has_target(insn))
			flow->target[i] = agx_code_at(code, (s64)code->offset[i] + insn->imm);
		if (flow->target[i] != AGX_NOWHERE)
			leader[flow->target[i]] = true;
		leader[i + 1] |= ends_block(insn, &flow->access[i]);
	}
	make_blocks(flow, leader);
	free(leader);
	return 0;
}

void agx_flow_destroy(struct agx_flow *flow)
{
	free(flow->access);
	free(flow->target);
	free(flow->block_of);
	free(flow->block);
	*flow = (struct agx_flow){ 0 };
}
