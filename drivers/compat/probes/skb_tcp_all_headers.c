// SPDX-License-Identifier: GPL-2.0-only
// since 6.0: «net: add skb_[inner_]tcp_all_headers helpers»
#include <linux/tcp.h>

static int __maybe_unused probe(const struct sk_buff *skb)
{
	return skb_tcp_all_headers(skb) + skb_inner_tcp_all_headers(skb);
}
