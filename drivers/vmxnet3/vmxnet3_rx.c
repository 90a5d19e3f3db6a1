// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Receive: completions into frames, buffers back into the rings.
 *
 * A slot keeps its page until the page leaves with a frame: frames that are
 * copied, skipped or dropped leave the page in its slot, and the refill only
 * posts it again.  Every completion passes the gate of vmxnet3_ring.h before
 * anything of it is used.  Frames that the device merged are finished next
 * door in vmxnet3_lro.c.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <net/busy_poll.h>
#include <net/page_pool/helpers.h>

#include "vmxnet3.h"
#include "vmxnet3_trace.h"

/* A completion, copied out of shared memory, in host order. */
struct vmxnet3_rx_comp {
	u32 dw0;
	u32 dw1;
	u32 dw2;
	u32 dw3;
};

/*
 * A poll: settings, read once at its start, and what it adds to the counters,
 * written once at its end.
 */
struct vmxnet3_rx_pass {
	struct net_device *netdev;
	netdev_features_t features;
	u32 copybreak;
	u32 mtu;

	u32 packets;
	u32 bytes;
	u32 copied;
	u32 csum_good;
};

static bool vmxnet3_rx_buf_alloc(struct vmxnet3_rx_ring *r,
				 struct vmxnet3_rx_buf *b, gfp_t gfp)
{
	u32 size = r->body ? VMXNET3_BODY_LEN : VMXNET3_HEAD_TRUESIZE;
	u32 offset;

	b->page = page_pool_alloc(r->pool, &offset, &size, gfp);
	if (unlikely(!b->page))
		return false;
	b->offset = offset;
	b->truesize = size;
	b->dma = page_pool_get_dma_addr(b->page) + offset +
		 (r->body ? 0 : VMXNET3_HEAD_OFFSET);
	b->sync = dma_need_sync(r->pool->p.dev, b->dma);
	return true;
}

/**
 * vmxnet3_rx_ring_fill() - post buffers
 * @r: ring
 * @n: descriptors to post, at most the free ones
 * @gfp: how to allocate
 *
 * Context: NAPI, or the queue is not in use.
 * Return: descriptors posted, less than @n if memory is short.
 */
u32 vmxnet3_rx_ring_fill(struct vmxnet3_rx_ring *r, u32 n, gfp_t gfp)
{
	u32 i, size = r->size, len = r->buf_len;
	struct vmxnet3_cursor c = r->fill;
	bool body = r->body;

	for (i = 0; i < n; i++) {
		struct vmxnet3_rx_buf *b = &r->buf[c.idx];
		struct vmxnet3_rxd *d = &r->desc[c.idx];

		if (!b->page && unlikely(!vmxnet3_rx_buf_alloc(r, b, gfp)))
			break;
		d->addr = cpu_to_le64(b->dma);
		/* The gen gives the descriptor away (§2.21 O2). */
		dma_wmb();
		WRITE_ONCE(d->dw2, cpu_to_le32(vmxnet3_rxd_dw2(len, body,
							       c.gen)));
		vmxnet3_cursor_next(&c, size);
	}
	r->fill = c;
	return i;
}

/*
 * Post buffers once a batch of descriptors is free.  When memory is short the
 * free ones stay unposted; a ring that runs dry gets no completions and so no
 * interrupts, hence the timer.
 */
static void vmxnet3_rx_refill(struct vmxnet3_rxq *q)
{
	bool starved = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(q->ring); i++) {
		struct vmxnet3_rx_ring *r = &q->ring[i];
		u32 n = vmxnet3_ring_free(r->fill.idx, r->clean, r->size);
		u32 posted;

		if (!r->used || n < VMXNET3_RX_REFILL_BATCH)
			continue;
		posted = vmxnet3_rx_ring_fill(r, n, GFP_ATOMIC | __GFP_NOWARN);
		trace_vmxnet3_rx_refill(q, i, posted);
		if (unlikely(posted < n)) {
			vmxnet3_rx_count(q, VMXNET3_RX_ALLOC_FAIL);
			starved |= n - posted > r->size / 2;
		}
		/* Order the gen stores before the load (§2.21 O6). */
		virt_mb();
		if (unlikely(READ_ONCE(q->qdesc->update_rx_prod))) {
			writel(r->fill.idx, r->doorbell);
			vmxnet3_rx_count(q, VMXNET3_RX_DOORBELLS);
		}
	}
	if (unlikely(starved))
		mod_timer(&q->retry,
			  jiffies + msecs_to_jiffies(VMXNET3_RX_RETRY_MS));
}

