// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Counters: rtnl_link_stats64, per-queue statistics by netlink, the standard
 * groups and the private names of ethtool.
 *
 * Two kinds are kept apart.  The driver's own count what it saw; they live in
 * the queues.  The device's count what never reached the driver, too; they are
 * fetched every two seconds while the device is active, so that readers cause
 * no exit, and start anew at each activation (§2.7).  Neither ever falls:
 * queues come and go, but leave their counters in a base.
 *
 * Who increments a counter is in vmxnet3_tx.c and vmxnet3_rx.c; what is shown
 * where is here.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <net/netdev_queues.h>

#include "vmxnet3.h"

#define VMXNET3_STATS_PERIOD	(2 * HZ)

/*
 * What ethtool -S shows of a tx queue: "tx_NAME" is the total since probe,
 * "txN_NAME" counts since queue N was made.
 */
static const char vmxnet3_tx_names[][ETH_GSTRING_LEN] = {
	/* packets and bytes handed to the device; a TSO packet is one */
	[VMXNET3_TX_PACKETS] = "packets",
	[VMXNET3_TX_BYTES] = "bytes",
	/* those of them that the device segments, and the segments asked for */
	[VMXNET3_TX_TSO_PACKETS] = "tso_packets",
	[VMXNET3_TX_TSO_BYTES] = "tso_bytes",
	[VMXNET3_TX_TSO_SEGS] = "tso_segs",
	/* packets whose checksum the device completes, TSO not included */
	[VMXNET3_TX_CSUM] = "csum",
	/* packets short enough to be copied whole to a data slot */
	[VMXNET3_TX_DATA_RING] = "data_ring",
	/* packets of too many fragments, which had to be copied together */
	[VMXNET3_TX_LINEARIZED] = "linearized",
	/* doorbell writes: each is a VM exit, one serves a burst */
	[VMXNET3_TX_DOORBELLS] = "doorbells",
	/* the ring was too full for another packet of the worst kind */
	[VMXNET3_TX_STOPS] = "stops",
	/* the ring had room again after that */
	[VMXNET3_TX_WAKES] = "wakes",
	/* the interrupt was unmasked, since no sender is there to reap */
	[VMXNET3_TX_UNMASKS] = "unmasks",
	/* dropped: headers cannot be read, or are longer than the device takes */
	[VMXNET3_TX_DROP_HDR] = "drop_hdr",
	/* dropped: too many fragments and no memory to copy them together */
	[VMXNET3_TX_DROP_LINEARIZE] = "drop_linearize",
	/* dropped: DMA mapping failed */
	[VMXNET3_TX_DROP_MAP] = "drop_map",
	/* dropped: the queue was down or waited for a reset */
	[VMXNET3_TX_DROP_DOWN] = "drop_down",
	/* device error: completion of a descriptor outside of the ring */
	[VMXNET3_TX_BAD_COMP_INDEX] = "bad_comp_index",
	/* device error: completion of a packet that is not the oldest */
	[VMXNET3_TX_BAD_COMP_ORDER] = "bad_comp_order",
	/* the core found that the queue made no progress */
	[VMXNET3_TX_TIMEOUTS] = "timeouts",
};

