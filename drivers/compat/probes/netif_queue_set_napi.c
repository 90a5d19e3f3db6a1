// SPDX-License-Identifier: GPL-2.0-only
// since 6.8: «netdev-genl: spec: Extend netdev netlink spec in YAML for queue», and for NAPI
#include <linux/netdevice.h>

static void __maybe_unused probe(struct net_device *dev, struct napi_struct *napi)
{
	netif_napi_set_irq(napi, 1);
	netif_queue_set_napi(dev, 0, NETDEV_QUEUE_TYPE_RX, napi);
}