/**
 * vmxnet3_rx_retry() - timer: poll a queue whose rings ran low
 * @t: &vmxnet3_rxq.retry
 *
 * Context: softirq.
 */
void vmxnet3_rx_retry(struct timer_list *t)
{
	struct vmxnet3_rxq *q = timer_container_of(q, t, retry);

	vmxnet3_rx_count(q, VMXNET3_RX_RETRIES);
	napi_schedule(&q->vec->napi);
}

/* The buffer leaves its slot: the frame owns the page from here on. */
static void vmxnet3_rx_detach(struct vmxnet3_rx_ring *r,
			      struct vmxnet3_rx_buf *b)
{
	page_pool_skb_page(r->pool, b->page);
	b->page = NULL;
}

static void *vmxnet3_rx_data(const struct vmxnet3_rx_ring *r,
			     const struct vmxnet3_rx_buf *b)
{
	return page_address(b->page) + b->offset +
	       (r->body ? 0 : VMXNET3_HEAD_OFFSET);
}

/* Small frame: copy it, the buffer stays in its slot. */
static struct sk_buff *vmxnet3_rx_copy(struct vmxnet3_rxq *q,
				       const struct vmxnet3_rx_ring *r,
				       const struct vmxnet3_rx_buf *b, u32 len)
{
	struct sk_buff *skb = napi_alloc_skb(&q->vec->napi, len);

	if (likely(skb))
		skb_put_data(skb, vmxnet3_rx_data(r, b), len);
	if (unlikely(b->sync))
		dma_sync_single_for_device(q->dmadev, b->dma, len,
					   DMA_FROM_DEVICE);
	return skb;
}

static struct sk_buff *vmxnet3_rx_build(struct vmxnet3_rx_ring *r,
					struct vmxnet3_rx_buf *b, u32 len)
{
	struct sk_buff *skb;

	skb = napi_build_skb(page_address(b->page) + b->offset, b->truesize);
	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, VMXNET3_HEAD_OFFSET);
	__skb_put(skb, len);
	vmxnet3_rx_detach(r, b);
	skb_mark_for_recycle(skb);
	return skb;
}

static void vmxnet3_rx_hash(struct sk_buff *skb,
			    const struct vmxnet3_rx_comp *cd,
			    netdev_features_t features)
{
	enum pkt_hash_types type;

	switch (vmxnet3_rxcd_rsstype(cd->dw0)) {
	case VMXNET3_RSSTYPE_NONE:
		return;
	case VMXNET3_RSSTYPE_IPV4:
	case VMXNET3_RSSTYPE_IPV6:
		type = PKT_HASH_TYPE_L3;
		break;
	default:
		type = PKT_HASH_TYPE_L4;
	}
	/* A merged frame has segment information in the hash's place. */
	if (vmxnet3_cd_type(cd->dw3) != VMXNET3_CD_TYPE_RX_LRO &&
	    (features & NETIF_F_RXHASH))
		skb_set_hash(skb, cd->dw1, type);
}

/*
 * Whether software GRO may find something to do: with TCP, and with tunnels,
 * which carry bulk in long frames; with short frames of other protocols only
 * where the user has asked to merge those.
 */
