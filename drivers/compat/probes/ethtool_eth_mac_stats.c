// SPDX-License-Identifier: GPL-2.0-only
// since 5.13: «ethtool: add interface to read standard MAC stats»
#include <linux/ethtool.h>

static void get(struct net_device *dev, struct ethtool_eth_mac_stats *stats)
{
}

static const struct ethtool_ops probe __maybe_unused = { .get_eth_mac_stats = get };
