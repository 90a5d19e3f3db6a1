// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmxnet3_plan.h: every decision for every input in reach, against a search
 * for the best legal answer.
 */
#include "unit.h"

#include "vmxnet3_plan.h"

#define VERSIONS 9

static bool power_of_two(uint32_t n)
{
	uint32_t p;

	for (p = 1; p < n; p *= 2)
		;
	return p == n;
}

START_TEST(version_is_the_highest_that_both_sides_have)
{
	uint32_t mask, junk;
	unsigned int max;

	for (mask = 0; mask < 1u << VERSIONS; mask++)
		for (junk = 0; junk < 2; junk++)
			for (max = 1; max <= VERSIONS; max++) {
				/* versions that nobody knows yet */
				uint32_t vrrs = mask | (junk ? 0xfffffe00 : 0);
				unsigned int v, want = 0;

				for (v = 1; v <= max; v++)
					if (bits(vrrs, v - 1, v - 1))
						want = v;
				EXPECT_EQ(vmxnet3_plan_version(vrrs, max), want);
			}
}
END_TEST

static bool legal_ring(uint32_t size, unsigned int version)
{
	return size && size % 32 == 0 && (version < 7 || power_of_two(size));
}

START_TEST(ring_size_is_the_smallest_legal_one_that_is_enough)
{
	static const struct { uint32_t min, max; } ranges[] = {
		{ VMXNET3_TX_RING_MIN, VMXNET3_TX_RING_MAX },
		{ VMXNET3_RING_MIN, VMXNET3_RX_RING1_MAX },
		{ VMXNET3_RING_MIN, VMXNET3_RX_RING2_MAX },
	};
	unsigned int version = _i;
	uint32_t wanted, want;
	size_t r;

	for (r = 0; r < ARRAY_SIZE(ranges); r++)
		for (wanted = 0; wanted <= 4097; wanted++) {
			for (want = wanted; !legal_ring(want, version); want++)
				;
			if (wanted < ranges[r].min || wanted > ranges[r].max)
				want = 0;
			EXPECT_EQ(vmxnet3_plan_ring(wanted, ranges[r].min,
						    ranges[r].max, version),
				  want);
			EXPECT(want <= ranges[r].max);
		}
	EXPECT_EQ(vmxnet3_plan_ring(UINT32_MAX, VMXNET3_RING_MIN,
				    VMXNET3_RX_RING1_MAX, version), 0);
}
END_TEST

START_TEST(default_rings_are_legal_in_every_version)
{
	unsigned int version = _i;

	EXPECT(legal_ring(VMXNET3_TX_RING_DEFAULT, version));
	EXPECT(legal_ring(VMXNET3_RX_RING1_DEFAULT, version));
	EXPECT(legal_ring(VMXNET3_RX_RING2_DEFAULT, version));
	EXPECT(legal_ring(VMXNET3_TX_RING_MIN, version));
	EXPECT(legal_ring(VMXNET3_RING_MIN, version));
	EXPECT(VMXNET3_TX_RING_DEFAULT <= VMXNET3_TX_RING_MAX);
	EXPECT(VMXNET3_RX_RING1_DEFAULT <= VMXNET3_RX_RING1_MAX);
	EXPECT(VMXNET3_RX_RING2_DEFAULT <= VMXNET3_RX_RING2_MAX);
	/* two of the worst packets, or the queue would never wake (§3.4) */
	EXPECT(VMXNET3_TX_RING_MIN - 1 >= 2 * (VMXNET3_MAX_TXD_PER_TSO + 1));
	/* completions of both receive rings must fit into one ring (§1.5) */
	EXPECT(VMXNET3_RX_RING1_MAX + VMXNET3_RX_RING2_MAX <= 8192);
}
END_TEST

static bool legal_queues(unsigned int n, unsigned int version)
{
	return n && (version >= 6 || power_of_two(n));
}

START_TEST(queue_count_is_the_largest_legal_one_that_is_not_too_many)
{
	unsigned int version = _i;
	unsigned int wanted, max, want;

	for (wanted = 1; wanted <= 130; wanted++)
		for (max = 1; max <= 32; max++) {
			for (want = wanted < max ? wanted : max;
			     !legal_queues(want, version); want--)
				;
			EXPECT_EQ(vmxnet3_plan_queues(wanted, max, version),
				  want);
		}
}
END_TEST

/* What holds for each plan, whatever was asked for. */
static void check_plan(const struct vmxnet3_vec_plan *p, unsigned int pairs,
		       unsigned int avail, unsigned int version)
{
	unsigned int users[66] = { 0 };	/* rx queues of each vector */
	unsigned int event = vmxnet3_plan_event_vec(p);
	unsigned int q, vec;

	EXPECT(p->nvec >= 1 && p->nvec <= avail);
	EXPECT(legal_queues(p->ntxq, version) && p->ntxq <= pairs);
	EXPECT(legal_queues(p->nrxq, version) && p->nrxq <= p->ntxq);
	EXPECT(event < p->nvec);

	for (q = 0; q < p->nrxq; q++) {
		vec = vmxnet3_plan_rx_vec(p, q);
		EXPECT(vec < p->nvec);
		EXPECT_EQ(users[vec], 0);
		users[vec]++;
		EXPECT(vec != event || p->layout == VMXNET3_LAYOUT_SINGLE);
	}
	for (q = 0; q < p->ntxq; q++) {
		vec = vmxnet3_plan_tx_vec(p, q);
		EXPECT(vec < p->nvec);
		EXPECT(vec != event || p->layout == VMXNET3_LAYOUT_SINGLE);
		switch (p->layout) {
		case VMXNET3_LAYOUT_SINGLE:
			EXPECT_EQ(vec, 0);
			break;
		case VMXNET3_LAYOUT_PAIRED:
			EXPECT_EQ(vec, vmxnet3_plan_rx_vec(p, q));
			break;
		case VMXNET3_LAYOUT_SHARED_TX:
			EXPECT_EQ(vec, vmxnet3_plan_tx_vec(p, 0));
			EXPECT_EQ(users[vec], 0);
			break;
		case VMXNET3_LAYOUT_SEPARATE:
			EXPECT_EQ(users[vec], 0);
			users[vec]++;
			break;
		}
	}
}