static bool vmxnet3_rx_may_merge(const struct sk_buff *skb,
				 const struct vmxnet3_rx_comp *cd,
				 const struct vmxnet3_rx_pass *pass)
{
	return skb->len > pass->copybreak ||
	       (cd->dw3 & VMXNET3_RXCD3_TCP) ||
	       (cd->dw0 & VMXNET3_RXCD0_CNC) ||
	       (pass->features & (NETIF_F_GRO_FRAGLIST | NETIF_F_GRO_UDP_FWD));
}

/* Give a complete frame to the stack; @cd is its EOP completion. */
static void vmxnet3_rx_deliver(struct vmxnet3_rxq *q, struct sk_buff *skb,
			       const struct vmxnet3_rx_comp *cd,
			       struct vmxnet3_rx_pass *pass)
{
	enum vmxnet3_csum csum = VMXNET3_CSUM_NONE;

	if (likely(pass->features & NETIF_F_RXCSUM))
		csum = vmxnet3_rxcd_csum(cd->dw0, cd->dw3, false);
	if (csum == VMXNET3_CSUM_GOOD) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		pass->csum_good++;
	} else if (unlikely(csum == VMXNET3_CSUM_BAD)) {
		vmxnet3_rx_count(q, VMXNET3_RX_CSUM_BAD);
	}
	vmxnet3_rx_hash(skb, cd, pass->features);

	pass->packets++;
	pass->bytes += skb->len;
	skb_record_rx_queue(skb, q->idx);
	skb->protocol = eth_type_trans(skb, pass->netdev);
	if ((cd->dw2 & VMXNET3_RXCD2_TS) &&
	    (pass->features & NETIF_F_HW_VLAN_CTAG_RX)) {
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       cd->dw2 >> VMXNET3_RXCD2_TCI_SHIFT);
		vmxnet3_rx_count(q, VMXNET3_RX_VLAN_STRIPPED);
	}
	/* A tag that was left in place comes on top of the MTU. */
	if (unlikely(skb->len > pass->mtu) &&
	    (skb->len > pass->mtu + VLAN_HLEN || !eth_type_vlan(skb->protocol)))
		vmxnet3_lro_finish(q, skb, csum == VMXNET3_CSUM_GOOD);
	if (vmxnet3_rx_may_merge(skb, cd, pass)) {
		napi_gro_receive(&q->vec->napi, skb);
	} else {
		skb_mark_napi_id(skb, &q->vec->napi);
		netif_receive_skb(skb);
	}
}

/**
 * vmxnet3_rxq_reset_frame() - forget a frame that is being assembled
 * @q: queue
 *
 * Context: NAPI, or the queue is not in use.
 */
void vmxnet3_rxq_reset_frame(struct vmxnet3_rxq *q)
{
	if (q->skb)
		dev_kfree_skb_any(q->skb);
	q->skb = NULL;
	q->in_frame = false;
	q->drop_frame = false;
	q->nbufs = 0;
}

static void vmxnet3_rx_start_frame(struct vmxnet3_rxq *q,
				   struct vmxnet3_rx_ring *r,
				   struct vmxnet3_rx_buf *b,
				   const struct vmxnet3_rx_comp *cd,
				   u32 len, struct vmxnet3_rx_pass *pass)
{
	q->in_frame = true;
	q->drop_frame = false;
	q->nbufs = 1;
	q->sop_dw1 = cd->dw1;
	q->sop_dw3 = cd->dw3;

	if (unlikely(len < ETH_HLEN)) {
		vmxnet3_rx_count(q, VMXNET3_RX_DROP_EMPTY);
		q->drop_frame = true;
		return;
	}
	if ((cd->dw0 & VMXNET3_RXCD0_EOP) &&
	    len <= pass->copybreak) {
		q->skb = vmxnet3_rx_copy(q, r, b, len);
		pass->copied++;
	} else {
		q->skb = vmxnet3_rx_build(r, b, len);
	}
	if (unlikely(!q->skb)) {
		vmxnet3_rx_count(q, VMXNET3_RX_DROP_SKB);
		q->drop_frame = true;
	}
}

