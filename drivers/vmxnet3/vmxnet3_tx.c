// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Transmit: offload decisions, descriptors, doorbells, completions.
 *
 * The sender reaps completions itself after each doorbell, so that a vector
 * which serves transmit alone stays masked for as long as nothing is left in
 * flight; it is armed (see vmxnet3_vec_tx_arm()) when something is, which
 * bounds the time until a sent buffer is freed by the device's interrupt.
 * Producer and consumer are therefore one owner: the queue's txq lock.
 */
#include <linux/dma-mapping.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/netdev_queues.h>

#include "vmxnet3.h"
#include "vmxnet3_trace.h"

/* What the SOP descriptor says about the whole packet. */
struct vmxnet3_tx_offload {
	u32 msscof;
	u32 dw3;
};

/*
 * A tag in the payload hides what is behind it.  That is rare, and looking
 * behind it takes a stack frame that every packet would pay for.
 */
static noinline __be16 vmxnet3_tagged_protocol(const struct sk_buff *skb)
{
	return vlan_get_protocol(skb);
}

static bool vmxnet3_l4_is_tcp_or_udp(const struct sk_buff *skb)
{
	__be16 l3 = skb->protocol;
	u8 l4;

	if (unlikely(eth_type_vlan(l3)))
		l3 = vmxnet3_tagged_protocol(skb);
	if (l3 == htons(ETH_P_IP))
		l4 = ip_hdr(skb)->protocol;
	else if (l3 == htons(ETH_P_IPV6))
		l4 = ipv6_hdr(skb)->nexthdr;
	else
		return false;
	return (l4 == IPPROTO_TCP &&
		skb->csum_offset == offsetof(struct tcphdr, check)) ||
	       (l4 == IPPROTO_UDP &&
		skb->csum_offset == offsetof(struct udphdr, check));
}

/**
 * vmxnet3_features_check() - ndo_features_check (§3.3)
 * @skb: packet
 * @netdev: network device
 * @features: what the core would like to use
 *
 * The descriptor's fields limit the header length, the MSS and the place of
 * the checksum; devices differ in protocols other than TCP and UDP, so those
 * are left to the core.
 *
 * Context: softirq or process with BH disabled.
 * Return: @features without what the device cannot do for this packet.
 */
netdev_features_t vmxnet3_features_check(struct sk_buff *skb,
					 struct net_device *netdev,
					 netdev_features_t features)
{
	u32 start;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return features;

	start = skb_checksum_start_offset(skb);
	/* No checksum of the two lies further behind its header than TCP's. */
	if (unlikely(!vmxnet3_l4_is_tcp_or_udp(skb) ||
		     start + offsetof(struct tcphdr, check) >
		     VMXNET3_MAX_CSUM_OFFSET))
		return features & ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);

	if (skb_is_gso(skb) &&
	    (skb_tcp_all_headers(skb) > VMXNET3_MAX_HDR_LEN ||
	     skb_shinfo(skb)->gso_size > VMXNET3_MAX_MSS))
		features &= ~NETIF_F_GSO_MASK;
	return features;
}

/* Descriptors that the packet takes if it does not fit a data slot whole. */
static u32 vmxnet3_tx_ndesc(const struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	u32 n = vmxnet3_txd_count(skb_headlen(skb));
	unsigned int i;

	for (i = 0; i < si->nr_frags; i++)
		n += vmxnet3_txd_count(skb_frag_size(&si->frags[i]));
	return n;
}

/*
 * The device adds the length to the pseudo-header sum for each segment by
 * itself, the core left it in (§3.3).
 */
static int vmxnet3_tx_prep_tso(struct sk_buff *skb,
			       struct vmxnet3_tx_offload *off)
{
	u32 hlen = skb_tcp_all_headers(skb);
	struct tcphdr *th;

	if (unlikely(hlen > VMXNET3_MAX_HDR_LEN) ||
	    skb_cow_head(skb, 0) || !pskb_may_pull(skb, hlen))
		return -EINVAL;

	th = tcp_hdr(skb);
	if (skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4) {
		struct iphdr *iph = ip_hdr(skb);

		iph->check = 0;
		th->check = ~csum_tcpudp_magic(iph->saddr, iph->daddr, 0,
					       IPPROTO_TCP, 0);
	} else {
		struct ipv6hdr *ip6 = ipv6_hdr(skb);

		th->check = ~csum_ipv6_magic(&ip6->saddr, &ip6->daddr, 0,
					     IPPROTO_TCP, 0);
	}
	off->msscof = skb_shinfo(skb)->gso_size;
	off->dw3 = vmxnet3_txd_offload_dw3(VMXNET3_OM_TSO, hlen);
	return 0;
}

