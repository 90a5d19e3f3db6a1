// SPDX-License-Identifier: GPL-2.0-only
// until 6.17: the period is an argument
// one of: devlink_health_reporter_create()
#include <net/devlink.h>

static const struct devlink_health_reporter_ops ops = { .name = "probe" };

static struct devlink_health_reporter *__maybe_unused probe(struct devlink *devlink)
{
	return devlink_health_reporter_create(devlink, &ops, 1, devlink);
}
