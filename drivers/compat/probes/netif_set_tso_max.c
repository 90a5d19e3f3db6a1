// SPDX-License-Identifier: GPL-2.0-only
// since 5.19: «net: add netif_inherit_tso_max()» and its neighbours
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev)
{
	netif_set_tso_max_size(dev, 65536);
	netif_set_tso_max_segs(dev, 16);
}
