// SPDX-License-Identifier: GPL-2.0-only
// since 6.15: «net: move aRFS rmap management and CPU affinity to core»
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev)
{
	netif_set_affinity_auto(dev);
}
