// SPDX-License-Identifier: GPL-2.0-only
// since 5.15: «page_pool: keep pp info as long as page pool owns the page»
// one of: pages of a page_pool in an skb
#include <linux/skbuff.h>

static void __maybe_unused probe(struct sk_buff *skb)
{
	skb_mark_for_recycle(skb);
}
