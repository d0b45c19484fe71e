// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: floating point
 *
 * The one place where the module may use the FPU: shaders run here, a slice at a time.
 */
#include "agxc_engine.h"
