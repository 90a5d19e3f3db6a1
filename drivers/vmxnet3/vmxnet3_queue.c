// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Memory of the queues: rings, shadows, data slots, page pools, and the queue
 * descriptor table that tells the device of them.
 *
 * A set of queues is built whole, filled with receive buffers, and freed whole
 * (see &struct vmxnet3_qset); there is one teardown for every way out.  Moving
 * data is next door in vmxnet3_tx.c and vmxnet3_rx.c.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/page_pool/helpers.h>

#include "vmxnet3.h"

static void *vmxnet3_ring_alloc(struct vmxnet3 *vx, u32 n, size_t entry,
				dma_addr_t *dma)
{
	return dma_alloc_coherent(&vx->pdev->dev, array_size(n, entry), dma,
				  GFP_KERNEL | __GFP_NOWARN);
}

static void vmxnet3_ring_free_mem(struct vmxnet3 *vx, u32 n, size_t entry,
				  void *mem, dma_addr_t dma)
{
	if (mem)
		dma_free_coherent(&vx->pdev->dev, array_size(n, entry), mem,
				  dma);
}

/* Tolerates a queue that vmxnet3_txq_alloc() left half built. */
static void vmxnet3_txq_free(struct vmxnet3_txq *q)
{
	struct vmxnet3 *vx = q->vx;

	if (q->buf && q->ring)
		vmxnet3_txq_drain(q);
	kvfree(q->buf);
	vmxnet3_ring_free_mem(vx, q->size, q->slot_size, q->data, q->data_dma);
	vmxnet3_ring_free_mem(vx, q->size, sizeof(*q->comp), q->comp,
			      q->comp_dma);
	vmxnet3_ring_free_mem(vx, q->size, sizeof(*q->ring), q->ring,
			      q->ring_dma);
}

static int vmxnet3_txq_alloc(struct vmxnet3 *vx, struct vmxnet3_txq *q,
			     unsigned int idx, const struct vmxnet3_qcfg *cfg)
{
	q->vx = vx;
	q->dmadev = &vx->pdev->dev;
	q->idx = idx;
	q->size = cfg->tx_size;
	q->slot_size = vx->tx_slot_size;
	q->nq = netdev_get_tx_queue(vx->netdev, idx);
	q->vec = &vx->vec[vmxnet3_plan_tx_vec(&vx->plan, idx)];
	q->doorbell = vx->pt + VMXNET3_PT_TXPROD + idx * VMXNET3_PT_STRIDE;
	u64_stats_init(&q->syncp);

	q->ring = vmxnet3_ring_alloc(vx, q->size, sizeof(*q->ring),
				     &q->ring_dma);
	q->comp = vmxnet3_ring_alloc(vx, q->size, sizeof(*q->comp),
				     &q->comp_dma);
	q->data = vmxnet3_ring_alloc(vx, q->size, q->slot_size, &q->data_dma);
	q->buf = kvcalloc(q->size, sizeof(*q->buf), GFP_KERNEL);
	if (!q->ring || !q->comp || !q->data || !q->buf)
		return -ENOMEM;

	vmxnet3_cursor_reset(&q->fill);
	vmxnet3_cursor_reset(&q->comp_pos);
	return 0;
}

static void vmxnet3_txq_rewind(struct vmxnet3_txq *q)
{
	vmxnet3_txq_drain(q);
	memset(q->ring, 0, array_size(q->size, sizeof(*q->ring)));
	memset(q->comp, 0, array_size(q->size, sizeof(*q->comp)));
	vmxnet3_cursor_reset(&q->fill);
	vmxnet3_cursor_reset(&q->comp_pos);
	q->clean = 0;
	q->deferred = 0;
	q->told = false;
	q->broken = false;
}

static struct page_pool *vmxnet3_pool_create(struct vmxnet3_rxq *q,
					     unsigned int pages)
{
	struct vmxnet3 *vx = q->vx;
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = pages,
		.nid = dev_to_node(&vx->pdev->dev),
		.dev = &vx->pdev->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.netdev = vx->netdev,
		.queue_idx = q->idx,
	};

	return page_pool_create(&params);
}

static void vmxnet3_rx_ring_free(struct vmxnet3 *vx, struct vmxnet3_rx_ring *r)
{
	u32 i;

	for (i = 0; r->buf && i < r->size; i++)
		if (r->buf[i].page)
			page_pool_put_full_page(r->pool, r->buf[i].page, false);
	if (r->pool)
		page_pool_destroy(r->pool);
	kvfree(r->buf);
	vmxnet3_ring_free_mem(vx, r->size, sizeof(*r->desc), r->desc,
			      r->desc_dma);
}

