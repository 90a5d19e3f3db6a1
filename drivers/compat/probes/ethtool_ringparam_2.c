// SPDX-License-Identifier: GPL-2.0-only
// until 5.16: two arguments
// one of: ethtool_ops.set_ringparam
#include <linux/ethtool.h>

static int set(struct net_device *dev, struct ethtool_ringparam *ring)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_ringparam = set };
