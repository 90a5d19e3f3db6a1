// SPDX-License-Identifier: GPL-2.0-only
// until 6.7: four arguments
// one of: ethtool_ops.set_rxfh
#include <linux/ethtool.h>

static int set(struct net_device *dev, const u32 *indir, const u8 *key, const u8 hfunc)
{
	return 0;
}

static const struct ethtool_ops probe __maybe_unused = { .set_rxfh = set };
