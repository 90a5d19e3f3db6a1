// SPDX-License-Identifier: GPL-2.0-only
// since 6.8: «net: ethtool: pass a pointer to parameters to get/set_rxfh ethtool ops»
// one of: ethtool_ops.set_rxfh
#include <linux/ethtool.h>

static int set(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
	       struct netlink_ext_ack *extack)
{
	return rxfh->input_xfrm;
}

static const struct ethtool_ops probe __maybe_unused = { .set_rxfh = set };
