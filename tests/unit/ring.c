// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Ring arithmetic and the two gates of vmxnet3_ring.h, against models that
 * count without wrapping.
 *
 * How the receive gates work together over a queue's life is in rx_queue.c.
 */
#include "unit.h"

#include <stdlib.h>

#include "vmxnet3_ring.h"

#define STEPS 100000

/* Legal sizes: edges, the usual ones, and multiples of 32 that are not powers. */
static const uint32_t sizes[] = {
	32, 64, 96, 160, 512, 1024, 2048, 2560, 4064, 4096, 8160, 8192,
};

START_TEST(generation_starts_at_1_and_flips_at_each_wrap)
{
	uint32_t size = sizes[_i];
	struct vmxnet3_cursor c = { 77, 77 };
	uint64_t n;

	vmxnet3_cursor_reset(&c);
	for (n = 0; n <= 5ull * size; n++) {
		EXPECT_EQ(c.idx, n % size);
		EXPECT_EQ(c.gen, n / size % 2 ? 0 : 1);
		vmxnet3_cursor_next(&c, size);
	}
}
END_TEST

START_TEST(distance_and_addition_agree_with_modular_arithmetic)
{
	uint32_t size = sizes[_i];
	uint32_t stride = size > 160 ? size / 61 : 1;
	uint32_t from, n;

	for (from = 0; from < size; from += from + stride < size ? stride : 1) {
		for (n = 0; n < size; n++) {
			uint32_t to = (from + n) % size;

			EXPECT_EQ(vmxnet3_ring_add(from, n, size), to);
			EXPECT_EQ(vmxnet3_ring_dist(from, to, size), n);
			EXPECT_EQ(vmxnet3_ring_free(to, from, size),
					  size - 1 - n);
		}
		EXPECT_EQ(vmxnet3_ring_add(from, size, size), from);
	}
}
END_TEST

START_TEST(an_empty_ring_takes_all_but_one_and_a_full_ring_none)
{
	uint32_t size = sizes[_i];
	uint32_t at;

	for (at = 0; at < size; at++) {
		EXPECT_EQ(vmxnet3_ring_free(at, at, size), size - 1);
		EXPECT_EQ(vmxnet3_ring_free((at + size - 1) % size, at,
						    size), 0);
	}
}
END_TEST

/*
 * A command ring and a completion ring between a producer and a consumer that
 * see of each other nothing but generation bits in memory, as the device and
 * the driver do (§2.21). The model is two counters that never wrap.
 */
START_TEST(generations_hand_over_each_entry_once_and_in_order)
{
	uint32_t size = sizes[_i];
	/* what lies in memory: the generation, and who was written there */
	struct { uint32_t gen; uint64_t serial; } *ring, *comp;
	struct vmxnet3_cursor fill, device, done, clean;
	uint64_t posted = 0, taken = 0, completed = 0, cleaned = 0;
	unsigned int step;

	ring = calloc(size, sizeof(*ring));
	comp = calloc(size, sizeof(*comp));
	vmxnet3_cursor_reset(&fill);
	vmxnet3_cursor_reset(&device);
	vmxnet3_cursor_reset(&done);
	vmxnet3_cursor_reset(&clean);

	for (step = 0; step < STEPS; step++) {
		uint32_t burst = rnd_below(step % 3 ? 4 : size);

		EXPECT_EQ(vmxnet3_ring_free(fill.idx, clean.idx, size),
				  size - 1 - (posted - cleaned));
		switch (rnd_below(3)) {
		case 0:	/* the driver posts what there is room for */
			while (burst-- && vmxnet3_ring_free(fill.idx, clean.idx,
							    size)) {
				ring[fill.idx].serial = posted++;
				ring[fill.idx].gen = fill.gen;
				vmxnet3_cursor_next(&fill, size);
			}
			break;
		case 1:	/* the device takes and completes some */
			while (burst-- && ring[device.idx].gen == device.gen) {
				EXPECT_EQ(ring[device.idx].serial,
						  taken++);
				vmxnet3_cursor_next(&device, size);
				comp[done.idx].serial = completed++;
				comp[done.idx].gen = done.gen;
				vmxnet3_cursor_next(&done, size);
			}
			EXPECT(taken <= posted);
			break;
		default: /* the driver sees them done */
			while (burst-- && comp[clean.idx].gen == clean.gen) {
				EXPECT_EQ(comp[clean.idx].serial,
						  cleaned++);
				vmxnet3_cursor_next(&clean, size);
			}
			EXPECT(cleaned <= completed);
			break;
		}
	}
	EXPECT(cleaned > 2 * size);
	free(comp);
	free(ring);
}
END_TEST

START_TEST(descriptor_count_covers_the_buffer)
{
	uint32_t len, count, left;

	for (len = 0; len <= 70000; len++) {
		for (count = 0, left = len; left; count++)
			left -= left < 16384 ? left : 16384;
		EXPECT_EQ(vmxnet3_txd_count(len), count);
	}
}
END_TEST

