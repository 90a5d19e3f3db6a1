/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Structures of the vmxnet3 driver and the functions that its files share.
 *
 * The order of the files is the path of data: _main (probe, remove, netdev) ->
 * _ctrl (registers, commands, activation) -> _queue (memory of the queues) ->
 * _tx / _rx -> _irq (vectors, NAPI, events) -> _reset (one worker) -> _filter,
 * _rss, _stats, _ethtool, _health, _pm.
 *
 * Locks, outermost first:
 *   rtnl            configuration, open, close, reset worker, vx->qs
 *   txq lock        one tx queue, producer and consumer (the core's lock)
 *   filter_lock     rx mode, VLAN and multicast tables
 *   stats_lock      counters, and vx->qs for readers of counters
 *   cmd_lock        the command register and cmd_info
 */
#ifndef VMXNET3_H
#define VMXNET3_H

#include <linux/bitmap.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "vmxnet3_plan.h"
#include "vmxnet3_ring.h"

struct devlink;
struct devlink_health_reporter;
struct page_pool;
struct vmxnet3;
struct vmxnet3_vec;

/* The version implemented; the layouts of later ones are in vmxnet3_dev.h. */
#define VMXNET3_DRV_VERSION_MAX	1

/*
 * Receive buffers.  A HEAD is half a page with room for skb_shared_info, so
 * that build_skb() can use it; a BODY is a page, capped so that its length
 * fits the descriptor whatever the page size.
 */
#define VMXNET3_HEAD_TRUESIZE	2048
#define VMXNET3_HEAD_OFFSET	NET_SKB_PAD
#define VMXNET3_HEAD_LEN	(SKB_WITH_OVERHEAD(VMXNET3_HEAD_TRUESIZE) - \
				 VMXNET3_HEAD_OFFSET)
#define VMXNET3_BODY_LEN	min_t(u32, PAGE_SIZE, 8192)
#define VMXNET3_RX_MAX_BUFS	(1 + MAX_SKB_FRAGS)

#define VMXNET3_RX_COPYBREAK_DEFAULT	256
#define VMXNET3_RX_COPYBREAK_MAX	1024
#define VMXNET3_RX_REFILL_BATCH		16
#define VMXNET3_RX_RETRY_MS		20

/* Stop a tx queue when the worst packet (and its data slot) may not fit. */
#define VMXNET3_TX_STOP_THRESH	(VMXNET3_MAX_TXD_PER_TSO + 1)
#define VMXNET3_TX_WAKE_THRESH	(2 * VMXNET3_TX_STOP_THRESH)
/* Ring the doorbell at the latest after so many packets, whatever the device
 * wrote as its threshold (§5 H18).
 */
#define VMXNET3_TX_DEFER_MAX	64

/*
 * Counters of a tx queue; the names that ethtool shows are in
 * vmxnet3_stats.c, what makes each grow is in Documentation/admin/vmxnet3.md.
 */
enum vmxnet3_tx_counter {
	VMXNET3_TX_PACKETS,
	VMXNET3_TX_BYTES,
	VMXNET3_TX_TSO_PACKETS,
	VMXNET3_TX_TSO_BYTES,
	VMXNET3_TX_TSO_SEGS,
	VMXNET3_TX_CSUM,
	VMXNET3_TX_DATA_RING,
	VMXNET3_TX_LINEARIZED,
	VMXNET3_TX_DOORBELLS,
	VMXNET3_TX_STOPS,
	VMXNET3_TX_WAKES,
	VMXNET3_TX_UNMASKS,
	VMXNET3_TX_DROP_HDR,
	VMXNET3_TX_DROP_LINEARIZE,
	VMXNET3_TX_DROP_MAP,
	VMXNET3_TX_DROP_DOWN,
	VMXNET3_TX_BAD_COMP_INDEX,
	VMXNET3_TX_BAD_COMP_ORDER,
	VMXNET3_TX_TIMEOUTS,
	VMXNET3_TX_COUNTERS
};