static void vmxnet3_tx_prep_csum(const struct sk_buff *skb,
				 struct vmxnet3_tx_offload *off)
{
	u32 start;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return;
	start = skb_checksum_start_offset(skb);
	off->msscof = start + skb->csum_offset;
	off->dw3 = vmxnet3_txd_offload_dw3(VMXNET3_OM_CSUM, start);
}

static void vmxnet3_tx_prep_vlan(const struct sk_buff *skb,
				 struct vmxnet3_tx_offload *off)
{
	if (skb_vlan_tag_present(skb))
		off->dw3 |= vmxnet3_txd_vlan_dw3(skb_vlan_tag_get(skb));
}

static void vmxnet3_tx_unmap(struct vmxnet3_txq *q, struct vmxnet3_tx_buf *b)
{
	if (!b->len)
		return;
	dma_unmap_page(q->dmadev, b->dma, b->len, DMA_TO_DEVICE);
	b->len = 0;
}

/*
 * Map everything before any descriptor is written: descriptors ahead of SOP
 * carry a valid generation as soon as they are written and could not be taken
 * back.  Returns the number of descriptors, 0 if mapping failed.
 *
 * @b->len is what to unmap; a buffer beyond one descriptor's length is one
 * mapping over several slots, of which the first has the length.
 */
static u32 vmxnet3_tx_map(struct vmxnet3_txq *q, const struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	u32 headlen = skb_headlen(skb);
	u32 idx = q->fill.idx, n = 1;
	struct device *dev = q->dmadev;
	unsigned int i;

	if (headlen > q->slot_size) {
		dma_addr_t dma = dma_map_single(dev, skb->data, headlen,
						DMA_TO_DEVICE);

		if (unlikely(dma_mapping_error(dev, dma)))
			return 0;
		q->buf[idx].dma = dma;
		q->buf[idx].len = headlen;
		n = vmxnet3_txd_count(headlen);
	}
	idx = vmxnet3_ring_add(idx, n, q->size);

	for (i = 0; i < si->nr_frags; i++) {
		const skb_frag_t *frag = &si->frags[i];
		u32 len = skb_frag_size(frag);
		u32 cnt = vmxnet3_txd_count(len);
		dma_addr_t dma;

		if (!len)
			continue;
		dma = skb_frag_dma_map(dev, frag, 0, len, DMA_TO_DEVICE);
		if (unlikely(dma_mapping_error(dev, dma)))
			goto err_unmap;
		q->buf[idx].dma = dma;
		q->buf[idx].len = len;
		idx = vmxnet3_ring_add(idx, cnt, q->size);
		n += cnt;
	}
	return n;

err_unmap:
	while (idx != q->fill.idx) {
		idx = idx ? idx - 1 : q->size - 1;
		vmxnet3_tx_unmap(q, &q->buf[idx]);
	}
	return 0;
}

/* Write one buffer's descriptors from @c on, all with their final gen. */
static struct vmxnet3_txd *vmxnet3_tx_write(struct vmxnet3_txq *q,
					    struct vmxnet3_cursor *c,
					    dma_addr_t dma, u32 len)
{
	struct vmxnet3_txd *d;

	do {
		u32 part = min_t(u32, len, VMXNET3_TXD_MAX_LEN);

		d = &q->ring[c->idx];
		d->addr = cpu_to_le64(dma);
		d->dw3 = 0;
		d->dw2 = cpu_to_le32(vmxnet3_txd_dw2(part, c->gen, 0));
		vmxnet3_cursor_next(c, q->size);
		dma += part;
		len -= part;
	} while (len);
	return d;
}

/*
 * Fill the descriptors of a mapped packet and hand them over: the SOP
 * descriptor keeps the old generation until all others are visible (§2.21 O1).
 */