/* 12 bits of index in a completion, whatever the size of the ring (§5 H1) */
#define INDICES 4096

START_TEST(tx_gate_takes_the_oldest_eop_and_nothing_else)
{
	uint32_t size = sizes[_i];
	uint32_t stride = size > 160 ? size / 37 : 1;
	uint32_t idx, eop;

	for (eop = 0; eop < size; eop += eop + stride < size ? stride : 1)
		for (idx = 0; idx < INDICES; idx++) {
			enum vmxnet3_tx_verdict want = VMXNET3_TX_BAD_ORDER;

			if (idx == eop)
				want = VMXNET3_TX_OK;
			if (idx > size - 1)
				want = VMXNET3_TX_BAD_INDEX;
			EXPECT_EQ(vmxnet3_tx_gate(idx, size, true, eop),
					 want);
			if (want == VMXNET3_TX_OK)
				want = VMXNET3_TX_BAD_ORDER;
			EXPECT_EQ(vmxnet3_tx_gate(idx, size, false, eop),
					 want);
		}
}
END_TEST

/*
 * A transmit queue with packets of 1 to 24 descriptors and a device that
 * completes them, repeats itself, hurries ahead and makes indices up. Each
 * packet is completed exactly once and in order.
 */
START_TEST(each_tx_packet_is_completed_once_whatever_the_device_says)
{
	uint32_t size = sizes[_i];
	uint32_t *eop_of_sop = calloc(size, sizeof(*eop_of_sop));
	uint32_t *queue = calloc(size, sizeof(*queue));
	uint64_t sent = 0, completed = 0, rejected = 0;
	struct vmxnet3_cursor fill;
	uint32_t clean = 0;
	unsigned int step;

	vmxnet3_cursor_reset(&fill);
	for (step = 0; step < STEPS; step++) {
		bool outstanding = sent != completed;
		/* the model's own idea of the oldest packet's last descriptor */
		uint32_t oldest = outstanding ? queue[completed % size] : 0;
		enum vmxnet3_tx_verdict verdict;
		uint32_t idx;

		EXPECT(outstanding == (clean != fill.idx));
		if (rnd_below(3) == 0) {
			uint32_t count = rnd_between(1, 24);
			uint32_t sop = fill.idx;

			if (count > vmxnet3_ring_free(fill.idx, clean, size))
				continue;
			queue[sent++ % size] = (sop + count - 1) % size;
			eop_of_sop[sop] = vmxnet3_ring_add(sop, count - 1, size);
			while (count--)
				vmxnet3_cursor_next(&fill, size);
			continue;
		}
		switch (rnd_below(4)) {
		case 0:
			idx = rnd_below(INDICES);
			break;
		case 1:
			idx = queue[rnd_below(size)];
			break;
		default:
			idx = oldest;
			break;
		}
		verdict = vmxnet3_tx_gate(idx, size, outstanding,
					  eop_of_sop[clean]);
		EXPECT((verdict == VMXNET3_TX_OK) ==
			  (outstanding && idx == oldest));
		if (verdict == VMXNET3_TX_OK) {
			clean = vmxnet3_ring_add(eop_of_sop[clean], 1, size);
			completed++;
		} else {
			rejected++;
		}
	}
	EXPECT(completed > size);
	EXPECT(rejected > size);
	free(queue);
	free(eop_of_sop);
}
END_TEST

START_TEST(rx_completion_names_ring_1_or_2_of_its_own_queue_only)
{
	uint32_t nrxq, queue, rqid;

	for (nrxq = 1; nrxq <= 32; nrxq++)
		for (queue = 0; queue < nrxq; queue++)
			for (rqid = 0; rqid < 1024; rqid++) {
				int want = -1;

				if (rqid % nrxq == queue && rqid / nrxq < 2)
					want = rqid / nrxq;
				EXPECT_EQ(vmxnet3_rx_ring_of(rqid, queue,
								    nrxq), want);
			}
}
END_TEST

/* Lengths around each edge; 14 bits in a completion (§5 H8). */
static const uint32_t lens[] = { 0, 1, 127, 128, 1535, 1536, 1537, 4096, 16383 };
static const uint32_t buf_lens[] = { 128, 1536, 4096, 16383 };

static void check_rx_gate(uint32_t size, uint32_t clean, uint32_t in_flight,
			  uint32_t idx)
{
	uint32_t fill = (clean + in_flight) % size;
	bool posted = false;
	uint32_t n;
	size_t l, b;

	for (n = 0; n < in_flight && !posted; n++)
		posted = (clean + n) % size == idx;

	for (l = 0; l < ARRAY_SIZE(lens); l++)
		for (b = 0; b < ARRAY_SIZE(buf_lens); b++) {
			enum vmxnet3_rx_verdict want;

			if (idx >= size)
				want = VMXNET3_RX_BAD_INDEX;
			else if (!posted)
				want = VMXNET3_RX_NOT_POSTED;
			else if (lens[l] > buf_lens[b])
				want = VMXNET3_RX_BAD_LEN;
			else
				want = VMXNET3_RX_OK;
			EXPECT_EQ(vmxnet3_rx_gate(idx, lens[l], size,
							 fill, clean,
							 buf_lens[b]), want);
		}
}