/* The same for an rx queue, "rx_NAME" and "rxN_NAME". */
static const char vmxnet3_rx_names[][ETH_GSTRING_LEN] = {
	/* frames and bytes handed to the stack; a frame merged by LRO is one */
	[VMXNET3_RX_PACKETS] = "packets",
	[VMXNET3_RX_BYTES] = "bytes",
	/* short frames that were copied, so that their buffer stays posted */
	[VMXNET3_RX_COPYBREAK] = "copybreak",
	/* frames whose checksum the device found right */
	[VMXNET3_RX_CSUM_UNNECESSARY] = "csum_unnecessary",
	/* frames without a good checksum verdict, bad ones included */
	[VMXNET3_RX_CSUM_NONE] = "csum_none",
	/* frames whose checksum the device found wrong; the stack looks again */
	[VMXNET3_RX_CSUM_BAD] = "csum_bad",
	/* frames from which the device took the VLAN tag */
	[VMXNET3_RX_VLAN_STRIPPED] = "vlan_stripped",
	/* frames that the device merged, and their bytes */
	[VMXNET3_RX_LRO_PACKETS] = "lro_packets",
	[VMXNET3_RX_LRO_BYTES] = "lro_bytes",
	/* merged frames whose headers do not tell how to split them again */
	[VMXNET3_RX_LRO_UNPARSED] = "lro_unparsed",
	/* doorbell writes after a refill; none on an emulated device */
	[VMXNET3_RX_DOORBELLS] = "doorbells",
	/* polls that ended with the interrupt unmasked: each is a VM exit */
	[VMXNET3_RX_UNMASKS] = "unmasks",
	/* times that the device passed over buffers; they are posted again */
	[VMXNET3_RX_SKIPPED] = "skipped",
	/* no memory for a new buffer; the slot stays empty for now */
	[VMXNET3_RX_ALLOC_FAIL] = "alloc_fail",
	/* times that a timer tried again, since no frame could trigger it */
	[VMXNET3_RX_RETRIES] = "retries",
	/* dropped: no memory for the socket buffer */
	[VMXNET3_RX_DROP_SKB] = "drop_skb",
	/* dropped: bad CRC */
	[VMXNET3_RX_DROP_FCS] = "drop_fcs",
	/* dropped: cut short by the device, or overrun */
	[VMXNET3_RX_DROP_TRUNCATED] = "drop_truncated",
	/* dropped: no data, or less than an Ethernet header */
	[VMXNET3_RX_DROP_EMPTY] = "drop_empty",
	/* device error: completion that names no ring of the queue */
	[VMXNET3_RX_BAD_COMP_RQID] = "bad_comp_rqid",
	/* device error: completion of a descriptor outside of the ring */
	[VMXNET3_RX_BAD_COMP_INDEX] = "bad_comp_index",
	/* device error: completion of a buffer that was not posted */
	[VMXNET3_RX_BAD_COMP_OWNER] = "bad_comp_owner",
	/* device error: more bytes than the buffer takes */
	[VMXNET3_RX_BAD_COMP_LEN] = "bad_comp_len",
	/* device error: a frame starts in a frame, or in ring 2 */
	[VMXNET3_RX_BAD_FRAME_SOP] = "bad_frame_sop",
	/* device error: a frame goes on that never started */
	[VMXNET3_RX_BAD_FRAME_NO_SOP] = "bad_frame_no_sop",
	/* device error: more buffers in a frame than the driver permits */
	[VMXNET3_RX_BAD_FRAME_BUFS] = "bad_frame_bufs",
};

static_assert(ARRAY_SIZE(vmxnet3_tx_names) == VMXNET3_TX_COUNTERS);
static_assert(ARRAY_SIZE(vmxnet3_rx_names) == VMXNET3_RX_COUNTERS);

/*
 * Counters of the device, "dev_tx_NAME" in total and "dev_txN_NAME" per queue,
 * in the order of struct vmxnet3_txq_stats.
 */
static const char vmxnet3_dev_tx_names[][ETH_GSTRING_LEN] = {
	/* TSO packets taken, and their bytes */
	"tso_pkts", "tso_bytes",
	/* packets put on the wire, by destination, and their bytes */
	"ucast_pkts", "ucast_bytes",
	"mcast_pkts", "mcast_bytes",
	"bcast_pkts", "bcast_bytes",
	/* packets that the device could not make sense of */
	"errors",
	/* packets that the device dropped: the virtual switch had no room */
	"discards",
};

/* The same for receive, in the order of struct vmxnet3_rxq_stats. */
static const char vmxnet3_dev_rx_names[][ETH_GSTRING_LEN] = {
	/* merged frames, and their bytes */
	"lro_pkts", "lro_bytes",
	/* frames seen on the wire, by destination, and their bytes */
	"ucast_pkts", "ucast_bytes",
	"mcast_pkts", "mcast_bytes",
	"bcast_pkts", "bcast_bytes",
	/* frames dropped since no buffer was posted: enlarge the ring */
	"out_of_buf",
	/* frames dropped for an error, too large for the buffers included */
	"errors",
};