/* Counters of an rx queue; as above. */
enum vmxnet3_rx_counter {
	VMXNET3_RX_PACKETS,
	VMXNET3_RX_BYTES,
	VMXNET3_RX_COPYBREAK,
	VMXNET3_RX_CSUM_UNNECESSARY,
	VMXNET3_RX_CSUM_NONE,
	VMXNET3_RX_CSUM_BAD,
	VMXNET3_RX_VLAN_STRIPPED,
	VMXNET3_RX_LRO_PACKETS,
	VMXNET3_RX_LRO_BYTES,
	VMXNET3_RX_LRO_UNPARSED,
	VMXNET3_RX_DOORBELLS,
	VMXNET3_RX_UNMASKS,
	VMXNET3_RX_SKIPPED,
	VMXNET3_RX_ALLOC_FAIL,
	VMXNET3_RX_RETRIES,
	VMXNET3_RX_DROP_SKB,
	VMXNET3_RX_DROP_FCS,
	VMXNET3_RX_DROP_TRUNCATED,
	VMXNET3_RX_DROP_EMPTY,
	VMXNET3_RX_BAD_COMP_RQID,
	VMXNET3_RX_BAD_COMP_INDEX,
	VMXNET3_RX_BAD_COMP_OWNER,
	VMXNET3_RX_BAD_COMP_LEN,
	VMXNET3_RX_BAD_FRAME_SOP,
	VMXNET3_RX_BAD_FRAME_NO_SOP,
	VMXNET3_RX_BAD_FRAME_BUFS,
	VMXNET3_RX_COUNTERS
};

/* Counters that the device keeps per queue, tx and rx (§2.7). */
#define VMXNET3_DEV_COUNTERS	10

/**
 * struct vmxnet3_dev_stats - device counters of a queue
 * @total: since the queue exists, over activations
 * @last: as the device last reported them; it starts anew at activation
 *
 * Protected by &vmxnet3.stats_lock.
 */
struct vmxnet3_dev_stats {
	u64 total[VMXNET3_DEV_COUNTERS];
	u64 last[VMXNET3_DEV_COUNTERS];
};

/**
 * struct vmxnet3_totals - counters summed over queues
 * @tx: of tx queues, by &enum vmxnet3_tx_counter
 * @rx: of rx queues, by &enum vmxnet3_rx_counter
 * @dev_tx: of the device for tx queues
 * @dev_rx: of the device for rx queues
 */
struct vmxnet3_totals {
	u64 tx[VMXNET3_TX_COUNTERS];
	u64 rx[VMXNET3_RX_COUNTERS];
	u64 dev_tx[VMXNET3_DEV_COUNTERS];
	u64 dev_rx[VMXNET3_DEV_COUNTERS];
};

/**
 * struct vmxnet3_tx_buf - shadow of a tx descriptor
 * @skb: packet, on the SOP slot only
 * @dma: bus address to unmap
 * @len: bytes to unmap, 0 if nothing is mapped
 * @eop: index of the packet's EOP descriptor, on the SOP slot only
 */
struct vmxnet3_tx_buf {
	struct sk_buff *skb;
	dma_addr_t dma;
	u32 len;
	u16 eop;
};

/**
 * struct vmxnet3_txq - transmit queue
 * @ring: descriptors, shared
 * @comp: completions, shared
 * @data: data slots, shared
 * @buf: shadow of @ring
 * @qdesc: queue descriptor, shared
 * @nq: the core's queue
 * @vec: vector that reports completions
 * @doorbell: TXPROD register
 * @dmadev: for DMA
 * @vx: device
 * @size: descriptors
 * @slot_size: bytes of a data slot
 * @idx: queue number
 * @broken: completions are no longer consumed; a reset is on its way
 * @fill: producer cursor
 * @deferred: packets since the last doorbell
 * @told: the device was told of @deferred
 * @clean: SOP descriptor of the oldest outstanding packet
 * @comp_pos: cursor in @comp
 * @syncp: guards @cnt on 32-bit machines
 * @cnt: counters
 * @dev: counters of the device
 * @ring_dma: bus address of @ring
 * @comp_dma: bus address of @comp
 * @data_dma: bus address of @data
 *
 * Everything from @fill on is protected by the queue's txq lock.
 */
struct vmxnet3_txq {
	struct vmxnet3_txd *ring;
	struct vmxnet3_txcd *comp;
	u8 *data;
	struct vmxnet3_tx_buf *buf;
	struct vmxnet3_txq_desc *qdesc;
	struct netdev_queue *nq;
	struct vmxnet3_vec *vec;
	void __iomem *doorbell;
	struct device *dmadev;
	struct vmxnet3 *vx;
	u32 size;
	u16 slot_size;
	u16 idx;
	bool broken;

