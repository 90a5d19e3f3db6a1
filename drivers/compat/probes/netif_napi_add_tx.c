// SPDX-License-Identifier: GPL-2.0-only
// since 5.19: «net: switch to netif_napi_add_tx()»
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev, struct napi_struct *napi,
				 int (*poll)(struct napi_struct *, int))
{
	netif_napi_add_tx(dev, napi, poll);
}