static void vmxnet3_tx_write_all(struct vmxnet3_txq *q, struct sk_buff *skb,
				 const struct vmxnet3_tx_offload *off,
				 u32 ndesc)
{
	struct vmxnet3_cursor c = q->fill;
	u32 sop = c.idx, gen = c.gen, eop;
	struct vmxnet3_txd *d = &q->ring[sop];
	u32 headlen = skb_headlen(skb);
	u32 part = min_t(u32, headlen, VMXNET3_TXD_MAX_LEN);
	struct vmxnet3_txd *last = d;

	if (q->buf[sop].len) {
		d->addr = cpu_to_le64(q->buf[sop].dma);
	} else {
		u32 pos = sop * q->slot_size;

		skb_copy_from_linear_data(skb, q->data + pos, headlen);
		d->addr = cpu_to_le64(q->data_dma + pos);
	}
	d->dw2 = cpu_to_le32(vmxnet3_txd_dw2(part, !gen, off->msscof));
	vmxnet3_cursor_next(&c, q->size);

	if (ndesc > 1) {
		u32 left = ndesc - 1;

		if (headlen > part) {
			last = vmxnet3_tx_write(q, &c, q->buf[sop].dma + part,
						headlen - part);
			left -= vmxnet3_txd_count(headlen) - 1;
		}
		while (left) {
			struct vmxnet3_tx_buf *b = &q->buf[c.idx];

			left -= vmxnet3_txd_count(b->len);
			last = vmxnet3_tx_write(q, &c, b->dma, b->len);
		}
	}
	d->dw3 = cpu_to_le32(off->dw3);
	last->dw3 |= cpu_to_le32(VMXNET3_TXD3_EOP | VMXNET3_TXD3_CQ);

	eop = last - q->ring;
	q->buf[sop].skb = skb;
	q->buf[sop].eop = eop;

	/* Pairs with the device's read of SOP's gen before the rest. */
	dma_wmb();
	WRITE_ONCE(d->dw2, cpu_to_le32(vmxnet3_txd_dw2(part, gen,
						       off->msscof)));

	q->fill.gen = c.gen;
	WRITE_ONCE(q->fill.idx, c.idx);
	trace_vmxnet3_tx_post(q, sop, ndesc, skb->len);
}

/*
 * The device polls until its threshold is reached (§3.5): tell it how much
 * there is, unless the threshold is absurd or the queue is stopped, be it for
 * the ring or by BQL: nothing more would come to reach the threshold.
 */
static bool vmxnet3_tx_may_wait(struct vmxnet3_txq *q)
{
	if (q->deferred >= VMXNET3_TX_DEFER_MAX ||
	    netif_xmit_stopped(q->nq))
		return false;
	q->told = true;
	WRITE_ONCE(q->qdesc->num_deferred, cpu_to_le32(q->deferred));
	/* Order the gen store before the load: the device may just have
	 * stopped polling (§2.21 O5).
	 */
	virt_mb();
	return q->deferred < le32_to_cpu(READ_ONCE(q->qdesc->threshold));
}

/* Ring the doorbell for what was posted; a threshold of 0 means 1. */
static void vmxnet3_tx_doorbell(struct vmxnet3_txq *q)
{
	if (!q->deferred)
		return;

	if (unlikely(q->deferred <
		     le32_to_cpu(READ_ONCE(q->qdesc->threshold))) &&
	    vmxnet3_tx_may_wait(q))
		return;
	q->deferred = 0;
	if (unlikely(q->told)) {
		q->told = false;
		WRITE_ONCE(q->qdesc->num_deferred, 0);
	}
	writel(q->fill.idx, q->doorbell);
	vmxnet3_tx_count(q, VMXNET3_TX_DOORBELLS);
}

/* End of a burst: tell the device, reap what it has completed meanwhile. */
static void vmxnet3_tx_flush(struct vmxnet3_txq *q)
{
	vmxnet3_tx_doorbell(q);
	vmxnet3_tx_reap(q, 0);
	if (vmxnet3_tx_in_flight(q))
		vmxnet3_vec_tx_arm(q);
}

static void vmxnet3_tx_account(struct vmxnet3_txq *q, const struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);

	u64_stats_update_begin(&q->syncp);
	u64_stats_inc(&q->cnt[VMXNET3_TX_PACKETS]);
	u64_stats_add(&q->cnt[VMXNET3_TX_BYTES], skb->len);
	if (si->gso_size) {
		u64_stats_inc(&q->cnt[VMXNET3_TX_TSO_PACKETS]);
		u64_stats_add(&q->cnt[VMXNET3_TX_TSO_BYTES], skb->len);
		u64_stats_add(&q->cnt[VMXNET3_TX_TSO_SEGS], si->gso_segs);
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		u64_stats_inc(&q->cnt[VMXNET3_TX_CSUM]);
	}
	u64_stats_update_end(&q->syncp);
}

/* As vmxnet3_tx_account(), for a packet in a data slot. */
static void vmxnet3_tx_account_slot(struct vmxnet3_txq *q, u32 len, bool csum)
{
	u64_stats_update_begin(&q->syncp);
	u64_stats_inc(&q->cnt[VMXNET3_TX_PACKETS]);
	u64_stats_add(&q->cnt[VMXNET3_TX_BYTES], len);
	u64_stats_inc(&q->cnt[VMXNET3_TX_DATA_RING]);
	if (csum)
		u64_stats_inc(&q->cnt[VMXNET3_TX_CSUM]);
	u64_stats_update_end(&q->syncp);
}

