// SPDX-License-Identifier: GPL-2.0-only
// until 5.14: the device is named at registration
// one of: devlink_alloc()
#include <net/devlink.h>

static int __maybe_unused probe(const struct devlink_ops *ops, struct device *dev)
{
	return devlink_register(devlink_alloc(ops, 1), dev);
}
