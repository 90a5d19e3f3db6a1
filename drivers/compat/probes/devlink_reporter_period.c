// SPDX-License-Identifier: GPL-2.0-only
// since 6.18: «devlink: Move graceful period parameter to reporter ops»
// one of: devlink_health_reporter_create()
#include <net/devlink.h>

static const struct devlink_health_reporter_ops ops = { .default_graceful_period = 1 };

static struct devlink_health_reporter *__maybe_unused probe(struct devlink *devlink)
{
	return devlink_health_reporter_create(devlink, &ops, devlink);
}
