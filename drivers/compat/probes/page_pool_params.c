// SPDX-License-Identifier: GPL-2.0-only
// since 6.12: «page_pool: devmem support», the last of the members: .queue_idx
#include <net/page_pool/helpers.h>

static const struct page_pool_params probe __maybe_unused = {
	.napi = NULL,
	.netdev = NULL,
	.queue_idx = 1,
};