static_assert(ARRAY_SIZE(vmxnet3_dev_tx_names) == VMXNET3_DEV_COUNTERS);
static_assert(ARRAY_SIZE(vmxnet3_dev_rx_names) == VMXNET3_DEV_COUNTERS);
static_assert(sizeof(struct vmxnet3_txq_stats) ==
	      VMXNET3_DEV_COUNTERS * sizeof(__le64));
static_assert(sizeof(struct vmxnet3_rxq_stats) ==
	      VMXNET3_DEV_COUNTERS * sizeof(__le64));

#define VMXNET3_DEV_TX(field) \
	(offsetof(struct vmxnet3_txq_stats, field) / sizeof(__le64))
#define VMXNET3_DEV_RX(field) \
	(offsetof(struct vmxnet3_rxq_stats, field) / sizeof(__le64))

/* Events by kind, "event_NAME", in the order of the bits of VMXNET3_ECR_*. */
static const char vmxnet3_event_names[][ETH_GSTRING_LEN] = {
	/* the device stopped an rx queue, a tx queue: a reset follows */
	"rxq_error", "txq_error",
	/* the link changed */
	"link",
	/* the host changed between emulation and pass-through */
	"dic",
	/* no meaning known */
	"debug",
};

static_assert(ARRAY_SIZE(vmxnet3_event_names) * sizeof(u64) ==
	      sizeof_field(struct vmxnet3, events_seen));

/* Resets by reason are "reset_NAME" with the names of vmxnet3_reset.c. */

static void vmxnet3_counters_read(const struct u64_stats_sync *syncp,
				  const u64_stats_t *cnt, unsigned int n,
				  u64 *val)
{
	unsigned int start, i;

	do {
		start = u64_stats_fetch_begin(syncp);
		for (i = 0; i < n; i++)
			val[i] = u64_stats_read(&cnt[i]);
	} while (u64_stats_fetch_retry(syncp, start));
}

static void vmxnet3_txq_read(const struct vmxnet3_txq *q, u64 *val)
{
	vmxnet3_counters_read(&q->syncp, q->cnt, VMXNET3_TX_COUNTERS, val);
}

static void vmxnet3_rxq_read(const struct vmxnet3_rxq *q, u64 *val)
{
	vmxnet3_counters_read(&q->syncp, q->cnt, VMXNET3_RX_COUNTERS, val);
}

static void vmxnet3_add(u64 *sum, const u64 *val, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		sum[i] += val[i];
}

static void vmxnet3_totals_add_txq(struct vmxnet3_totals *t,
				   const struct vmxnet3_txq *q)
{
	u64 val[VMXNET3_TX_COUNTERS];

	vmxnet3_txq_read(q, val);
	vmxnet3_add(t->tx, val, VMXNET3_TX_COUNTERS);
	vmxnet3_add(t->dev_tx, q->dev.total, VMXNET3_DEV_COUNTERS);
}

static void vmxnet3_totals_add_rxq(struct vmxnet3_totals *t,
				   const struct vmxnet3_rxq *q)
{
	u64 val[VMXNET3_RX_COUNTERS];

	vmxnet3_rxq_read(q, val);
	vmxnet3_add(t->rx, val, VMXNET3_RX_COUNTERS);
	vmxnet3_add(t->dev_rx, q->dev.total, VMXNET3_DEV_COUNTERS);
}

static void vmxnet3_totals_add_qset(struct vmxnet3_totals *t,
				    const struct vmxnet3_qset *qs)
{
	unsigned int i;

	for (i = 0; i < qs->cfg.ntxq; i++)
		vmxnet3_totals_add_txq(t, &qs->txq[i]);
	for (i = 0; i < qs->cfg.nrxq; i++)
		vmxnet3_totals_add_rxq(t, &qs->rxq[i]);
}

static void vmxnet3_totals_read(struct vmxnet3 *vx, struct vmxnet3_totals *t)
{
	lockdep_assert_held(&vx->stats_lock);

	*t = vx->base;
	if (vx->qs)
		vmxnet3_totals_add_qset(t, vx->qs);
}

