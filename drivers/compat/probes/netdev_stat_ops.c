// SPDX-License-Identifier: GPL-2.0-only
// since 6.9: «netdev: add per-queue statistics»
#include <linux/netdevice.h>
#include <net/netdev_queues.h>

static void __maybe_unused probe(struct net_device *dev, const struct netdev_stat_ops *ops,
				 struct netdev_queue_stats_tx *tx)
{
	dev->stat_ops = ops;
	tx->wake = tx->hw_gso_wire_bytes;
}