/*
 * Post a packet that fits its descriptor's data slot: it is copied there, so
 * that nothing is mapped.  Returns the counter that says why it cannot be
 * sent, negative if it is posted.
 */
static int vmxnet3_tx_post_slot(struct vmxnet3_txq *q, struct sk_buff *skb)
{
	struct vmxnet3_tx_offload off = {};
	struct vmxnet3_cursor c = q->fill;
	u32 idx = c.idx, gen = c.gen, len = skb->len, pos = idx * q->slot_size;
	struct vmxnet3_txd *d = &q->ring[idx];
	struct vmxnet3_tx_buf *b = &q->buf[idx];

	if (unlikely(skb_linearize(skb)))
		return VMXNET3_TX_DROP_LINEARIZE;
	if (unlikely(len < ETH_HLEN))
		return VMXNET3_TX_DROP_HDR;

	memcpy(q->data + pos, skb->data, len);
	vmxnet3_tx_prep_csum(skb, &off);
	vmxnet3_tx_account_slot(q, len, off.dw3);
	vmxnet3_tx_prep_vlan(skb, &off);

	b->skb = skb;
	b->eop = idx;
	d->addr = cpu_to_le64(q->data_dma + pos);
	d->dw3 = cpu_to_le32(off.dw3 | VMXNET3_TXD3_EOP | VMXNET3_TXD3_CQ);
	/* Pairs with the device's read of the gen before the rest. */
	dma_wmb();
	WRITE_ONCE(d->dw2, cpu_to_le32(vmxnet3_txd_dw2(len, gen, off.msscof)));

	vmxnet3_cursor_next(&c, q->size);
	q->fill.gen = c.gen;
	WRITE_ONCE(q->fill.idx, c.idx);
	q->deferred++;
	trace_vmxnet3_tx_post(q, idx, 1, len);
	return -1;
}

/*
 * Post any other packet, once it has a form that descriptors can express.
 * Returns as vmxnet3_tx_post_slot().
 */
static noinline int vmxnet3_tx_post_mapped(struct vmxnet3_txq *q,
					   struct sk_buff *skb)
{
	u32 max = skb_is_gso(skb) ? VMXNET3_MAX_TXD_PER_TSO :
				    VMXNET3_MAX_TXD_PER_PKT;
	struct vmxnet3_tx_offload off = {};
	u32 ndesc;

	if (unlikely(!pskb_may_pull(skb, ETH_HLEN)))
		return VMXNET3_TX_DROP_HDR;
	if (!skb_is_gso(skb))
		vmxnet3_tx_prep_csum(skb, &off);
	else if (unlikely(vmxnet3_tx_prep_tso(skb, &off)))
		return VMXNET3_TX_DROP_HDR;
	vmxnet3_tx_prep_vlan(skb, &off);

	if (unlikely(vmxnet3_tx_ndesc(skb) > max)) {
		if (skb_linearize(skb))
			return VMXNET3_TX_DROP_LINEARIZE;
		vmxnet3_tx_count(q, VMXNET3_TX_LINEARIZED);
	}
	ndesc = vmxnet3_tx_map(q, skb);
	if (unlikely(!ndesc))
		return VMXNET3_TX_DROP_MAP;

	vmxnet3_tx_account(q, skb);
	vmxnet3_tx_write_all(q, skb, &off, ndesc);
	q->deferred += max_t(u32, skb_shinfo(skb)->gso_segs, 1);
	return -1;
}

static int vmxnet3_tx_post(struct vmxnet3_txq *q, struct sk_buff *skb)
{
	if (unlikely(q->broken))
		return VMXNET3_TX_DROP_DOWN;
	if (skb->len <= q->slot_size && !skb_is_gso(skb))
		return vmxnet3_tx_post_slot(q, skb);
	return vmxnet3_tx_post_mapped(q, skb);
}

/**
 * vmxnet3_xmit() - ndo_start_xmit
 * @skb: packet
 * @netdev: network device
 *
 * Context: BH disabled, txq lock held; netpoll: interrupts disabled.
 * Return: NETDEV_TX_OK always: the queue is stopped before the ring is full.
 */
