// SPDX-License-Identifier: GPL-2.0-only
// since 5.15: «ethtool: extend coalesce setting uAPI with CQE mode»
// one of: ethtool_ops.set_coalesce
#include <linux/ethtool.h>

static int set(struct net_device *dev, struct ethtool_coalesce *coal,
	       struct kernel_ethtool_coalesce *kernel_coal, struct netlink_ext_ack *extack)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_coalesce = set };