	struct vmxnet3_cursor fill ____cacheline_aligned;
	u32 deferred;
	bool told;
	u32 clean;
	struct vmxnet3_cursor comp_pos;
	struct u64_stats_sync syncp;
	u64_stats_t cnt[VMXNET3_TX_COUNTERS];
	struct vmxnet3_dev_stats dev;

	dma_addr_t ring_dma;
	dma_addr_t comp_dma;
	dma_addr_t data_dma;
};

/**
 * struct vmxnet3_rx_buf - shadow of an rx descriptor
 * @page: page that holds the buffer, NULL if the slot is empty
 * @dma: bus address of the buffer
 * @offset: of the buffer's block in @page
 * @truesize: bytes of that block
 * @sync: what the device wrote must be made visible first
 */
struct vmxnet3_rx_buf {
	struct page *page;
	dma_addr_t dma;
	u32 offset;
	u32 truesize;
	bool sync;
};

/**
 * struct vmxnet3_rx_ring - one of the two rx rings of a queue
 * @desc: descriptors, shared
 * @buf: shadow of @desc
 * @pool: where buffers come from
 * @doorbell: RXPROD or RXPROD2 register
 * @size: descriptors
 * @buf_len: bytes posted in each buffer
 * @body: ring 2: BODY buffers
 * @used: whether the ring is filled at all
 * @fill: producer cursor
 * @clean: next descriptor that the device may complete
 * @desc_dma: bus address of @desc
 *
 * @fill and @clean belong to the NAPI context of the queue's vector.
 */
struct vmxnet3_rx_ring {
	struct vmxnet3_rxd *desc;
	struct vmxnet3_rx_buf *buf;
	struct page_pool *pool;
	void __iomem *doorbell;
	u32 size;
	u32 buf_len;
	bool body;
	bool used;
	struct vmxnet3_cursor fill;
	u32 clean;
	dma_addr_t desc_dma;
};

/**
 * struct vmxnet3_rxq - receive queue
 * @comp: completions of both rings, shared
 * @comp_size: completions
 * @comp_pos: cursor in @comp
 * @ring: ring 1 (HEAD buffers) and ring 2 (BODY buffers)
 * @skb: frame that is being assembled, or NULL
 * @in_frame: a frame was started and has not ended
 * @drop_frame: the rest of the frame is to be dropped
 * @nbufs: buffers that the frame has used
 * @sop_dw1: dword 1 of the frame's SOP completion: segments, if merged
 * @sop_dw3: dword 3 of the same: type, and MSS if merged
 * @vx: device
 * @dmadev: for DMA
 * @nrxq: receive queues of the set
 * @vec: vector
 * @qdesc: queue descriptor, shared
 * @idx: queue number
 * @broken: completions are no longer consumed; a reset is on its way
 * @retry: re-schedules NAPI when a refill failed
 * @syncp: guards @cnt on 32-bit machines
 * @cnt: counters
 * @dev: counters of the device
 * @comp_dma: bus address of @comp
 *
 * All of it belongs to the NAPI context of @vec while the queue is active.
 */
struct vmxnet3_rxq {
	struct vmxnet3_rxcd *comp;
	u32 comp_size;
	struct vmxnet3_cursor comp_pos;
	struct vmxnet3_rx_ring ring[2];
	struct sk_buff *skb;
	bool in_frame;
	bool drop_frame;
	u8 nbufs;
	u32 sop_dw1;
	u32 sop_dw3;
	struct vmxnet3 *vx;
	struct device *dmadev;
	u32 nrxq;
	struct vmxnet3_vec *vec;
	struct vmxnet3_rxq_desc *qdesc;
	u16 idx;
	bool broken;
	struct timer_list retry;
	struct u64_stats_sync syncp;
	u64_stats_t cnt[VMXNET3_RX_COUNTERS];
	struct vmxnet3_dev_stats dev;
	dma_addr_t comp_dma;
};

/**
 * struct vmxnet3_qcfg - shape of a set of queues
 * @ntxq: transmit queues
 * @nrxq: receive queues
 * @tx_size: descriptors of a tx ring
 * @rx1_size: descriptors of rx ring 1
 * @rx2_size: descriptors of rx ring 2
 * @mtu: MTU that the buffers must take
 * @lro: whether frames beyond the MTU may come
 */
