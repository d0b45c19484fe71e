/* SPDX-License-Identifier: MIT */
/* The model that is there when none is named; 32-byte aligned as GGUF data are. */
	.section .rodata, "a", %progbits
	.balign 64
	.globl mutsu_default_model
	.hidden mutsu_default_model
	.type mutsu_default_model, %object
mutsu_default_model:
	.incbin "runtime/default_model/mutsu-tiny-q8_0.gguf"
	.globl mutsu_default_model_end
	.hidden mutsu_default_model_end
mutsu_default_model_end:
	.size mutsu_default_model, . - mutsu_default_model
	.section .note.GNU-stack, "", %progbits
