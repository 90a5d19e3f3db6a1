// SPDX-License-Identifier: GPL-2.0-only
// since 6.13: «net: napi: Add napi_config»
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev, struct napi_struct *napi,
				 int (*poll)(struct napi_struct *, int))
{
	netif_napi_add_config(dev, napi, poll, 0);
}
