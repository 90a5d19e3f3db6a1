// SPDX-License-Identifier: GPL-2.0-only
// since 5.17: «PM: core: Add new *_PM_OPS macros, deprecate old ones»
#include <linux/pm.h>

static __maybe_unused DEFINE_SIMPLE_DEV_PM_OPS(probe, NULL, NULL);