struct vmxnet3_qcfg {
	unsigned int ntxq;
	unsigned int nrxq;
	u32 tx_size;
	u32 rx1_size;
	u32 rx2_size;
	u32 mtu;
	bool lro;
};

/**
 * struct vmxnet3_qset - a complete set of queues with its memory
 * @cfg: its shape
 * @txq: @cfg.ntxq transmit queues
 * @rxq: @cfg.nrxq receive queues
 * @table: queue descriptor table, shared: tx first, then rx
 * @table_dma: bus address of @table
 * @table_size: bytes of @table
 *
 * A set is built before the old one is touched and exchanged while the device
 * is quiet, so that a change of rings, channels or MTU that fails leaves the
 * old set in place.
 */
struct vmxnet3_qset {
	struct vmxnet3_qcfg cfg;
	struct vmxnet3_txq *txq;
	struct vmxnet3_rxq *rxq;
	void *table;
	dma_addr_t table_dma;
	size_t table_size;
};

/* State of a vector that serves tx queues only, &vmxnet3_vec.tx_state. */
#define VMXNET3_VEC_MASKED	0	/* idle: senders reap by themselves */
#define VMXNET3_VEC_ARMED	1	/* unmasked: the next completion fires */
#define VMXNET3_VEC_POLLING	2	/* fired: NAPI is scheduled or running */

/**
 * struct vmxnet3_vec - interrupt vector with its NAPI context
 * @napi: NAPI context
 * @vx: device
 * @imr: mask register of the vector
 * @irq: Linux interrupt number
 * @idx: vector number
 * @has_tx: serves tx queues @tx_first to @tx_last
 * @has_rx: serves rx queue @rx
 * @has_event: reports events
 * @tx_first: first tx queue
 * @tx_last: last tx queue; the set in use may have fewer
 * @rx: rx queue; the set in use may not have it
 * @tx_state: VMXNET3_VEC_*; only used if the vector serves nothing but tx
 * @requested: the handler is installed
 * @cpus: CPUs dealt to the vector
 * @affinity: CPUs that the interrupt was last given, by us or by a user
 * @notify: keeps @affinity while the handler is installed
 * @name: as shown in /proc/interrupts
 */
struct vmxnet3_vec {
	struct napi_struct napi;
	struct vmxnet3 *vx;
	void __iomem *imr;
	int irq;
	u16 idx;
	bool has_tx;
	bool has_rx;
	bool has_event;
	u16 tx_first;
	u16 tx_last;
	u16 rx;
	atomic_t tx_state;
	bool requested;
	cpumask_t cpus;
	cpumask_t affinity;
	struct irq_affinity_notify notify;
	char name[IFNAMSIZ + 16];
};

/* Bits of &vmxnet3.flags. */
enum vmxnet3_flag {
	VMXNET3_F_ACTIVE,	/* device active, NAPI enabled */
	VMXNET3_F_FAILED,	/* open but dead: the reset worker retries */
	VMXNET3_F_GONE,		/* device does not answer any more */
	VMXNET3_F_CLOSING,	/* no new work may be queued */
};

/* Why a reset was asked for, bits of &vmxnet3.reset_reasons. */
enum vmxnet3_reset_reason {
	VMXNET3_RESET_TX_TIMEOUT,
	VMXNET3_RESET_TX_COMPLETION,
	VMXNET3_RESET_RX_COMPLETION,
	VMXNET3_RESET_TXQ_ERROR,
	VMXNET3_RESET_RXQ_ERROR,
	VMXNET3_RESET_ACTIVATE,
	VMXNET3_RESET_USER,
	VMXNET3_RESET_REASONS
};