static void vmxnet3_rx_continue_frame(struct vmxnet3_rxq *q,
				      struct vmxnet3_rx_ring *r,
				      struct vmxnet3_rx_buf *b, u32 len)
{
	q->nbufs++;
	/* Hosts may end a frame with an empty buffer. */
	if (q->drop_frame || !len)
		return;
	skb_add_rx_frag(q->skb, skb_shinfo(q->skb)->nr_frags, b->page,
			b->offset + (r->body ? 0 : VMXNET3_HEAD_OFFSET), len,
			b->truesize);
	vmxnet3_rx_detach(r, b);
}

static void vmxnet3_rx_end_frame(struct vmxnet3_rxq *q,
				 const struct vmxnet3_rx_comp *cd,
				 struct vmxnet3_rx_pass *pass)
{
	struct sk_buff *skb = q->skb;

	if (unlikely(cd->dw2 & VMXNET3_RXCD2_ERR)) {
		vmxnet3_rx_count(q, cd->dw3 & VMXNET3_RXCD3_FCS ?
				    VMXNET3_RX_DROP_TRUNCATED :
				    VMXNET3_RX_DROP_FCS);
		vmxnet3_rxq_reset_frame(q);
		return;
	}
	q->skb = NULL;
	q->in_frame = false;
	if (likely(skb))
		vmxnet3_rx_deliver(q, skb, cd, pass);
}

static const enum vmxnet3_rx_counter vmxnet3_rx_verdict_counter[] = {
	[VMXNET3_RX_BAD_RQID] = VMXNET3_RX_BAD_COMP_RQID,
	[VMXNET3_RX_BAD_INDEX] = VMXNET3_RX_BAD_COMP_INDEX,
	[VMXNET3_RX_NOT_POSTED] = VMXNET3_RX_BAD_COMP_OWNER,
	[VMXNET3_RX_BAD_LEN] = VMXNET3_RX_BAD_COMP_LEN,
	[VMXNET3_RX_BAD_SOP] = VMXNET3_RX_BAD_FRAME_SOP,
	[VMXNET3_RX_NO_SOP] = VMXNET3_RX_BAD_FRAME_NO_SOP,
	[VMXNET3_RX_TOO_MANY] = VMXNET3_RX_BAD_FRAME_BUFS,
};

static void vmxnet3_rx_violation(struct vmxnet3_rxq *q,
				 enum vmxnet3_rx_verdict verdict,
				 const struct vmxnet3_rx_comp *cd)
{
	u32 idx = cd->dw0 & VMXNET3_RXCD0_IDX_MASK;
	u32 len = cd->dw2 & VMXNET3_RXCD2_LEN_MASK;
	struct vmxnet3 *vx = q->vx;

	vmxnet3_rx_count(q, vmxnet3_rx_verdict_counter[verdict]);
	trace_vmxnet3_violation(vx, false, q->idx, verdict, idx, len);
	if (net_ratelimit())
		netdev_warn(vx->netdev,
			    "rx queue %u: rejected completion %08x %08x %08x (reason %d); resetting\n",
			    q->idx, cd->dw0, cd->dw2, cd->dw3, verdict);
	q->broken = true;
	vmxnet3_reset_request(vx, VMXNET3_RESET_RX_COMPLETION);
}

/* Act on one completion. */
static enum vmxnet3_rx_verdict vmxnet3_rx_one(struct vmxnet3_rxq *q,
					      const struct vmxnet3_rx_comp *cd,
					      struct vmxnet3_rx_pass *pass)
{
	u32 idx = cd->dw0 & VMXNET3_RXCD0_IDX_MASK;
	u32 len = cd->dw2 & VMXNET3_RXCD2_LEN_MASK;
	bool sop = cd->dw0 & VMXNET3_RXCD0_SOP;
	enum vmxnet3_rx_verdict verdict;
	struct vmxnet3_rx_ring *r;
	struct vmxnet3_rx_buf *b;
	int ring;