/* Vectors that the layouts take, from the text of §3.11. */
static unsigned int vectors_of(enum vmxnet3_layout layout, unsigned int pairs)
{
	switch (layout) {
	case VMXNET3_LAYOUT_SEPARATE:
		return pairs + pairs + 1;
	case VMXNET3_LAYOUT_SHARED_TX:
		return pairs + 1 + 1;
	case VMXNET3_LAYOUT_PAIRED:
		return pairs + 1;
	default:
		return 1;
	}
}

/*
 * More vectors never make it worse: receive queues first, then the layout.
 * A single vector is a case of its own: all tx queues share it, as without
 * MSI-X, while a second one already makes a pair with a vector for events.
 */
START_TEST(vectors_are_spent_on_pairs_first_and_then_on_transmit)
{
	unsigned int version = _i;
	unsigned int max = version >= 6 ? 32 : 8;
	unsigned int pairs, avail, n;

	for (pairs = 1; pairs <= max; pairs++) {
		struct vmxnet3_vec_plan last = { 0 };

		if (!legal_queues(pairs, version))
			continue;
		for (avail = 1; avail <= 65; avail++) {
			struct vmxnet3_vec_plan p =
				vmxnet3_plan_vectors(pairs, avail, version);

			check_plan(&p, pairs, avail, version);
			EXPECT_EQ(p.nvec, vectors_of(p.layout, p.nrxq));
			EXPECT(p.nrxq >= last.nrxq);
			EXPECT(p.nrxq > last.nrxq || p.layout >= last.layout);
			if (p.layout == VMXNET3_LAYOUT_SINGLE)
				EXPECT_EQ(avail, 1);
			else
				EXPECT_EQ(p.ntxq, p.nrxq);

			/* neither more pairs nor a better layout would fit */
			for (n = p.nrxq + 1; n <= pairs; n++)
				EXPECT(!legal_queues(n, version) ||
				       vectors_of(VMXNET3_LAYOUT_PAIRED, n) >
				       avail);
			for (n = p.layout + 1; n <= VMXNET3_LAYOUT_SEPARATE; n++)
				EXPECT(vectors_of(n, p.nrxq) > avail);
			last = p;
		}
		EXPECT_EQ(last.nrxq, pairs);
		EXPECT_EQ(last.layout, VMXNET3_LAYOUT_SEPARATE);
	}
}
END_TEST

START_TEST(one_vector_carries_one_rx_queue_and_all_tx_queues)
{
	struct vmxnet3_vec_plan p = vmxnet3_plan_vectors(8, 1, 1);

	EXPECT_EQ(p.layout, VMXNET3_LAYOUT_SINGLE);
	EXPECT_EQ(p.nvec, 1);
	EXPECT_EQ(p.nrxq, 1);
	EXPECT_EQ(p.ntxq, 8);
}
END_TEST

/* The 25 vectors of a device before v6 are one short of 12 pairs and events. */
START_TEST(all_25_vectors_give_8_pairs_a_vector_per_queue)
{
	struct vmxnet3_vec_plan p = vmxnet3_plan_vectors(8, 25, 1);

	EXPECT_EQ(p.layout, VMXNET3_LAYOUT_SEPARATE);
	EXPECT_EQ(p.nrxq, 8);
	EXPECT_EQ(p.nvec, 17);
}
END_TEST

START_TEST(tx_slot_of_the_device_is_taken_if_legal_and_128_otherwise)
{
	uint32_t size;

	for (size = 0; size <= 0xffff; size++) {
		bool legal = size >= 128 && size <= 2048 && size % 64 == 0;

		EXPECT_EQ(vmxnet3_plan_tx_slot(size), legal ? size : 128);
	}
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *sizes = tcase_create("sizes and counts");
	TCase *vectors = tcase_create("vectors");

	tcase_add_test(sizes, version_is_the_highest_that_both_sides_have);
	tcase_add_loop_test(sizes,
			    ring_size_is_the_smallest_legal_one_that_is_enough,
			    1, VERSIONS + 1);
	tcase_add_loop_test(sizes, default_rings_are_legal_in_every_version, 1,
			    VERSIONS + 1);
	tcase_add_loop_test(sizes,
			    queue_count_is_the_largest_legal_one_that_is_not_too_many,
			    1, VERSIONS + 1);
	tcase_add_test(sizes,
		       tx_slot_of_the_device_is_taken_if_legal_and_128_otherwise);
	suite_add_tcase(suite, sizes);

	tcase_add_loop_test(vectors,
			    vectors_are_spent_on_pairs_first_and_then_on_transmit,
			    1, VERSIONS + 1);
	tcase_add_test(vectors, one_vector_carries_one_rx_queue_and_all_tx_queues);
	tcase_add_test(vectors, all_25_vectors_give_8_pairs_a_vector_per_queue);
	suite_add_tcase(suite, vectors);
	return suite;
}