/**
 * struct vmxnet3 - the device
 * @netdev: network device
 * @pdev: PCI device
 * @pt: BAR0, doorbells and interrupt masks
 * @vd: BAR1, control registers
 * @version: negotiated protocol version
 * @flags: enum vmxnet3_flag bits
 * @qs: the queues in use while open, else NULL; changes under rtnl while the
 *	device is quiet
 * @qcfg: shape for the next set
 * @plan: vectors and most queues
 * @vec: vectors, @plan.nvec of them
 * @dealt_txq: transmit queues when senders were dealt out last, 0 for never
 * @dealt_cpus: CPUs online then
 * @intr_type: VMXNET3_INTR_TYPE_*
 * @mask_mode: VMXNET3_INTR_MODE_*
 * @tx_slot_size: bytes of a tx data slot
 * @rx_copybreak: frames up to this many bytes are copied
 * @link_speed: Mbit/s, 0 unknown
 * @cmd_lock: serialises the command register and @shared's cmd_info
 * @shared: root of the shared memory
 * @shared_dma: bus address of @shared
 * @rss_conf: RSS block, shared
 * @rss_conf_dma: bus address of @rss_conf
 * @pm_conf: wake-up block, shared
 * @pm_conf_dma: bus address of @pm_conf
 * @mc_table: multicast table, shared
 * @mc_table_dma: bus address of @mc_table
 * @filter_lock: guards @rx_mode and @vlans
 * @rx_mode: VMXNET3_RXM_* in force
 * @vlans: VLAN ids accepted
 * @upt_features: VMXNET3_UPT_* in force
 * @rss_key: hash key, kept over resets
 * @rss_table: rx queue of each hash bucket
 * @rss_nrxq: receive queues that @rss_table was made for
 * @wol: WAKE_* wanted
 * @event_work: handles events in process context
 * @events_seen: events per kind, by bit number of VMXNET3_ECR_*
 * @event_storm: events handled in the current second
 * @event_stamp: jiffies of the start of that second
 * @reset_work: the only place that resets the device
 * @reset_reasons: enum vmxnet3_reset_reason bits that wait for @reset_work
 * @resets: resets done, by reason
 * @reported: reasons told to devlink and not recovered from since
 * @reset_fails: attempts in a row that did not bring the device back
 * @reset_stamp: jiffies of the start of the rate window
 * @reset_burst: resets in that window
 * @stats_work: fetches the counters of the device now and then
 * @stats_lock: guards the counters below, &vmxnet3_dev_stats, and changes of
 *	@qs against readers of counters, who do not hold rtnl
 * @dev_counting: the device is active and its counters may be fetched
 * @base: counters of queues that no longer exist
 * @devlink: devlink instance
 * @tx_reporter: devlink health reporter
 * @rx_reporter: as above
 */
struct vmxnet3 {
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *pt;
	void __iomem *vd;
	unsigned int version;
	unsigned long flags;

	struct vmxnet3_qset *qs;
	struct vmxnet3_qcfg qcfg;
	struct vmxnet3_vec_plan plan;
	struct vmxnet3_vec *vec;
	unsigned int dealt_txq;
	unsigned int dealt_cpus;
	u8 intr_type;
	u8 mask_mode;
	u16 tx_slot_size;
	u32 rx_copybreak;
	u32 link_speed;

	spinlock_t cmd_lock; /* serialises CMD and cmd_info */
	struct vmxnet3_driver_shared *shared;
	dma_addr_t shared_dma;
	struct vmxnet3_rss_conf *rss_conf;
	dma_addr_t rss_conf_dma;
	struct vmxnet3_pm_conf *pm_conf;
	dma_addr_t pm_conf_dma;
	u8 *mc_table;
	dma_addr_t mc_table_dma;

	spinlock_t filter_lock; /* guards rx_mode and vlans */
	u32 rx_mode;
	DECLARE_BITMAP(vlans, VLAN_N_VID);

	u64 upt_features;
	u8 rss_key[VMXNET3_RSS_KEY_SIZE];
	u8 rss_table[VMXNET3_RSS_TABLE_SIZE];
	unsigned int rss_nrxq;
	u32 wol;

	struct delayed_work event_work;
	u64 events_seen[5];
	unsigned int event_storm;
	unsigned long event_stamp;

	struct delayed_work reset_work;
	unsigned long reset_reasons;
	u64 resets[VMXNET3_RESET_REASONS];
	unsigned long reported;
	unsigned int reset_fails;
	unsigned long reset_stamp;
	unsigned int reset_burst;

	struct delayed_work stats_work;
	spinlock_t stats_lock; /* guards counters, and qs for their readers */
	bool dev_counting;
	struct vmxnet3_totals base;

	struct devlink *devlink;
	struct devlink_health_reporter *tx_reporter;
	struct devlink_health_reporter *rx_reporter;
};