/* Take over what the device counted since the last look. */
static void vmxnet3_dev_absorb(struct vmxnet3_dev_stats *s,
			       const __le64 *shared)
{
	unsigned int i;

	for (i = 0; i < VMXNET3_DEV_COUNTERS; i++) {
		u64 now = le64_to_cpu(READ_ONCE(shared[i]));

		/* A counter that went back has started anew. */
		s->total[i] += now >= s->last[i] ? now - s->last[i] : now;
		s->last[i] = now;
	}
}

/*
 * Fetch the counters of the device, if it is active.  The command runs under
 * the lock, so that what it wrote cannot belong to an earlier activation.
 */
static void vmxnet3_dev_fetch(struct vmxnet3 *vx)
{
	struct vmxnet3_qset *qs;
	unsigned int i;

	spin_lock_bh(&vx->stats_lock);
	if (!vx->dev_counting)
		goto out;

	qs = vx->qs;
	vmxnet3_cmd(vx, VMXNET3_CMD_GET_STATS);
	/* Any read waits for it; that of the result makes some hosts complain
	 * in their logs that there is none.
	 */
	readl(vx->vd + VMXNET3_VD_VRRS);
	for (i = 0; i < qs->cfg.ntxq; i++)
		vmxnet3_dev_absorb(&qs->txq[i].dev,
				   (__le64 *)&qs->txq[i].qdesc->stats);
	for (i = 0; i < qs->cfg.nrxq; i++)
		vmxnet3_dev_absorb(&qs->rxq[i].dev,
				   (__le64 *)&qs->rxq[i].qdesc->stats);
out:
	spin_unlock_bh(&vx->stats_lock);
}

static void vmxnet3_stats_work(struct work_struct *work)
{
	struct vmxnet3 *vx = container_of(to_delayed_work(work), struct vmxnet3,
					  stats_work);

	vmxnet3_dev_fetch(vx);
	schedule_delayed_work(&vx->stats_work, VMXNET3_STATS_PERIOD);
}

/**
 * vmxnet3_stats_init() - prepare for counting
 * @vx: device
 *
 * Context: probe.
 */
void vmxnet3_stats_init(struct vmxnet3 *vx)
{
	spin_lock_init(&vx->stats_lock);
	/* Deferrable: an idle guest is not woken for it. */
	INIT_DEFERRABLE_WORK(&vx->stats_work, vmxnet3_stats_work);
}

/**
 * vmxnet3_stats_start() - the device was activated and counts from 0
 * @vx: device
 *
 * Context: process, rtnl held.
 */
void vmxnet3_stats_start(struct vmxnet3 *vx)
{
	struct vmxnet3_qset *qs = vx->qs;
	unsigned int i;

	spin_lock_bh(&vx->stats_lock);
	for (i = 0; i < qs->cfg.ntxq; i++)
		memset(qs->txq[i].dev.last, 0, sizeof(qs->txq[i].dev.last));
	for (i = 0; i < qs->cfg.nrxq; i++)
		memset(qs->rxq[i].dev.last, 0, sizeof(qs->rxq[i].dev.last));
	vx->dev_counting = true;
	spin_unlock_bh(&vx->stats_lock);

	schedule_delayed_work(&vx->stats_work, VMXNET3_STATS_PERIOD);
}

/**
 * vmxnet3_stats_stop() - fetch the device's counters a last time
 * @vx: device, still active: it answers only then (§3.18)
 *
 * Context: process, rtnl held.
 */
void vmxnet3_stats_stop(struct vmxnet3 *vx)
{
	cancel_delayed_work_sync(&vx->stats_work);
	vmxnet3_dev_fetch(vx);

	spin_lock_bh(&vx->stats_lock);
	vx->dev_counting = false;
	spin_unlock_bh(&vx->stats_lock);
}

