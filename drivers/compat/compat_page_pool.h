/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Receive pages. Three generations: whole pages that leave the pool with the skb
 * (to 5.14), pages that come back and fragments on request (to 6.6), and one kind
 * of pool that does both (6.7). All are given the interface of the last.
 *
 * page_pool_skb_page() has no upstream name: on the newest kernel it is nothing.
 */
#ifndef _VMGUEST_COMPAT_PAGE_POOL_H
#define _VMGUEST_COMPAT_PAGE_POOL_H

#include <linux/dma-mapping.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/page_pool/helpers.h>

/*
 * The parameters with all members, of which an old kernel is told those it knows:
 * without .napi pages return by the ring rather than directly, without .netdev and
 * .queue_idx netlink does not show whose the pool is.
 */
#ifndef HAVE_PAGE_POOL_PARAMS
struct compat_page_pool_params {
	unsigned int order;
	unsigned int pool_size;
	int nid;
	struct device *dev;
	struct napi_struct *napi;
	enum dma_data_direction dma_dir;
	unsigned int max_len;
	unsigned int offset;
	struct net_device *netdev;
	unsigned int queue_idx;
	unsigned int flags;
};

static inline struct page_pool *
compat_page_pool_create(const struct compat_page_pool_params *params)
{
	struct page_pool_params known = {
		.order = params->order,
		.pool_size = params->pool_size,
		.nid = params->nid,
		.dev = params->dev,
		.dma_dir = params->dma_dir,
		.max_len = params->max_len,
		.offset = params->offset,
		.flags = params->flags,
	};

#ifdef HAVE_PAGE_POOL_PARAMS_NAPI
	known.napi = params->napi;
#endif
	/* From 6.7 on any pool serves fragments; before, it must be asked to. */
#ifdef PP_FLAG_PAGE_FRAG
	known.flags |= PP_FLAG_PAGE_FRAG;
#endif
	return page_pool_create(&known);
}

#define page_pool_params compat_page_pool_params
#define page_pool_create compat_page_pool_create
#endif

#ifndef HAVE_PAGE_POOL_ALLOC
/*
 * A pool that serves fragments counts their users, so whole pages must be taken as
 * fragments too. One without fragments (to 5.14) gives a whole page for each.
 */
static inline struct page *compat_page_pool_take(struct page_pool *pool, unsigned int *offset,
						 unsigned int size, gfp_t gfp)
{
#ifdef PP_FLAG_PAGE_FRAG
	return page_pool_alloc_frag(pool, offset, size, gfp);
#else
	*offset = 0;
	return page_pool_alloc_pages(pool, gfp);
#endif
}

static inline struct page *compat_page_pool_alloc_frag(struct page_pool *pool,
						       unsigned int *offset, unsigned int size)
{
	return compat_page_pool_take(pool, offset, size, GFP_ATOMIC | __GFP_NOWARN);
}

static inline struct page *compat_page_pool_alloc_pages(struct page_pool *pool)
{
	unsigned int offset;

	return compat_page_pool_alloc_frag(pool, &offset, PAGE_SIZE << pool->p.order);
}

static inline struct page *page_pool_alloc(struct page_pool *pool, unsigned int *offset,
					   unsigned int *size, gfp_t gfp)
{
	unsigned int whole = PAGE_SIZE << pool->p.order;
	struct page *page;

#ifdef PP_FLAG_PAGE_FRAG
	if (*size > whole / 2)
		*size = whole;
	page = compat_page_pool_take(pool, offset, *size, gfp);
	/* The rest that no second buffer fits into goes with the last one. */
	if (page && pool->frag_offset + *size > whole) {
		*size = whole - *offset;
		pool->frag_offset = whole;
	}
#else
	*size = whole;
	page = compat_page_pool_take(pool, offset, *size, gfp);
#endif
	return page;
}

static inline struct page *page_pool_dev_alloc(struct page_pool *pool, unsigned int *offset,
					       unsigned int *size)
{
	return page_pool_alloc(pool, offset, size, GFP_ATOMIC | __GFP_NOWARN);
}

#define page_pool_dev_alloc_frag compat_page_pool_alloc_frag
#define page_pool_dev_alloc_pages compat_page_pool_alloc_pages
#endif

/*
 * To 6.16 the pool takes the NAPI from its parameters, at creation by intent; set
 * before the pool is in use it is the same. Where it cannot be taken away again (to
 * 6.8) pages return by the ring.
 */
#ifndef HAVE_PAGE_POOL_ENABLE_DIRECT_RECYCLING
static inline void page_pool_enable_direct_recycling(struct page_pool *pool,
						     struct napi_struct *napi)
{
#ifdef HAVE_PAGE_POOL_DISABLE_DIRECT_RECYCLING
	pool->p.napi = napi;
#endif
}
#endif

#ifndef HAVE_PAGE_POOL_DISABLE_DIRECT_RECYCLING
static inline void page_pool_disable_direct_recycling(struct page_pool *pool)
{
}
#endif

#ifndef HAVE_PAGE_POOL_DMA_SYNC_FOR_CPU
static inline void page_pool_dma_sync_for_cpu(const struct page_pool *pool, struct page *page,
					      u32 offset, u32 dma_sync_size)
{
	dma_sync_single_range_for_cpu(pool->p.dev, page_pool_get_dma_addr(page),
				      offset + pool->p.offset, dma_sync_size, pool->p.dma_dir);
}
#endif

/**
 * page_pool_skb_page() - let a page of the pool leave with a socket buffer
 * @pool: where the page is from
 * @page: a page that was, or is about to be, put into a socket buffer
 *
 * Call it once for each page of the buffer, after the last look at its DMA address,
 * and skb_mark_for_recycle() once for the buffer. Where the buffer returns its pages
 * to the pool this does nothing. Up to 5.14 it takes the page out of the pool (unmaps
 * it, ends its accounting): from here on it is freed with the buffer, never by
 * page_pool_put_page().
 *
 * Context: the NAPI that owns @pool.
 */
#ifdef HAVE_SKB_MARK_FOR_RECYCLE
static inline void page_pool_skb_page(struct page_pool *pool, struct page *page)
{
}
#else
static inline void page_pool_skb_page(struct page_pool *pool, struct page *page)
{
	page_pool_release_page(pool, page);
}

/* 5.14 has one of this name with other arguments. */
#define skb_mark_for_recycle(skb) ((void)(skb))
#endif

#endif