netdev_tx_t vmxnet3_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_txq *q = &vx->qs->txq[skb_get_queue_mapping(skb)];
	bool more = netdev_xmit_more();
	int drop;

	drop = vmxnet3_tx_post(q, skb);
	if (unlikely(drop >= 0)) {
		vmxnet3_tx_count(q, drop);
		dev_kfree_skb_any(skb);
		/* The burst that this packet would have ended still waits. */
		if (!more)
			vmxnet3_tx_flush(q);
		return NETDEV_TX_OK;
	}

	/* Posted, but freed by no one else before this returns. */
	skb_tx_timestamp(skb);
	if (unlikely(!netif_txq_maybe_stop(q->nq,
					   vmxnet3_ring_free(q->fill.idx,
							     q->clean, q->size),
					   VMXNET3_TX_STOP_THRESH,
					   VMXNET3_TX_WAKE_THRESH)))
		vmxnet3_tx_count(q, VMXNET3_TX_STOPS);

	if (__netdev_tx_sent_queue(q->nq, skb->len, more))
		vmxnet3_tx_flush(q);
	return NETDEV_TX_OK;
}

/* Free the oldest packet in flight; returns its length. */
static __always_inline u32 vmxnet3_tx_release(struct vmxnet3_txq *q, int budget)
{
	u32 sop = q->clean, eop = q->buf[sop].eop, i = sop;
	struct sk_buff *skb = q->buf[sop].skb;
	u32 len = skb->len;

	for (;;) {
		vmxnet3_tx_unmap(q, &q->buf[i]);
		if (i == eop)
			break;
		i = vmxnet3_ring_add(i, 1, q->size);
	}
	q->buf[sop].skb = NULL;
	WRITE_ONCE(q->clean, vmxnet3_ring_add(eop, 1, q->size));
	trace_vmxnet3_tx_complete(q, eop);
	napi_consume_skb(skb, budget);
	return len;
}

static void vmxnet3_tx_violation(struct vmxnet3_txq *q,
				 enum vmxnet3_tx_verdict verdict, u32 idx)
{
	struct vmxnet3 *vx = q->vx;

	vmxnet3_tx_count(q, verdict == VMXNET3_TX_BAD_INDEX ?
			    VMXNET3_TX_BAD_COMP_INDEX :
			    VMXNET3_TX_BAD_COMP_ORDER);
	trace_vmxnet3_violation(vx, true, q->idx, verdict, idx, 0);
	if (net_ratelimit())
		netdev_warn(vx->netdev,
			    "tx queue %u: device completed descriptor %u, which it does not own; resetting\n",
			    q->idx, idx);
	q->broken = true;
	vmxnet3_reset_request(vx, VMXNET3_RESET_TX_COMPLETION);
}

/**
 * vmxnet3_tx_reap() - free the packets that the device has sent
 * @q: queue
 * @budget: NAPI budget, 0 outside of NAPI
 *
 * At most the packets in flight are consumed, however many completions the
 * device pretends (§5 H3).
 *
 * Context: BH disabled, txq lock held.
 */
void vmxnet3_tx_reap(struct vmxnet3_txq *q, int budget)
{
	u32 packets = 0, bytes = 0;

	while (q->clean != q->fill.idx && !q->broken) {
		const struct vmxnet3_txcd *cd = &q->comp[q->comp_pos.idx];
		enum vmxnet3_tx_verdict verdict;
		u32 idx;

		if (vmxnet3_cd_gen(le32_to_cpu(READ_ONCE(cd->dw3))) !=
		    q->comp_pos.gen)
			break;
		/* Read the rest after the gen (§2.21 O3). */
		dma_rmb();
		idx = le32_to_cpu(READ_ONCE(cd->dw0)) & VMXNET3_TXCD0_IDX_MASK;

		verdict = vmxnet3_tx_gate(idx, q->size, true,
					  q->buf[q->clean].eop);
		if (unlikely(verdict != VMXNET3_TX_OK)) {
			vmxnet3_tx_violation(q, verdict, idx);
			break;
		}
		bytes += vmxnet3_tx_release(q, budget);
		packets++;
		vmxnet3_cursor_next(&q->comp_pos, q->size);
	}
	if (!packets)
		return;

	if (!__netif_txq_completed_wake(q->nq, packets, bytes,
					vmxnet3_ring_free(q->fill.idx, q->clean,
							  q->size),
					VMXNET3_TX_WAKE_THRESH,
					!test_bit(VMXNET3_F_ACTIVE,
						  &q->vx->flags)))
		vmxnet3_tx_count(q, VMXNET3_TX_WAKES);
}

/**
 * vmxnet3_txq_drain() - drop everything in flight
 * @q: queue that the device does not use any more
 *
 * Context: process, tx queue stopped.
 */
void vmxnet3_txq_drain(struct vmxnet3_txq *q)
{
	while (q->clean != q->fill.idx)
		vmxnet3_tx_release(q, 0);
}
