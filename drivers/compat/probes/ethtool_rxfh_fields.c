// SPDX-License-Identifier: GPL-2.0-only
// since 6.17: «net: ethtool: add dedicated callbacks for getting and setting rxfh fields»
#include <linux/ethtool.h>

static int set(struct net_device *dev, const struct ethtool_rxfh_fields *fields,
	       struct netlink_ext_ack *extack)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_rxfh_fields = set };