/**
 * vmxnet3_stats_switch() - change @vx->qs, keeping the counters
 * @vx: device, quiet
 * @qs: set of queues to use from now on, or NULL
 *
 * The counters of the set that was in use move to the base in the same step,
 * so that readers neither see a total fall nor touch a set that is freed.
 *
 * Context: process, rtnl held.
 * Return: the set that was in use, or NULL; now the caller may free it.
 */
struct vmxnet3_qset *vmxnet3_stats_switch(struct vmxnet3 *vx,
					  struct vmxnet3_qset *qs)
{
	struct vmxnet3_qset *old = vx->qs;
	unsigned int i;

	spin_lock_bh(&vx->stats_lock);
	if (old) {
		vmxnet3_totals_add_qset(&vx->base, old);
		for (i = 0; i < old->cfg.ntxq; i++) {
			memset(old->txq[i].cnt, 0, sizeof(old->txq[i].cnt));
			memset(&old->txq[i].dev, 0, sizeof(old->txq[i].dev));
		}
		for (i = 0; i < old->cfg.nrxq; i++) {
			memset(old->rxq[i].cnt, 0, sizeof(old->rxq[i].cnt));
			memset(&old->rxq[i].dev, 0, sizeof(old->rxq[i].dev));
		}
	}
	vx->qs = qs;
	spin_unlock_bh(&vx->stats_lock);
	return old;
}

static u64 vmxnet3_tx_dropped(const u64 *tx)
{
	return tx[VMXNET3_TX_DROP_HDR] + tx[VMXNET3_TX_DROP_LINEARIZE] +
	       tx[VMXNET3_TX_DROP_MAP] + tx[VMXNET3_TX_DROP_DOWN];
}

/* Frames that the device handed over with its error bit, or empty. */
static u64 vmxnet3_rx_bad_frames(const u64 *rx)
{
	return rx[VMXNET3_RX_DROP_FCS] + rx[VMXNET3_RX_DROP_TRUNCATED] +
	       rx[VMXNET3_RX_DROP_EMPTY];
}

static u64 vmxnet3_rx_violations(const u64 *rx)
{
	return rx[VMXNET3_RX_BAD_COMP_RQID] + rx[VMXNET3_RX_BAD_COMP_INDEX] +
	       rx[VMXNET3_RX_BAD_COMP_OWNER] + rx[VMXNET3_RX_BAD_COMP_LEN] +
	       rx[VMXNET3_RX_BAD_FRAME_SOP] + rx[VMXNET3_RX_BAD_FRAME_NO_SOP] +
	       rx[VMXNET3_RX_BAD_FRAME_BUFS];
}

/**
 * vmxnet3_get_stats64() - ndo_get_stats64
 * @netdev: network device
 * @stats: filled in
 *
 * No exit: what only the device can count is as of the last fetch.  The
 * device counts frames that it hands over with the error bit, too; the larger
 * of both figures is taken.
 *
 * Context: any but hard interrupt, RCU read lock or rtnl held by the core.
 */
void vmxnet3_get_stats64(struct net_device *netdev,
			 struct rtnl_link_stats64 *stats)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_totals t;

	spin_lock_bh(&vx->stats_lock);
	vmxnet3_totals_read(vx, &t);
	spin_unlock_bh(&vx->stats_lock);

	stats->tx_packets = t.tx[VMXNET3_TX_PACKETS];
	stats->tx_bytes = t.tx[VMXNET3_TX_BYTES];
	stats->tx_dropped = vmxnet3_tx_dropped(t.tx) +
			    t.dev_tx[VMXNET3_DEV_TX(discards)];
	stats->tx_errors = t.dev_tx[VMXNET3_DEV_TX(errors)];

	stats->rx_packets = t.rx[VMXNET3_RX_PACKETS];
	stats->rx_bytes = t.rx[VMXNET3_RX_BYTES];
	stats->rx_dropped = t.rx[VMXNET3_RX_DROP_SKB];
	stats->rx_missed_errors = t.dev_rx[VMXNET3_DEV_RX(out_of_buf)];
	stats->rx_crc_errors = t.rx[VMXNET3_RX_DROP_FCS];
	stats->rx_length_errors = t.rx[VMXNET3_RX_DROP_TRUNCATED];
	stats->rx_errors = max(t.dev_rx[VMXNET3_DEV_RX(errors)],
			       vmxnet3_rx_bad_frames(t.rx)) +
			   vmxnet3_rx_violations(t.rx);
	stats->multicast = t.dev_rx[VMXNET3_DEV_RX(mcast_pkts)];
}