/* Multicast addresses kept in the table; beyond that all are received. */
#define VMXNET3_MC_MAX		512

/*
 * Tell why a request is refused or changed.  Old kernels and ioctls bring no
 * extack; then it goes to the log.
 */
#define vmxnet3_explain(netdev, extack, fmt, ...) do {			\
	if (extack)							\
		NL_SET_ERR_MSG_FMT_MOD(extack, fmt, ##__VA_ARGS__);	\
	else								\
		netdev_info(netdev, fmt "\n", ##__VA_ARGS__);		\
} while (0)

static inline void vmxnet3_tx_count(struct vmxnet3_txq *q,
				    enum vmxnet3_tx_counter c)
{
	u64_stats_update_begin(&q->syncp);
	u64_stats_inc(&q->cnt[c]);
	u64_stats_update_end(&q->syncp);
}

static inline void vmxnet3_rx_count(struct vmxnet3_rxq *q,
				    enum vmxnet3_rx_counter c)
{
	u64_stats_update_begin(&q->syncp);
	u64_stats_inc(&q->cnt[c]);
	u64_stats_update_end(&q->syncp);
}

/* vmxnet3_main.c */
int vmxnet3_up(struct vmxnet3 *vx);
void vmxnet3_down(struct vmxnet3 *vx);
int vmxnet3_restart(struct vmxnet3 *vx);
int vmxnet3_reconfigure(struct vmxnet3 *vx, const struct vmxnet3_qcfg *cfg,
			struct netlink_ext_ack *extack);

/* vmxnet3_ctrl.c */
u32 vmxnet3_cmd_get(struct vmxnet3 *vx, u32 cmd);
void vmxnet3_cmd(struct vmxnet3 *vx, u32 cmd);
int vmxnet3_hw_init(struct vmxnet3 *vx);
int vmxnet3_hw_activate(struct vmxnet3 *vx);
void vmxnet3_hw_start(struct vmxnet3 *vx);
void vmxnet3_hw_quiesce(struct vmxnet3 *vx);
void vmxnet3_hw_reset(struct vmxnet3 *vx);
int vmxnet3_shared_alloc(struct vmxnet3 *vx);
void vmxnet3_shared_free(struct vmxnet3 *vx);
void vmxnet3_hw_read_mac(struct vmxnet3 *vx, u8 *perm, u8 *cur);
void vmxnet3_hw_write_mac(struct vmxnet3 *vx, const u8 *mac);
void vmxnet3_hw_update_features(struct vmxnet3 *vx);
void vmxnet3_link_update(struct vmxnet3 *vx);
void vmxnet3_varlen_set(struct vmxnet3_varlen_desc *desc, size_t len,
			dma_addr_t dma);

/* vmxnet3_queue.c */
struct vmxnet3_qset *vmxnet3_qset_alloc(struct vmxnet3 *vx,
					const struct vmxnet3_qcfg *cfg);
void vmxnet3_qset_free(struct vmxnet3 *vx, struct vmxnet3_qset *qs);
void vmxnet3_qset_rewind(struct vmxnet3_qset *qs);

/* vmxnet3_tx.c */
netdev_tx_t vmxnet3_xmit(struct sk_buff *skb, struct net_device *netdev);
netdev_features_t vmxnet3_features_check(struct sk_buff *skb,
					 struct net_device *netdev,
					 netdev_features_t features);
void vmxnet3_tx_reap(struct vmxnet3_txq *q, int budget);
void vmxnet3_txq_drain(struct vmxnet3_txq *q);

/**
 * vmxnet3_tx_in_flight() - whether packets wait for their completion
 * @q: queue
 *
 * Context: any; without the txq lock the answer may be stale, see
 * vmxnet3_vec_tx_done() for how that is made safe.
 * Return: true if so.
 */
static inline bool vmxnet3_tx_in_flight(const struct vmxnet3_txq *q)
{
	return READ_ONCE(q->clean) != READ_ONCE(q->fill.idx);
}

/* vmxnet3_rx.c */
int vmxnet3_rx_poll(struct vmxnet3_rxq *q, int budget);
u32 vmxnet3_rx_ring_fill(struct vmxnet3_rx_ring *r, u32 n, gfp_t gfp);
void vmxnet3_rxq_reset_frame(struct vmxnet3_rxq *q);
void vmxnet3_rx_retry(struct timer_list *t);

/* vmxnet3_lro.c */
void vmxnet3_lro_finish(struct vmxnet3_rxq *q, struct sk_buff *skb,
			bool csum_good);

/* vmxnet3_irq.c */
int vmxnet3_vecs_alloc(struct vmxnet3 *vx);
void vmxnet3_vecs_free(struct vmxnet3 *vx);
int vmxnet3_vecs_request(struct vmxnet3 *vx);
void vmxnet3_vecs_release(struct vmxnet3 *vx);
void vmxnet3_vecs_enable(struct vmxnet3 *vx);
void vmxnet3_vecs_spread(struct vmxnet3 *vx);
void vmxnet3_vecs_unmask(struct vmxnet3 *vx);
void vmxnet3_vecs_disable(struct vmxnet3 *vx);
void vmxnet3_vec_tx_arm(struct vmxnet3_txq *q);
void vmxnet3_event_work(struct work_struct *work);

/* vmxnet3_reset.c */
void vmxnet3_reset_request(struct vmxnet3 *vx, enum vmxnet3_reset_reason why);
int vmxnet3_reset_run(struct vmxnet3 *vx);
void vmxnet3_reset_work(struct work_struct *work);
void vmxnet3_tx_timeout(struct net_device *netdev, unsigned int txqueue);
const char *vmxnet3_reset_name(enum vmxnet3_reset_reason why);

/* vmxnet3_filter.c */
void vmxnet3_set_rx_mode(struct net_device *netdev);
int vmxnet3_vlan_add(struct net_device *netdev, __be16 proto, u16 vid);
int vmxnet3_vlan_kill(struct net_device *netdev, __be16 proto, u16 vid);
void vmxnet3_filter_restore(struct vmxnet3 *vx);
void vmxnet3_vlan_refresh(struct vmxnet3 *vx);

/* vmxnet3_rss.c */
void vmxnet3_rss_init(struct vmxnet3 *vx);
bool vmxnet3_rss_describe(struct vmxnet3 *vx, const struct vmxnet3_qset *qs);
u32 vmxnet3_get_rxfh_key_size(struct net_device *netdev);
u32 vmxnet3_get_rxfh_indir_size(struct net_device *netdev);
int vmxnet3_get_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *p);
int vmxnet3_set_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *p,
		     struct netlink_ext_ack *extack);
