// SPDX-License-Identifier: GPL-2.0-only
// since 6.9: «page_pool: disable direct recycling based on pool->cpuid on destroy»
#include <net/page_pool/types.h>

static void __maybe_unused probe(struct page_pool *pool)
{
	page_pool_disable_direct_recycling(pool);
}
