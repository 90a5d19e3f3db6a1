/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Network devices: NAPI, transmit queues, socket buffers, per-queue statistics.
 * Receive pages are in compat_page_pool.h, ethtool in compat_ethtool.h.
 */
#ifndef _VMGUEST_COMPAT_NET_H
#define _VMGUEST_COMPAT_NET_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/netdev_queues.h>

/* --- NAPI --- */

#ifndef HAVE_NETIF_NAPI_ADD
#define netif_napi_add(dev, napi, poll) \
	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT)
#endif

#ifndef HAVE_NETIF_NAPI_ADD_TX
#define netif_napi_add_tx(dev, napi, poll) \
	netif_tx_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT)
#endif

/* The configuration that outlives the NAPI is lost; nothing else is. */
#ifndef HAVE_NETIF_NAPI_ADD_CONFIG
static inline void netif_napi_add_config(struct net_device *dev, struct napi_struct *napi,
					 int (*poll)(struct napi_struct *, int), int index)
{
	netif_napi_add(dev, napi, poll);
}
#endif

/* What netlink shows about queues and interrupts; older kernels show nothing. */
#ifndef HAVE_NETIF_QUEUE_SET_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void netif_queue_set_napi(struct net_device *dev, unsigned int queue_index,
					enum netdev_queue_type type, struct napi_struct *napi)
{
}

static inline void netif_napi_set_irq(struct napi_struct *napi, int irq)
{
}
#endif

/* v5.12 «net: introduce UDP GRO forwarding»: nobody can ask for it before. */
#ifndef NETIF_F_GRO_UDP_FWD
#define NETIF_F_GRO_UDP_FWD ((netdev_features_t)0)
#endif

/* --- transmit queues --- */

#ifndef HAVE_TXQ_TRANS_COND_UPDATE
static inline void txq_trans_cond_update(struct netdev_queue *txq)
{
	WRITE_ONCE(txq->trans_start, jiffies);
}
#endif

/*
 * v6.4 «net: piggy back on the memory barrier in bql when waking queues». Debian's
 * 6.1 has the file it is in but not this. The barrier pairs with the one in
 * netif_txq_try_stop(); BQL has one of its own.
 */
#ifndef __netif_txq_completed_wake
#define __netif_txq_completed_wake(txq, pkts, bytes, get_desc, start_thrs,	\
				   down_cond)					\
	({									\
		int _woken = -1;						\
										\
		if (IS_ENABLED(CONFIG_BQL))					\
			netdev_tx_completed_queue(txq, pkts, bytes);		\
		else if (bytes)							\
			smp_mb(); /* with netif_txq_try_stop()'s */		\
		if ((pkts) && likely((get_desc) >= (start_thrs))) {		\
			_woken = 1;						\
			if (unlikely(netif_tx_queue_stopped(txq)) &&		\
			    !(down_cond)) {					\
				netif_tx_wake_queue(txq);			\
				_woken = 0;					\
			}							\
		}								\
		_woken;								\
	})

#define netif_txq_completed_wake(txq, pkts, bytes, get_desc, start_thrs)	\
	__netif_txq_completed_wake(txq, pkts, bytes, get_desc, start_thrs, false)
#endif

/* --- netlink --- */

/*
 * v6.2 «netlink: add support for formatted extack messages». The text must outlive
 * the call; users hold rtnl, which keeps one buffer a place enough.
 */
#ifndef NL_SET_ERR_MSG_FMT_MOD
#define NL_SET_ERR_MSG_FMT_MOD(extack, fmt, args...)				\
	do {									\
		static char _text[120];						\
		struct netlink_ext_ack *_to = (extack);				\
										\
		snprintf(_text, sizeof(_text), KBUILD_MODNAME ": " fmt, ##args); \
		if (_to)							\
			_to->_msg = _text;					\
	} while (0)
#endif

/* --- socket buffers --- */

/* Without the per-CPU cache of heads: one slab allocation more a packet. */
#ifndef HAVE_NAPI_BUILD_SKB
static inline struct sk_buff *napi_build_skb(void *data, unsigned int frag_size)
{
	return build_skb(data, frag_size);
}
#endif

#ifndef HAVE_SKB_TCP_ALL_HEADERS
static inline int skb_tcp_all_headers(const struct sk_buff *skb)
{
	return skb_transport_offset(skb) + tcp_hdrlen(skb);
}

static inline int skb_inner_tcp_all_headers(const struct sk_buff *skb)
{
	return skb_inner_network_offset(skb) + skb_inner_network_header_len(skb) +
	       inner_tcp_hdrlen(skb);
}
#endif

/* --- limits --- */

#ifndef HAVE_NETIF_SET_TSO_MAX
static inline void netif_set_tso_max_size(struct net_device *dev, unsigned int size)
{
	netif_set_gso_max_size(dev, min_t(unsigned int, size, GSO_MAX_SIZE));
}

static inline void netif_set_tso_max_segs(struct net_device *dev, unsigned int segs)
{
	dev->gso_max_segs = min_t(unsigned int, segs, GSO_MAX_SEGS);
}
#endif

/* --- per-queue statistics --- */

/*
 * The driver fills these on every kernel; one without the interface never asks.
 * A member of struct net_device cannot be supplied, hence netdev_set_stat_ops().
 */
#ifdef HAVE_NETDEV_STAT_OPS
#define netdev_set_stat_ops(dev, ops) ((dev)->stat_ops = (ops))
#else
struct netdev_queue_stats_rx {
	u64 bytes;
	u64 packets;
	u64 alloc_fail;
	u64 hw_drops;
	u64 hw_drop_overruns;
	u64 csum_unnecessary;
	u64 csum_none;
	u64 csum_bad;
	u64 hw_gro_packets;
	u64 hw_gro_bytes;
	u64 hw_gro_wire_packets;
	u64 hw_gro_wire_bytes;
	u64 hw_drop_ratelimits;
};

struct netdev_queue_stats_tx {
	u64 bytes;
	u64 packets;
	u64 hw_drops;
	u64 hw_drop_errors;
	u64 csum_none;
	u64 needs_csum;
	u64 hw_gso_packets;
	u64 hw_gso_bytes;
	u64 hw_gso_wire_packets;
	u64 hw_gso_wire_bytes;
	u64 hw_drop_ratelimits;
	u64 stop;
	u64 wake;
};

struct netdev_stat_ops {
	void (*get_queue_stats_rx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_rx *stats);
	void (*get_queue_stats_tx)(struct net_device *dev, int idx,
				   struct netdev_queue_stats_tx *stats);
	void (*get_base_stats)(struct net_device *dev, struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx);
};

#define netdev_set_stat_ops(dev, ops) ((void)(dev), (void)(ops))
#endif

#endif
