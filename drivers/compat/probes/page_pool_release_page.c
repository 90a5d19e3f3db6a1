// SPDX-License-Identifier: GPL-2.0-only
// until 6.5: «page_pool: remove page_pool_release_page() from the API»
// one of: pages of a page_pool in an skb
#include <net/page_pool.h>

static void __maybe_unused probe(struct page_pool *pool, struct page *page)
{
	page_pool_release_page(pool, page);
}
