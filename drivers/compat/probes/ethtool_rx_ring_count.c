// SPDX-License-Identifier: GPL-2.0-only
// since 6.19: «net: ethtool: add get_rx_ring_count callback to optimize RX ring queries»
#include <linux/ethtool.h>

static u32 get(struct net_device *dev)
{
	return 1;
}

static const struct ethtool_ops probe __maybe_unused = { .get_rx_ring_count = get };
