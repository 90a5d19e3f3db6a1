// SPDX-License-Identifier: GPL-2.0-only
// since 6.1: «net: drop the weight argument from netif_napi_add»
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev, struct napi_struct *napi,
				 int (*poll)(struct napi_struct *, int))
{
	netif_napi_add(dev, napi, poll);
}
