// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Memory: the rings of an adapter, and what each tag needs.
 *
 * All of it is allocated before the first command comes, segments and sense
 * buffers included, so that I/O needs none, least of all when memory is short.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>

#include "pvscsi.h"

#define PVSCSI_SG_SIZE	(PVSCSI_MAX_SG * sizeof(struct pvscsi_sge))

static int pvscsi_ring_alloc(struct pvscsi *pv, struct pvscsi_ring *ring,
			     u32 pages)
{
	ring->size = (size_t)pages * PVSCSI_PAGE_SIZE;
	if (!ring->size)
		return 0;
	ring->mem = dma_alloc_coherent(&pv->pdev->dev, ring->size, &ring->dma,
				       GFP_KERNEL);
	return ring->mem ? 0 : -ENOMEM;
}

static void pvscsi_ring_free(struct pvscsi *pv, struct pvscsi_ring *ring)
{
	if (ring->mem)
		dma_free_coherent(&pv->pdev->dev, ring->size, ring->mem,
				  ring->dma);
}

static int pvscsi_tags_alloc(struct pvscsi *pv)
{
	struct device *dev = &pv->pdev->dev;
	u32 i;

	pv->tags = kvcalloc(pv->geo.reqs, sizeof(*pv->tags), GFP_KERNEL);
	/* A segment must not cross a page (§2.8): two of them fill one. */
	pv->sg_pool = dma_pool_create("pvscsi segments", dev, PVSCSI_SG_SIZE,
				      PVSCSI_SG_SIZE, PVSCSI_PAGE_SIZE);
	pv->sense_pool = dma_pool_create("pvscsi sense", dev, PVSCSI_SENSE_LEN,
					 8, 0);
	if (!pv->tags || !pv->sg_pool || !pv->sense_pool)
		return -ENOMEM;

	for (i = 0; i < pv->geo.reqs; i++) {
		struct pvscsi_tag *tag = &pv->tags[i];

		tag->ctx = pvscsi_ctx_first(i);
		tag->sg = dma_pool_zalloc(pv->sg_pool, GFP_KERNEL,
					  &tag->sg_dma);
		tag->sense = dma_pool_zalloc(pv->sense_pool, GFP_KERNEL,
					     &tag->sense_dma);
		if (!tag->sg || !tag->sense)
			return -ENOMEM;
	}
	return 0;
}

/* Tolerates what pvscsi_tags_alloc() left half built. */
static void pvscsi_tags_free(struct pvscsi *pv)
{
	u32 i;

	for (i = 0; pv->tags && i < pv->geo.reqs; i++) {
		struct pvscsi_tag *tag = &pv->tags[i];

		if (tag->sense)
			dma_pool_free(pv->sense_pool, tag->sense,
				      tag->sense_dma);
		if (tag->sg)
			dma_pool_free(pv->sg_pool, tag->sg, tag->sg_dma);
	}
	dma_pool_destroy(pv->sense_pool);
	dma_pool_destroy(pv->sg_pool);
	kvfree(pv->tags);
}

/**
 * pvscsi_queue_free() - free what pvscsi_queue_alloc() allocated
 * @pv: adapter, which is reset; also one whose allocation failed halfway
 *
 * Context: process.
 */
void pvscsi_queue_free(struct pvscsi *pv)
{
	pvscsi_tags_free(pv);
	pvscsi_ring_free(pv, &pv->msg_ring);
	pvscsi_ring_free(pv, &pv->cmp_ring);
	pvscsi_ring_free(pv, &pv->req_ring);
	if (pv->state)
		dma_free_coherent(&pv->pdev->dev, PVSCSI_PAGE_SIZE, pv->state,
				  pv->state_dma);
}

/**
 * pvscsi_queue_alloc() - allocate the rings and what belongs to each tag
 * @pv: adapter with its geometry
 *
 * Context: process.
 * Return: 0 or -ENOMEM; then nothing is left allocated.
 */
int pvscsi_queue_alloc(struct pvscsi *pv)
{
	/* Coherent memory is zeroed, and aligned to the pages of the device. */
	pv->state = dma_alloc_coherent(&pv->pdev->dev, PVSCSI_PAGE_SIZE,
				       &pv->state_dma, GFP_KERNEL);
	if (!pv->state ||
	    pvscsi_ring_alloc(pv, &pv->req_ring, pv->geo.req_pages) ||
	    pvscsi_ring_alloc(pv, &pv->cmp_ring, pv->geo.req_pages) ||
	    pvscsi_ring_alloc(pv, &pv->msg_ring, pv->geo.msg_pages) ||
	    pvscsi_tags_alloc(pv)) {
		pvscsi_queue_free(pv);
		return -ENOMEM;
	}
	pv->reqs = pv->req_ring.mem;
	pv->cmps = pv->cmp_ring.mem;
	pv->msgs = pv->msg_ring.mem;
	return 0;
}

/**
 * pvscsi_queue_clear() - bring the rings to their state after allocation
 * @pv: adapter, which is reset; no command waits
 *
 * Contexts go on, so that what was asked before can be told from what is asked
 * after.
 *
 * Context: process, submissions blocked.
 */
void pvscsi_queue_clear(struct pvscsi *pv)
{
	unsigned long flags;
	u32 i;

	/* Whoever polls may come at any time. */
	spin_lock_irqsave(&pv->cmp_lock, flags);
	memset(pv->state, 0, PVSCSI_PAGE_SIZE);
	memset(pv->req_ring.mem, 0, pv->req_ring.size);
	/* What is the same in all requests is written once. */
	for (i = 0; i < pv->geo.reqs; i++) {
		pv->reqs[i].sense_len = cpu_to_le32(PVSCSI_SENSE_LEN);
		pv->reqs[i].tag = PVSCSI_TAG_SIMPLE;
	}
	memset(pv->cmp_ring.mem, 0, pv->cmp_ring.size);
	if (pv->msg_ring.mem)
		memset(pv->msg_ring.mem, 0, pv->msg_ring.size);
	pv->req_prod = 0;
	pv->req_kicked = 0;
	pv->kick_other = false;
	pv->cmp_cons = 0;
	pv->completed = 0;
	pv->msg_cons = 0;
	spin_unlock_irqrestore(&pv->cmp_lock, flags);
}