static int vmxnet3_rx_ring_alloc(struct vmxnet3_rxq *q,
				 struct vmxnet3_rx_ring *r, u32 size, bool body,
				 bool used)
{
	struct vmxnet3 *vx = q->vx;
	struct page_pool *pool;

	r->size = size;
	r->body = body;
	r->used = used;
	r->buf_len = body ? VMXNET3_BODY_LEN : VMXNET3_HEAD_LEN;
	r->doorbell = vx->pt + q->idx * VMXNET3_PT_STRIDE +
		      (body ? VMXNET3_PT_RXPROD2 : VMXNET3_PT_RXPROD);
	vmxnet3_cursor_reset(&r->fill);

	r->desc = vmxnet3_ring_alloc(vx, size, sizeof(*r->desc), &r->desc_dma);
	if (!r->desc)
		return -ENOMEM;
	if (!used)
		return 0;

	r->buf = kvcalloc(size, sizeof(*r->buf), GFP_KERNEL);
	if (!r->buf)
		return -ENOMEM;
	pool = vmxnet3_pool_create(q, body ? size : size / 2);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	r->pool = pool;
	return vmxnet3_rx_ring_fill(r, size - 1, GFP_KERNEL | __GFP_NOWARN) ==
	       size - 1 ? 0 : -ENOMEM;
}

/* Tolerates a queue that vmxnet3_rxq_alloc() left half built. */
static void vmxnet3_rxq_free(struct vmxnet3_rxq *q)
{
	struct vmxnet3 *vx = q->vx;
	unsigned int r;

	vmxnet3_rxq_reset_frame(q);
	for (r = 0; r < ARRAY_SIZE(q->ring); r++)
		vmxnet3_rx_ring_free(vx, &q->ring[r]);
	vmxnet3_ring_free_mem(vx, q->comp_size, sizeof(*q->comp), q->comp,
			      q->comp_dma);
}

static int vmxnet3_rxq_alloc(struct vmxnet3 *vx, struct vmxnet3_rxq *q,
			     unsigned int idx, const struct vmxnet3_qcfg *cfg)
{
	bool jumbo = cfg->lro ||
		     cfg->mtu + VMXNET3_FRAME_OVERHEAD > VMXNET3_HEAD_LEN;
	int err;

	q->vx = vx;
	q->dmadev = &vx->pdev->dev;
	q->idx = idx;
	q->nrxq = cfg->nrxq;
	q->vec = &vx->vec[vmxnet3_plan_rx_vec(&vx->plan, idx)];
	q->comp_size = cfg->rx1_size + cfg->rx2_size;
	u64_stats_init(&q->syncp);
	timer_setup(&q->retry, vmxnet3_rx_retry, 0);
	vmxnet3_cursor_reset(&q->comp_pos);

	q->comp = vmxnet3_ring_alloc(vx, q->comp_size, sizeof(*q->comp),
				     &q->comp_dma);
	if (!q->comp)
		return -ENOMEM;
	err = vmxnet3_rx_ring_alloc(q, &q->ring[0], cfg->rx1_size, false, true);
	if (err)
		return err;
	/* No frame reaches ring 2 when every frame fits a HEAD buffer. */
	return vmxnet3_rx_ring_alloc(q, &q->ring[1], cfg->rx2_size, true,
				     jumbo);
}

/* Buffers stay in their slots and are posted again from the start. */
static void vmxnet3_rxq_rewind(struct vmxnet3_rxq *q)
{
	unsigned int i;

	vmxnet3_rxq_reset_frame(q);
	memset(q->comp, 0, array_size(q->comp_size, sizeof(*q->comp)));
	vmxnet3_cursor_reset(&q->comp_pos);
	q->broken = false;
	for (i = 0; i < ARRAY_SIZE(q->ring); i++) {
		struct vmxnet3_rx_ring *r = &q->ring[i];

		memset(r->desc, 0, array_size(r->size, sizeof(*r->desc)));
		vmxnet3_cursor_reset(&r->fill);
		r->clean = 0;
		if (r->used)
			vmxnet3_rx_ring_fill(r, r->size - 1,
					     GFP_KERNEL | __GFP_NOWARN);
	}
}

static void vmxnet3_txq_describe(struct vmxnet3_txq *q)
{
	struct vmxnet3_txq_desc *d = q->qdesc;

	d->tx_ring_pa = cpu_to_le64(q->ring_dma);
	d->data_ring_pa = cpu_to_le64(q->data_dma);
	d->comp_ring_pa = cpu_to_le64(q->comp_dma);
	d->tx_ring_size = cpu_to_le32(q->size);
	d->data_ring_size = cpu_to_le32(q->size);
	d->comp_ring_size = cpu_to_le32(q->size);
	d->intr_idx = q->vec->idx;
	d->data_slot_size = cpu_to_le16(q->slot_size);
}

