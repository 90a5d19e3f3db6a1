// SPDX-License-Identifier: GPL-2.0-only
// until 5.14: two arguments
// one of: ethtool_ops.set_coalesce
#include <linux/ethtool.h>

static int set(struct net_device *dev, struct ethtool_coalesce *coal)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_coalesce = set };
