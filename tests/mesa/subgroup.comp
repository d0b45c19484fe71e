#version 460
// SPDX-License-Identifier: MIT
// Operations across a SIMD-group, the last of each threadgroup half full.
//RUN: -b 4096:rand -b 32768 -g 4
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
#extension GL_KHR_shader_subgroup_clustered : require
#extension GL_KHR_shader_subgroup_quad : require
layout(local_size_x = 80) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) writeonly buffer B { uint b[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, o = 16u * i, v = a[i];
	uint lane = gl_SubgroupInvocationID, n = gl_SubgroupID == 2u ? 16u : 32u, d;

	b[o] = subgroupAdd(v);
	b[o + 1u] = subgroupMin(v) ^ subgroupMax(v);
	b[o + 2u] = uint(subgroupMin(int(v))) + uint(subgroupMax(int(v)));
	b[o + 3u] = subgroupAnd(v | 0xffffu) + subgroupOr(v & 0xf0f0u) + subgroupXor(v);
	b[o + 4u] = subgroupInclusiveAdd(v);
	b[o + 5u] = subgroupExclusiveAdd(v);
	b[o + 6u] = subgroupInclusiveMax(v) - subgroupExclusiveOr(v);
	b[o + 7u] = subgroupBallot((v & 1u) != 0u).x;
	b[o + 8u] = subgroupShuffle(v, (lane * 5u + 1u) % n);
	b[o + 9u] = subgroupShuffleXor(v, 9u);
	b[o + 10u] = subgroupBroadcastFirst(v) + subgroupBroadcast(v, 5u);
	b[o + 11u] = subgroupClusteredAdd(v, 8u);
	b[o + 12u] = subgroupQuadSwapHorizontal(v) + 3u * subgroupQuadSwapDiagonal(v);
	if ((v & 3u) == 0u) {
		d = subgroupAdd(lane + 1u);
		if (subgroupElect())
			d += 1000u;
	} else if ((v & 3u) == 1u) {
		d = subgroupMax(lane) + subgroupBallotBitCount(subgroupBallot(true)) * 100u;
	} else {
		d = subgroupExclusiveAdd(1u);
	}
	b[o + 13u] = d;
	b[o + 14u] = (subgroupAll(v > 1000u) ? 1u : 0u) + (subgroupAny(v < 0x10000000u) ? 2u : 0u);
	b[o + 15u] = lane >= 2u ? subgroupShuffleUp(v, 2u) : 0u;
}
