// SPDX-License-Identifier: GPL-2.0-only
// since 5.12: «skbuff: introduce {,__}napi_build_skb() which reuses NAPI cache heads»
#include <linux/skbuff.h>

static struct sk_buff *__maybe_unused probe(void *data)
{
	return napi_build_skb(data, 2048);
}
