// SPDX-License-Identifier: GPL-2.0-only
// since 5.17: «net: annotate accesses to queue->trans_start»
#include <linux/netdevice.h>

static void __maybe_unused probe(struct netdev_queue *txq)
{
	txq_trans_cond_update(txq);
}