static void vmxnet3_queue_stats_tx(struct netdev_queue_stats_tx *s,
				   const u64 *tx, const u64 *dev)
{
	s->packets = tx[VMXNET3_TX_PACKETS];
	s->bytes = tx[VMXNET3_TX_BYTES];
	s->needs_csum = tx[VMXNET3_TX_CSUM] + tx[VMXNET3_TX_TSO_PACKETS];
	s->hw_gso_packets = tx[VMXNET3_TX_TSO_PACKETS];
	s->hw_gso_bytes = tx[VMXNET3_TX_TSO_BYTES];
	s->hw_gso_wire_packets = tx[VMXNET3_TX_TSO_SEGS];
	s->hw_drop_errors = dev[VMXNET3_DEV_TX(errors)];
	s->hw_drops = s->hw_drop_errors + dev[VMXNET3_DEV_TX(discards)];
	s->stop = tx[VMXNET3_TX_STOPS];
	s->wake = tx[VMXNET3_TX_WAKES];
}

static void vmxnet3_queue_stats_rx(struct netdev_queue_stats_rx *s,
				   const u64 *rx, const u64 *dev)
{
	s->packets = rx[VMXNET3_RX_PACKETS];
	s->bytes = rx[VMXNET3_RX_BYTES];
	s->alloc_fail = rx[VMXNET3_RX_ALLOC_FAIL] + rx[VMXNET3_RX_DROP_SKB];
	s->csum_unnecessary = rx[VMXNET3_RX_CSUM_UNNECESSARY];
	s->csum_none = rx[VMXNET3_RX_CSUM_NONE];
	s->csum_bad = rx[VMXNET3_RX_CSUM_BAD];
	s->hw_drop_overruns = dev[VMXNET3_DEV_RX(out_of_buf)];
	s->hw_drops = s->hw_drop_overruns + dev[VMXNET3_DEV_RX(errors)];
}

static void vmxnet3_get_queue_stats_tx(struct net_device *netdev, int idx,
				       struct netdev_queue_stats_tx *stats)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	u64 val[VMXNET3_TX_COUNTERS];
	struct vmxnet3_txq *q;

	spin_lock_bh(&vx->stats_lock);
	if (vx->qs && idx < vx->qs->cfg.ntxq) {
		q = &vx->qs->txq[idx];
		vmxnet3_txq_read(q, val);
		vmxnet3_queue_stats_tx(stats, val, q->dev.total);
	}
	spin_unlock_bh(&vx->stats_lock);
}

static void vmxnet3_get_queue_stats_rx(struct net_device *netdev, int idx,
				       struct netdev_queue_stats_rx *stats)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	u64 val[VMXNET3_RX_COUNTERS];
	struct vmxnet3_rxq *q;

	spin_lock_bh(&vx->stats_lock);
	if (vx->qs && idx < vx->qs->cfg.nrxq) {
		q = &vx->qs->rxq[idx];
		vmxnet3_rxq_read(q, val);
		vmxnet3_queue_stats_rx(stats, val, q->dev.total);
	}
	spin_unlock_bh(&vx->stats_lock);
}

static void vmxnet3_get_base_stats(struct net_device *netdev,
				   struct netdev_queue_stats_rx *rx,
				   struct netdev_queue_stats_tx *tx)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	spin_lock_bh(&vx->stats_lock);
	vmxnet3_queue_stats_rx(rx, vx->base.rx, vx->base.dev_rx);
	vmxnet3_queue_stats_tx(tx, vx->base.tx, vx->base.dev_tx);
	spin_unlock_bh(&vx->stats_lock);
}