	ring = vmxnet3_rx_ring_of(vmxnet3_rxcd_rqid(cd->dw0), q->idx,
				  q->nrxq);
	if (unlikely(ring < 0 || !q->ring[ring].used))
		return VMXNET3_RX_BAD_RQID;
	r = &q->ring[ring];
	verdict = vmxnet3_rx_gate(idx, len, r->size, r->fill.idx, r->clean,
				  r->buf_len);
	if (unlikely(verdict != VMXNET3_RX_OK))
		return verdict;
	verdict = vmxnet3_rx_frame_gate(sop, ring, q->in_frame, q->nbufs,
					VMXNET3_RX_MAX_BUFS);
	if (unlikely(verdict != VMXNET3_RX_OK))
		return verdict;

	if (unlikely(idx != r->clean))
		vmxnet3_rx_count(q, VMXNET3_RX_SKIPPED);
	r->clean = vmxnet3_ring_add(idx, 1, r->size);
	b = &r->buf[idx];
	trace_vmxnet3_rx_complete(q, ring, idx, len);

	if (unlikely(b->sync))
		dma_sync_single_for_cpu(q->dmadev, b->dma, len, DMA_FROM_DEVICE);
	if (sop)
		vmxnet3_rx_start_frame(q, r, b, cd, len, pass);
	else
		vmxnet3_rx_continue_frame(q, r, b, len);
	if (cd->dw0 & VMXNET3_RXCD0_EOP)
		vmxnet3_rx_end_frame(q, cd, pass);
	return VMXNET3_RX_OK;
}

static void vmxnet3_rx_account(struct vmxnet3_rxq *q,
			       const struct vmxnet3_rx_pass *pass)
{
	u64_stats_update_begin(&q->syncp);
	u64_stats_add(&q->cnt[VMXNET3_RX_PACKETS], pass->packets);
	u64_stats_add(&q->cnt[VMXNET3_RX_BYTES], pass->bytes);
	u64_stats_add(&q->cnt[VMXNET3_RX_COPYBREAK], pass->copied);
	u64_stats_add(&q->cnt[VMXNET3_RX_CSUM_UNNECESSARY], pass->csum_good);
	u64_stats_add(&q->cnt[VMXNET3_RX_CSUM_NONE],
		      pass->packets - pass->csum_good);
	u64_stats_update_end(&q->syncp);
}

/**
 * vmxnet3_rx_poll() - receive what the device has completed
 * @q: queue
 * @budget: completions to consume at most; each costs one, whatever it brings
 *
 * Context: NAPI.
 * Return: completions consumed.
 */
int vmxnet3_rx_poll(struct vmxnet3_rxq *q, int budget)
{
	struct vmxnet3_rx_pass pass = {
		.netdev = q->vx->netdev,
		.features = q->vx->netdev->features,
		.copybreak = READ_ONCE(q->vx->rx_copybreak),
		.mtu = READ_ONCE(q->vx->netdev->mtu),
	};
	int done = 0;

	while (done < budget && likely(!q->broken)) {
		const struct vmxnet3_rxcd *d = &q->comp[q->comp_pos.idx];
		enum vmxnet3_rx_verdict verdict;
		struct vmxnet3_rx_comp cd;

		cd.dw3 = le32_to_cpu(READ_ONCE(d->dw3));
		if (vmxnet3_cd_gen(cd.dw3) != q->comp_pos.gen)
			break;
		/* Read the rest after the gen (§2.21 O3). */
		dma_rmb();
		cd.dw0 = le32_to_cpu(READ_ONCE(d->dw0));
		cd.dw1 = le32_to_cpu(READ_ONCE(d->dw1));
		cd.dw2 = le32_to_cpu(READ_ONCE(d->dw2));
		vmxnet3_cursor_next(&q->comp_pos, q->comp_size);
		done++;

		verdict = vmxnet3_rx_one(q, &cd, &pass);
		if (unlikely(verdict != VMXNET3_RX_OK))
			vmxnet3_rx_violation(q, verdict, &cd);
	}
	if (done)
		vmxnet3_rx_account(q, &pass);
	vmxnet3_rx_refill(q);
	return done;
}
