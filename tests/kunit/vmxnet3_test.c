// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What of vmxnet3's logic depends on the kernel that it is compiled for: sizes
 * made of the kernel's structures, buffers of a real page_pool, the order of
 * bytes in memory; and the gate once more, under the kernel's own sanitizers.
 *
 * All else is tested on the host, in tests/unit/, and needs no kernel.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <net/page_pool/helpers.h>

#include "vmxnet3.h"

static void a_head_buffer_takes_each_ordinary_frame(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, VMXNET3_HEAD_LEN,
			ETH_DATA_LEN + VMXNET3_FRAME_OVERHEAD);
	KUNIT_EXPECT_GE(test, VMXNET3_HEAD_LEN, VMXNET3_RX_HEAD_MIN);
	KUNIT_EXPECT_LE(test, VMXNET3_HEAD_LEN, VMXNET3_RXD_MAX_LEN);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE % VMXNET3_HEAD_TRUESIZE, 0);
}

static void the_buffers_of_a_frame_take_the_largest_one(struct kunit *test)
{
	size_t most = VMXNET3_HEAD_LEN +
		      (VMXNET3_RX_MAX_BUFS - 1) * VMXNET3_BODY_LEN;

	KUNIT_EXPECT_LE(test, VMXNET3_BODY_LEN, PAGE_SIZE);
	KUNIT_EXPECT_LE(test, VMXNET3_BODY_LEN, VMXNET3_RXD_MAX_LEN);
	KUNIT_EXPECT_GE(test, most, VMXNET3_MAX_MTU_V6 + VMXNET3_FRAME_OVERHEAD);
	/* what LRO may merge: the most that an IP header can say */
	KUNIT_EXPECT_GE(test, most, 65535 + VMXNET3_FRAME_OVERHEAD);
}

static struct sk_buff *head_skb(struct page_pool *pool, u8 fill)
{
	unsigned int size = VMXNET3_HEAD_TRUESIZE, offset;
	struct sk_buff *skb;
	struct page *page;

	page = page_pool_alloc(pool, &offset, &size, GFP_KERNEL);
	if (!page)
		return NULL;
	memset(page_address(page) + offset + VMXNET3_HEAD_OFFSET, fill,
	       VMXNET3_HEAD_LEN);
	skb = build_skb(page_address(page) + offset, size);
	if (!skb) {
		page_pool_put_full_page(pool, page, false);
		return NULL;
	}
	skb_reserve(skb, VMXNET3_HEAD_OFFSET);
	__skb_put(skb, VMXNET3_HEAD_LEN);
	skb_mark_for_recycle(skb);
	return skb;
}

/* The device writes all of one buffer, then of its neighbour on the page. */
static void full_head_buffers_on_one_page_do_not_touch(struct kunit *test)
{
	struct page_pool_params params = {
		.pool_size = 4,
		.nid = NUMA_NO_NODE,
	};
	struct page_pool *pool = page_pool_create(&params);
	struct sk_buff *skb[4];
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	for (i = 0; i < ARRAY_SIZE(skb); i++)
		skb[i] = head_skb(pool, 0xa0 + i);
	for (i = 0; i < ARRAY_SIZE(skb); i++) {
		KUNIT_EXPECT_NOT_NULL(test, skb[i]);
		if (!skb[i])
			continue;
		KUNIT_EXPECT_EQ(test, skb_tailroom(skb[i]), 0);
		KUNIT_EXPECT_EQ(test, skb_shinfo(skb[i])->nr_frags, 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(skb[i]->data, 0xa0 + i,
						   VMXNET3_HEAD_LEN));
	}
	for (i = 0; i < ARRAY_SIZE(skb); i++)
		kfree_skb(skb[i]);
	page_pool_destroy(pool);
}

static void descriptors_are_little_endian_in_memory(struct kunit *test)
{
	static const u8 tx[16] = {
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		/* length 1500, generation, MSS 1448; TSO, 54 bytes of headers,
		 * VLAN tag 0x2064
		 */
		0xdc, 0x45, 0xa0, 0x16, 0x36, 0x8c, 0x64, 0x20,
	};
	static const u8 rx[4] = { 0x80, 0x46, 0x00, 0x80 };
	struct vmxnet3_txd txd = {
		.addr = cpu_to_le64(0x1122334455667788),
		.dw2 = cpu_to_le32(vmxnet3_txd_dw2(1500, 1, 1448)),
		.dw3 = cpu_to_le32(vmxnet3_txd_offload_dw3(VMXNET3_OM_TSO, 54) |
				   vmxnet3_txd_vlan_dw3(0x2064)),
	};
	__le32 rxd2 = cpu_to_le32(vmxnet3_rxd_dw2(1664, true, 1));

	KUNIT_EXPECT_MEMEQ(test, &txd, tx, sizeof(tx));
	KUNIT_EXPECT_MEMEQ(test, &rxd2, rx, sizeof(rx));
}

/*
 * A ring of slots, an allocation of exactly that size; random completions. The
 * gate lets through those of posted slots alone, as a bitmap records them.
 */
static void the_gate_lets_posted_slots_through_and_no_others(struct kunit *test)
{
	const u32 size = 96, buf_len = VMXNET3_HEAD_LEN;
	u8 *slots = kunit_kzalloc(test, size, GFP_KERNEL);
	struct vmxnet3_cursor fill;
	u32 clean = 0, passed = 0;
	struct rnd_state rnd;
	DECLARE_BITMAP(posted, 96) = {};
	unsigned int step;

	KUNIT_ASSERT_NOT_NULL(test, slots);
	prandom_seed_state(&rnd, 0x766d786e);
	vmxnet3_cursor_reset(&fill);
	for (step = 0; step < 100000; step++) {
		u32 random = prandom_u32_state(&rnd);
		u32 idx = random & VMXNET3_RXCD0_IDX_MASK;
		u32 len = random >> 18 & VMXNET3_RXCD2_LEN_MASK;
		bool legal, ok;

		if (step % 4)
			idx %= 128;
		if (step % 16 == 0)
			while (vmxnet3_ring_free(fill.idx, clean, size)) {
				__set_bit(fill.idx, posted);
				vmxnet3_cursor_next(&fill, size);
			}

		ok = vmxnet3_rx_gate(idx, len, size, fill.idx, clean, buf_len) ==
		     VMXNET3_RX_OK;
		legal = idx < size && test_bit(idx, posted) && len <= buf_len;
		if (ok != legal)
			KUNIT_FAIL_AND_ABORT(test, "idx %u len %u", idx, len);
		if (!ok)
			continue;
		slots[idx]++;
		passed++;
		do {
			__clear_bit(clean, posted);
			clean = vmxnet3_ring_add(clean, 1, size);
		} while (test_bit(idx, posted));
	}
	KUNIT_EXPECT_GT(test, passed, 100);
}

static struct kunit_case vmxnet3_cases[] = {
	KUNIT_CASE(a_head_buffer_takes_each_ordinary_frame),
	KUNIT_CASE(the_buffers_of_a_frame_take_the_largest_one),
	KUNIT_CASE(full_head_buffers_on_one_page_do_not_touch),
	KUNIT_CASE(descriptors_are_little_endian_in_memory),
	KUNIT_CASE(the_gate_lets_posted_slots_through_and_no_others),
	{}
};

static struct kunit_suite vmxnet3_suite = {
	.name = "vmxnet3",
	.test_cases = vmxnet3_cases,
};

kunit_test_suite(vmxnet3_suite);

MODULE_AUTHOR("The vmguest authors");
MODULE_DESCRIPTION("Tests of vmxnet3 inside a kernel");
MODULE_LICENSE("GPL");
