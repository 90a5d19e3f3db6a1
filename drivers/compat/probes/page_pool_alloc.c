// SPDX-License-Identifier: GPL-2.0-only
// since 6.7: «page_pool: introduce page_pool_alloc() API»
#include <net/page_pool/helpers.h>

static struct page *__maybe_unused probe(struct page_pool *pool, unsigned int *offset,
					 unsigned int *size)
{
	return page_pool_dev_alloc(pool, offset, size);
}
