// SPDX-License-Identifier: GPL-2.0-only
// since 5.17: «ethtool: extend ringparam setting/getting API with rx_buf_len»
// one of: ethtool_ops.set_ringparam
#include <linux/ethtool.h>

static int set(struct net_device *dev, struct ethtool_ringparam *ring,
	       struct kernel_ethtool_ringparam *kernel_ring, struct netlink_ext_ack *extack)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_ringparam = set };
