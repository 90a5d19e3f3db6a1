/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * devlink: the order of registration as it is since 5.16 (everything is created
 * first, devlink_register() makes it visible), and health reporters whose periods
 * are in their operations.
 *
 * devlink_fmsg_*() returned errors up to 6.6 and keeps them itself since; drivers
 * ignore the value, so that an old kernel may show a truncated dump after -ENOMEM.
 */
#ifndef _VMGUEST_COMPAT_DEVLINK_H
#define _VMGUEST_COMPAT_DEVLINK_H

#include <net/devlink.h>

#ifndef HAVE_DEVLINK_ALLOC_DEV
/* The device is set here, as today's does: a report before registration reads it. */
static inline struct devlink *compat_devlink_alloc(const struct devlink_ops *ops,
						   size_t priv_size, struct device *dev)
{
	struct devlink *devlink = devlink_alloc(ops, priv_size);

	if (devlink)
		devlink->dev = dev;
	return devlink;
}

/* Always succeeded, long before it became void. */
static inline void compat_devlink_register(struct devlink *devlink)
{
	WARN_ON_ONCE(devlink_register(devlink, devlink->dev));
}

#define devlink_alloc compat_devlink_alloc
#define devlink_register compat_devlink_register
#endif

/*
 * The periods moved into the operations in 6.18. A static initialiser of today's
 * type fits this one, whose first part is what an old kernel takes.
 */
#ifndef HAVE_DEVLINK_REPORTER_PERIOD
struct compat_devlink_health_reporter_ops {
	union {
		struct devlink_health_reporter_ops known;
		struct {
			char *name;
			int (*recover)(struct devlink_health_reporter *reporter,
				       void *priv_ctx, struct netlink_ext_ack *extack);
			int (*dump)(struct devlink_health_reporter *reporter,
				    struct devlink_fmsg *fmsg, void *priv_ctx,
				    struct netlink_ext_ack *extack);
			int (*diagnose)(struct devlink_health_reporter *reporter,
					struct devlink_fmsg *fmsg,
					struct netlink_ext_ack *extack);
			int (*test)(struct devlink_health_reporter *reporter,
				    struct netlink_ext_ack *extack);
		};
	};
	u64 default_graceful_period;
	u64 default_burst_period;
};

#define COMPAT_SAME_PLACE(member)						\
	static_assert(offsetof(struct devlink_health_reporter_ops, member) ==	\
		      offsetof(struct compat_devlink_health_reporter_ops, member))
COMPAT_SAME_PLACE(name);
COMPAT_SAME_PLACE(recover);
COMPAT_SAME_PLACE(dump);
COMPAT_SAME_PLACE(diagnose);
COMPAT_SAME_PLACE(test);
#undef COMPAT_SAME_PLACE

static inline struct devlink_health_reporter *
compat_devlink_health_reporter_create(struct devlink *devlink,
				      const struct compat_devlink_health_reporter_ops *ops,
				      void *priv)
{
	return devlink_health_reporter_create(devlink, &ops->known,
					      ops->default_graceful_period, priv);
}

#define devlink_health_reporter_ops compat_devlink_health_reporter_ops
#define devlink_health_reporter_create compat_devlink_health_reporter_create
#endif

/**
 * devlink_info_driver() - say in .info_get() which driver this is
 * @req: the answer being written
 * @name: name of the module
 *
 * The core says it by itself since 6.2; then this does nothing.
 *
 * Return: 0 or a negative error.
 */
static inline int devlink_info_driver(struct devlink_info_req *req, const char *name)
{
#ifdef HAVE_DEVLINK_INFO_DRIVER_NAME_PUT
	return devlink_info_driver_name_put(req, name);
#else
	return 0;
#endif
}

#endif