/* Per-queue statistics by netlink; they start anew with a set of queues. */
const struct netdev_stat_ops vmxnet3_stat_ops = {
	.get_queue_stats_rx = vmxnet3_get_queue_stats_rx,
	.get_queue_stats_tx = vmxnet3_get_queue_stats_tx,
	.get_base_stats = vmxnet3_get_base_stats,
};

/**
 * vmxnet3_get_eth_mac_stats() - ethtool_ops.get_eth_mac_stats
 * @netdev: network device
 * @mac: filled in as far as the device counts wire frames
 *
 * What it counts as a sent unicast frame when it segments is not established,
 * hence no totals of frames sent.
 *
 * Context: process, rtnl held.
 */
void vmxnet3_get_eth_mac_stats(struct net_device *netdev,
			       struct ethtool_eth_mac_stats *mac)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_totals t;

	vmxnet3_dev_fetch(vx);
	spin_lock_bh(&vx->stats_lock);
	vmxnet3_totals_read(vx, &t);
	spin_unlock_bh(&vx->stats_lock);

	mac->MulticastFramesXmittedOK = t.dev_tx[VMXNET3_DEV_TX(mcast_pkts)];
	mac->BroadcastFramesXmittedOK = t.dev_tx[VMXNET3_DEV_TX(bcast_pkts)];
	mac->MulticastFramesReceivedOK = t.dev_rx[VMXNET3_DEV_RX(mcast_pkts)];
	mac->BroadcastFramesReceivedOK = t.dev_rx[VMXNET3_DEV_RX(bcast_pkts)];
	mac->FramesReceivedOK = t.dev_rx[VMXNET3_DEV_RX(ucast_pkts)] +
				mac->MulticastFramesReceivedOK +
				mac->BroadcastFramesReceivedOK;
	mac->OctetsReceivedOK = t.dev_rx[VMXNET3_DEV_RX(ucast_bytes)] +
				t.dev_rx[VMXNET3_DEV_RX(mcast_bytes)] +
				t.dev_rx[VMXNET3_DEV_RX(bcast_bytes)];
	mac->FrameCheckSequenceErrors = t.rx[VMXNET3_RX_DROP_FCS];
	mac->FramesLostDueToIntMACXmitError =
		t.dev_tx[VMXNET3_DEV_TX(errors)] +
		t.dev_tx[VMXNET3_DEV_TX(discards)];
	mac->FramesLostDueToIntMACRcvError =
		t.dev_rx[VMXNET3_DEV_RX(out_of_buf)];
}

/**
 * vmxnet3_stats_count() - how many values ethtool -S shows
 * @vx: device
 *
 * Context: process, rtnl held.
 * Return: values of vmxnet3_stats_strings() and vmxnet3_stats_values().
 */
int vmxnet3_stats_count(struct vmxnet3 *vx)
{
	return (VMXNET3_TX_COUNTERS + VMXNET3_DEV_COUNTERS) *
	       (1 + vx->qcfg.ntxq) +
	       (VMXNET3_RX_COUNTERS + VMXNET3_DEV_COUNTERS) *
	       (1 + vx->qcfg.nrxq) +
	       VMXNET3_RESET_REASONS + ARRAY_SIZE(vmxnet3_event_names);
}

static void vmxnet3_names(u8 **buf, const char *prefix,
			  const char (*names)[ETH_GSTRING_LEN], unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		ethtool_sprintf(buf, "%s_%s", prefix, names[i]);
}

static void vmxnet3_queue_names(u8 **buf, const char *prefix, unsigned int q,
				const char (*names)[ETH_GSTRING_LEN],
				unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		ethtool_sprintf(buf, "%s%u_%s", prefix, q, names[i]);
}

/**
 * vmxnet3_stats_strings() - names of the values
 * @vx: device
 * @buf: room for vmxnet3_stats_count() times ETH_GSTRING_LEN
 *
 * Names never change their meaning; programs may rely on them.
 *
 * Context: process, rtnl held.
 */
