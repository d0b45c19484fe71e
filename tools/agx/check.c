// SPDX-License-Identifier: MIT
#include "check_report.h"

static int check_program(struct agx_report *report, const struct agx_flow *flow)
{
	struct agx_walk walk;
	int ret = agx_walk_init(&walk, flow);

	if (ret)
		return ret;
	for (u32 i = 0; i < report->code->n; i++) {
		agx_check_operands(report, i);
		agx_check_target(report, flow, i);
	}
	ret = agx_check_walk(report, &walk);
	agx_walk_destroy(&walk);
	return ret;
}

int agx_check(const struct agx_code *code, const struct agx_check_opts *opts)
{
	struct agx_report report = { .code = code, .opts = opts };
	struct agx_flow flow;
	int ret = agx_flow_init(&flow, code);

	if (ret)
		return ret;
	ret = check_program(&report, &flow);
	agx_flow_destroy(&flow);
	if (ret)
		report.no_memory = true;
	agx_report_finish(&report);
	return report.no_memory ? -ENOMEM : (int)report.n;
}
