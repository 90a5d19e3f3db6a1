// SPDX-License-Identifier: GPL-2.0-only
// since 5.15: «devlink: Set device as early as possible»
// one of: devlink_alloc()
#include <net/devlink.h>

static void __maybe_unused probe(const struct devlink_ops *ops, struct device *dev)
{
	devlink_register(devlink_alloc(ops, 1, dev));
}
