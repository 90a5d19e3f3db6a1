// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Frames that the device has merged (LRO): give them what software GRO would
 * have given them, so that they can be forwarded (§3.7).
 *
 * The device's segment count and MSS are hints: sizes are recomputed from the
 * frame itself and bounded.
 */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "vmxnet3.h"

/* Segment payload from the device's hints, 0 if they are absurd. */
static u32 vmxnet3_lro_mss(const struct vmxnet3_rxq *q, u32 payload, u32 hlen)
{
	u32 mtu = READ_ONCE(q->vx->netdev->mtu);
	u32 segs, mss;

	if (vmxnet3_cd_type(q->sop_dw3) == VMXNET3_CD_TYPE_RX_LRO) {
		segs = q->sop_dw1 & VMXNET3_RXCD1_SEGCNT_MASK;
		mss = q->sop_dw3 & VMXNET3_RXCD3_MSS_MASK;
		if (!mss && segs > 1)
			mss = DIV_ROUND_UP(payload, segs);
	} else {
		/* Version 1 does not say: as large as the link permits. */
		mss = mtu > hlen ? mtu - hlen : 0;
	}
	return mss < payload ? mss : 0;
}

/*
 * Parse up to the TCP header; sets the transport header.  Returns the length
 * of all headers behind the Ethernet one, 0 if this is not plain TCP.
 */
static u32 vmxnet3_lro_parse(struct sk_buff *skb, u32 *gso_type)
{
	u32 iplen;

	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *iph;

		if (!pskb_may_pull(skb, sizeof(*iph)))
			return 0;
		iph = ip_hdr(skb);
		iplen = iph->ihl * 4;
		if (iph->version != 4 || iplen < sizeof(*iph) ||
		    iph->protocol != IPPROTO_TCP || ip_is_fragment(iph) ||
		    ntohs(iph->tot_len) != skb->len)
			return 0;
		*gso_type = SKB_GSO_TCPV4;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip6;

		if (!pskb_may_pull(skb, sizeof(*ip6)))
			return 0;
		ip6 = ipv6_hdr(skb);
		iplen = sizeof(*ip6);
		if (ip6->version != 6 || ip6->nexthdr != IPPROTO_TCP ||
		    ntohs(ip6->payload_len) + iplen != skb->len)
			return 0;
		*gso_type = SKB_GSO_TCPV6;
	} else {
		return 0;
	}
	if (!pskb_may_pull(skb, iplen + sizeof(struct tcphdr)))
		return 0;
	skb_set_transport_header(skb, iplen);
	iplen += tcp_hdrlen(skb);
	if (tcp_hdrlen(skb) < sizeof(struct tcphdr) ||
	    !pskb_may_pull(skb, iplen))
		return 0;
	return iplen;
}

/**
 * vmxnet3_lro_finish() - describe a frame longer than the MTU to the stack
 * @q: queue, with the hints of the frame's SOP completion
 * @skb: frame, past eth_type_trans()
 * @csum_good: the device found the checksums right
 *
 * Without a verdict on the checksum, or if the headers are not plain TCP, the
 * frame is delivered as it is and counted.
 *
 * Context: NAPI.
 */
void vmxnet3_lro_finish(struct vmxnet3_rxq *q, struct sk_buff *skb,
			bool csum_good)
{
	struct skb_shared_info *si;
	u32 hlen, payload, mss, gso_type;
	struct tcphdr *th;

	hlen = csum_good ? vmxnet3_lro_parse(skb, &gso_type) : 0;
	payload = skb->len - hlen;
	mss = hlen ? vmxnet3_lro_mss(q, payload, hlen) : 0;
	if (!mss) {
		vmxnet3_rx_count(q, VMXNET3_RX_LRO_UNPARSED);
		return;
	}

	th = tcp_hdr(skb);
	if (gso_type == SKB_GSO_TCPV4)
		th->check = ~tcp_v4_check(skb->len - ip_hdrlen(skb),
					  ip_hdr(skb)->saddr,
					  ip_hdr(skb)->daddr, 0);
	else
		th->check = ~tcp_v6_check(skb->len - sizeof(struct ipv6hdr),
					  &ipv6_hdr(skb)->saddr,
					  &ipv6_hdr(skb)->daddr, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);

	si = skb_shinfo(skb);
	/* Segment sizes are inferred: have them checked before use. */
	si->gso_type = gso_type | SKB_GSO_DODGY |
		       (th->cwr ? SKB_GSO_TCP_ECN : 0);
	si->gso_size = mss;
	si->gso_segs = DIV_ROUND_UP(payload, mss);

	u64_stats_update_begin(&q->syncp);
	u64_stats_inc(&q->cnt[VMXNET3_RX_LRO_PACKETS]);
	u64_stats_add(&q->cnt[VMXNET3_RX_LRO_BYTES], skb->len);
	u64_stats_update_end(&q->syncp);
}
