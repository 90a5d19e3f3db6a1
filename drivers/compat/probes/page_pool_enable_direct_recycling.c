// SPDX-License-Identifier: GPL-2.0-only
// since 6.17: «page_pool: expose page_pool_enable_direct_recycling»
#include <net/page_pool/types.h>

static void __maybe_unused probe(struct page_pool *pool, struct napi_struct *napi)
{
	page_pool_enable_direct_recycling(pool, napi);
}