static void vmxnet3_rxq_describe(struct vmxnet3_rxq *q)
{
	struct vmxnet3_rxq_desc *d = q->qdesc;
	unsigned int r;

	for (r = 0; r < ARRAY_SIZE(q->ring); r++) {
		d->rx_ring_pa[r] = cpu_to_le64(q->ring[r].desc_dma);
		d->rx_ring_size[r] = cpu_to_le32(q->ring[r].size);
	}
	d->comp_ring_pa = cpu_to_le64(q->comp_dma);
	d->comp_ring_size = cpu_to_le32(q->comp_size);
	d->intr_idx = q->vec->idx;
}

static void vmxnet3_qset_describe(struct vmxnet3_qset *qs)
{
	struct vmxnet3_txq_desc *td = qs->table;
	struct vmxnet3_rxq_desc *rd = (void *)(td + qs->cfg.ntxq);
	unsigned int i;

	memset(qs->table, 0, qs->table_size);
	for (i = 0; i < qs->cfg.ntxq; i++) {
		qs->txq[i].qdesc = td + i;
		vmxnet3_txq_describe(&qs->txq[i]);
	}
	for (i = 0; i < qs->cfg.nrxq; i++) {
		qs->rxq[i].qdesc = rd + i;
		vmxnet3_rxq_describe(&qs->rxq[i]);
	}
}

/**
 * vmxnet3_qset_free() - free a set of queues
 * @vx: device, which does not use the set any more
 * @qs: set, possibly half built
 *
 * Packets that were in flight are dropped.
 *
 * Context: process, rtnl held.  If the set was in use, NAPI is disabled.
 */
void vmxnet3_qset_free(struct vmxnet3 *vx, struct vmxnet3_qset *qs)
{
	unsigned int i;

	for (i = 0; qs->rxq && i < qs->cfg.nrxq; i++)
		if (qs->rxq[i].vx)
			vmxnet3_rxq_free(&qs->rxq[i]);
	for (i = 0; qs->txq && i < qs->cfg.ntxq; i++)
		if (qs->txq[i].vx)
			vmxnet3_txq_free(&qs->txq[i]);
	if (qs->table)
		dma_free_coherent(&vx->pdev->dev, qs->table_size, qs->table,
				  qs->table_dma);
	kvfree(qs->rxq);
	kvfree(qs->txq);
	kfree(qs);
}

/**
 * vmxnet3_qset_alloc() - build a set of queues, filled with receive buffers
 * @vx: device; a set in use is not touched
 * @cfg: shape, within the limits of @vx->plan and of the version
 *
 * Context: process, rtnl held.
 * Return: the set or NULL if memory is short.
 */
struct vmxnet3_qset *vmxnet3_qset_alloc(struct vmxnet3 *vx,
					const struct vmxnet3_qcfg *cfg)
{
	struct vmxnet3_qset *qs;
	unsigned int i;

	qs = kzalloc_obj(*qs);
	if (!qs)
		return NULL;
	qs->cfg = *cfg;
	qs->table_size = cfg->ntxq * sizeof(struct vmxnet3_txq_desc) +
			 cfg->nrxq * sizeof(struct vmxnet3_rxq_desc);
	qs->txq = kvcalloc(cfg->ntxq, sizeof(*qs->txq), GFP_KERNEL);
	qs->rxq = kvcalloc(cfg->nrxq, sizeof(*qs->rxq), GFP_KERNEL);
	qs->table = dma_alloc_coherent(&vx->pdev->dev, qs->table_size,
				       &qs->table_dma, GFP_KERNEL);
	if (!qs->txq || !qs->rxq || !qs->table)
		goto err_free;

	for (i = 0; i < cfg->ntxq; i++)
		if (vmxnet3_txq_alloc(vx, &qs->txq[i], i, cfg))
			goto err_free;
	for (i = 0; i < cfg->nrxq; i++)
		if (vmxnet3_rxq_alloc(vx, &qs->rxq[i], i, cfg))
			goto err_free;
	vmxnet3_qset_describe(qs);
	return qs;

err_free:
	vmxnet3_qset_free(vx, qs);
	return NULL;
}

/**
 * vmxnet3_qset_rewind() - bring a used set back to its state after allocation
 * @qs: set that the device does not use
 *
 * Needs no memory: buffers that are in their slots are posted again, so that a
 * reset works when memory is short.  Packets that were in flight are dropped.
 *
 * Context: process, rtnl held, NAPI disabled, tx queues stopped.
 */
void vmxnet3_qset_rewind(struct vmxnet3_qset *qs)
{
	unsigned int i;

	for (i = 0; i < qs->cfg.ntxq; i++)
		vmxnet3_txq_rewind(&qs->txq[i]);
	for (i = 0; i < qs->cfg.nrxq; i++)
		vmxnet3_rxq_rewind(&qs->rxq[i]);
	vmxnet3_qset_describe(qs);
}
