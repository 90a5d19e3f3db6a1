// SPDX-License-Identifier: GPL-2.0-only
// since 6.4: «page_pool: allow caching from safely localized NAPI»
#if __has_include(<net/page_pool/types.h>)
#include <net/page_pool/types.h>
#else
#include <net/page_pool.h>
#endif

static const struct page_pool_params probe __maybe_unused = { .napi = NULL };
