// SPDX-License-Identifier: GPL-2.0-only
// since 6.10: «page_pool: add DMA-sync-for-CPU inline helper»
#include <net/page_pool/helpers.h>

static void __maybe_unused probe(struct page_pool *pool, struct page *page)
{
	page_pool_dma_sync_for_cpu(pool, page, 0, 64);
}