START_TEST(rx_gate_takes_posted_buffers_only_in_all_states_of_a_small_ring)
{
	uint32_t clean, in_flight, idx;

	for (clean = 0; clean < 32; clean++)
		for (in_flight = 0; in_flight < 32; in_flight++)
			for (idx = 0; idx < 48; idx++)
				check_rx_gate(32, clean, in_flight, idx);
}
END_TEST

START_TEST(rx_gate_takes_posted_buffers_only_for_all_4096_indices)
{
	uint32_t size = sizes[_i];
	uint32_t full = size - 1;
	uint32_t idx;

	for (idx = 0; idx < INDICES; idx++) {
		check_rx_gate(size, 0, 0, idx);
		check_rx_gate(size, 0, 1, idx);
		check_rx_gate(size, size - 1, 2, idx);
		check_rx_gate(size, rnd_below(size), rnd_below(16), idx);
	}
	/* a full ring: all but the hole */
	for (idx = 0; idx < size; idx++) {
		uint32_t clean = rnd_below(size);
		bool hole = idx == (clean + full) % size;

		EXPECT_EQ(vmxnet3_rx_gate(idx, 1, size,
						 (clean + full) % size, clean,
						 128),
				 hole ? VMXNET3_RX_NOT_POSTED : VMXNET3_RX_OK);
	}
}
END_TEST

START_TEST(rx_frame_gate_follows_the_states_of_a_frame)
{
	uint32_t nbufs, max;
	int sop, ring, in_frame;

	for (sop = 0; sop <= 1; sop++)
	for (ring = 0; ring <= 1; ring++)
	for (in_frame = 0; in_frame <= 1; in_frame++)
	for (max = 1; max <= 18; max++)
	for (nbufs = 0; nbufs <= 20; nbufs++) {
		enum vmxnet3_rx_verdict want = VMXNET3_RX_OK;

		if (!sop && in_frame && nbufs > max - 1)
			want = VMXNET3_RX_TOO_MANY;
		if (!sop && !in_frame)
			want = VMXNET3_RX_NO_SOP;
		if (sop && (in_frame || ring == 1))
			want = VMXNET3_RX_BAD_SOP;
		EXPECT_EQ(vmxnet3_rx_frame_gate(sop, ring, in_frame,
						       nbufs, max), want);
	}
}
END_TEST

static void add_for_each_size(TCase *tcase, const TTest *test, int last_size)
{
	int count = 0;

	while (count < (int)ARRAY_SIZE(sizes) &&
	       sizes[count] <= (uint32_t)last_size)
		count++;
	tcase_add_loop_test(tcase, test, 0, count);
}

Suite *ring_suite(void)
{
	Suite *suite = suite_create("ring");
	TCase *arithmetic = tcase_create("arithmetic");
	TCase *tx = tcase_create("transmit gate");
	TCase *rx = tcase_create("receive gates");

	tcase_add_checked_fixture(arithmetic, rnd_restart, NULL);
	add_for_each_size(arithmetic,
			  generation_starts_at_1_and_flips_at_each_wrap, 8192);
	add_for_each_size(arithmetic,
			  distance_and_addition_agree_with_modular_arithmetic,
			  8192);
	add_for_each_size(arithmetic,
			  an_empty_ring_takes_all_but_one_and_a_full_ring_none,
			  8192);
	add_for_each_size(arithmetic,
			  generations_hand_over_each_entry_once_and_in_order,
			  8192);
	tcase_add_test(arithmetic, descriptor_count_covers_the_buffer);
	suite_add_tcase(suite, arithmetic);

	tcase_add_checked_fixture(tx, rnd_restart, NULL);
	add_for_each_size(tx, tx_gate_takes_the_oldest_eop_and_nothing_else,
			  4096);
	add_for_each_size(tx,
			  each_tx_packet_is_completed_once_whatever_the_device_says,
			  4096);
	suite_add_tcase(suite, tx);

	tcase_add_checked_fixture(rx, rnd_restart, NULL);
	tcase_add_test(rx,
		       rx_completion_names_ring_1_or_2_of_its_own_queue_only);
	tcase_add_test(rx,
		       rx_gate_takes_posted_buffers_only_in_all_states_of_a_small_ring);
	add_for_each_size(rx,
			  rx_gate_takes_posted_buffers_only_for_all_4096_indices,
			  4096);
	tcase_add_test(rx, rx_frame_gate_follows_the_states_of_a_frame);
	suite_add_tcase(suite, rx);
	return suite;
}
