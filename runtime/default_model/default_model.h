/* SPDX-License-Identifier: MIT */
/* The GGUF file built into the library; default_model.S places it. */
#ifndef RUNTIME_DEFAULT_MODEL_H
#define RUNTIME_DEFAULT_MODEL_H

extern const unsigned char mutsu_default_model[], mutsu_default_model_end[];

#endif