void vmxnet3_stats_strings(struct vmxnet3 *vx, u8 *buf)
{
	unsigned int i;

	vmxnet3_names(&buf, "tx", vmxnet3_tx_names, VMXNET3_TX_COUNTERS);
	vmxnet3_names(&buf, "rx", vmxnet3_rx_names, VMXNET3_RX_COUNTERS);
	for (i = 0; i < vx->qcfg.ntxq; i++)
		vmxnet3_queue_names(&buf, "tx", i, vmxnet3_tx_names,
				    VMXNET3_TX_COUNTERS);
	for (i = 0; i < vx->qcfg.nrxq; i++)
		vmxnet3_queue_names(&buf, "rx", i, vmxnet3_rx_names,
				    VMXNET3_RX_COUNTERS);

	vmxnet3_names(&buf, "dev_tx", vmxnet3_dev_tx_names,
		      VMXNET3_DEV_COUNTERS);
	vmxnet3_names(&buf, "dev_rx", vmxnet3_dev_rx_names,
		      VMXNET3_DEV_COUNTERS);
	for (i = 0; i < vx->qcfg.ntxq; i++)
		vmxnet3_queue_names(&buf, "dev_tx", i, vmxnet3_dev_tx_names,
				    VMXNET3_DEV_COUNTERS);
	for (i = 0; i < vx->qcfg.nrxq; i++)
		vmxnet3_queue_names(&buf, "dev_rx", i, vmxnet3_dev_rx_names,
				    VMXNET3_DEV_COUNTERS);

	for (i = 0; i < VMXNET3_RESET_REASONS; i++)
		ethtool_sprintf(&buf, "reset_%s", vmxnet3_reset_name(i));
	vmxnet3_names(&buf, "event", vmxnet3_event_names,
		      ARRAY_SIZE(vmxnet3_event_names));
}

static u64 *vmxnet3_put(u64 *buf, const u64 *val, unsigned int n)
{
	memcpy(buf, val, n * sizeof(*val));
	return buf + n;
}

/**
 * vmxnet3_stats_values() - the values, in the order of their names
 * @vx: device
 * @buf: room for vmxnet3_stats_count() values, zeroed
 *
 * The device's counters are fetched.  Values of queues are 0 while the device
 * is down; their past is in the totals.
 *
 * Context: process, rtnl held.
 */
void vmxnet3_stats_values(struct vmxnet3 *vx, u64 *buf)
{
	unsigned int i, ntxq = vx->qcfg.ntxq, nrxq = vx->qcfg.nrxq;
	struct vmxnet3_qset *qs = vx->qs;
	struct vmxnet3_totals t;

	vmxnet3_dev_fetch(vx);
	spin_lock_bh(&vx->stats_lock);
	vmxnet3_totals_read(vx, &t);
	spin_unlock_bh(&vx->stats_lock);

	buf = vmxnet3_put(buf, t.tx, VMXNET3_TX_COUNTERS);
	buf = vmxnet3_put(buf, t.rx, VMXNET3_RX_COUNTERS);
	for (i = 0; i < ntxq; i++, buf += VMXNET3_TX_COUNTERS)
		if (qs)
			vmxnet3_txq_read(&qs->txq[i], buf);
	for (i = 0; i < nrxq; i++, buf += VMXNET3_RX_COUNTERS)
		if (qs)
			vmxnet3_rxq_read(&qs->rxq[i], buf);

	buf = vmxnet3_put(buf, t.dev_tx, VMXNET3_DEV_COUNTERS);
	buf = vmxnet3_put(buf, t.dev_rx, VMXNET3_DEV_COUNTERS);
	for (i = 0; i < ntxq; i++, buf += VMXNET3_DEV_COUNTERS)
		if (qs)
			vmxnet3_put(buf, qs->txq[i].dev.total,
				    VMXNET3_DEV_COUNTERS);
	for (i = 0; i < nrxq; i++, buf += VMXNET3_DEV_COUNTERS)
		if (qs)
			vmxnet3_put(buf, qs->rxq[i].dev.total,
				    VMXNET3_DEV_COUNTERS);

	buf = vmxnet3_put(buf, vx->resets, VMXNET3_RESET_REASONS);
	vmxnet3_put(buf, vx->events_seen, ARRAY_SIZE(vmxnet3_event_names));
}