u32 vmxnet3_get_rx_ring_count(struct net_device *netdev);
int vmxnet3_get_rxfh_fields(struct net_device *netdev,
			    struct ethtool_rxfh_fields *fields);
int vmxnet3_set_rxfh_fields(struct net_device *netdev,
			    const struct ethtool_rxfh_fields *fields,
			    struct netlink_ext_ack *extack);

/* vmxnet3_stats.c */
extern const struct netdev_stat_ops vmxnet3_stat_ops;
void vmxnet3_stats_init(struct vmxnet3 *vx);
void vmxnet3_stats_start(struct vmxnet3 *vx);
void vmxnet3_stats_stop(struct vmxnet3 *vx);
struct vmxnet3_qset *vmxnet3_stats_switch(struct vmxnet3 *vx,
					  struct vmxnet3_qset *qs);
void vmxnet3_get_stats64(struct net_device *netdev,
			 struct rtnl_link_stats64 *stats);
int vmxnet3_stats_count(struct vmxnet3 *vx);
void vmxnet3_stats_strings(struct vmxnet3 *vx, u8 *buf);
void vmxnet3_stats_values(struct vmxnet3 *vx, u64 *buf);
void vmxnet3_get_eth_mac_stats(struct net_device *netdev,
			       struct ethtool_eth_mac_stats *mac);

/* vmxnet3_ethtool.c */
extern const struct ethtool_ops vmxnet3_ethtool_ops;

/* vmxnet3_health.c */
int vmxnet3_health_register(struct vmxnet3 *vx);
void vmxnet3_health_unregister(struct vmxnet3 *vx);
void vmxnet3_health_report(struct vmxnet3 *vx, unsigned long reasons);
void vmxnet3_health_recovered(struct vmxnet3 *vx);

/* vmxnet3_pm.c */
extern const struct dev_pm_ops vmxnet3_pm_ops;
void vmxnet3_shutdown(struct pci_dev *pdev);

#endif /* VMXNET3_H */
