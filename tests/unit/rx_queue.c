// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The life of a receive queue behind the gates of vmxnet3_ring.h, fed with
 * completions that are right, slightly wrong or noise.
 *
 * Each posted buffer is an allocation of exactly the posted length, given back
 * when the gates let its completion pass: acting on anything that the device
 * does not own is a use after free or an overflow, which the sanitizer sees.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "vmxnet3_ring.h"

#define STEPS		100000
#define MAX_BUFS	18
#define VERDICTS	(VMXNET3_RX_TOO_MANY + 1)

struct ring {
	uint32_t size;
	uint32_t buf_len;
	uint8_t **mem;		/* NULL: the slot has no buffer */
	struct vmxnet3_cursor fill;
	uint32_t clean;
	bool *posted;		/* the model's own record */
};

struct queue {
	uint32_t idx, nrxq;
	struct ring ring[2];
	bool in_frame;
	uint32_t nbufs;
	unsigned int seen[VERDICTS];
};

static const struct {
	uint32_t size[2], buf_len[2], idx, nrxq;
} shapes[] = {
	{ { 32, 32 }, { 128, 4096 }, 0, 1 },
	{ { 96, 32 }, { 1664, 4096 }, 3, 4 },
	{ { 2048, 512 }, { 1664, 4096 }, 7, 8 },
	{ { 2560, 4064 }, { 16383, 8192 }, 31, 32 },
	{ { 4096, 4096 }, { 1664, 4096 }, 0, 8 },
};

static void ring_setup(struct ring *r, uint32_t size, uint32_t buf_len)
{
	r->size = size;
	r->buf_len = buf_len;
	r->mem = calloc(size, sizeof(*r->mem));
	r->posted = calloc(size, sizeof(*r->posted));
	vmxnet3_cursor_reset(&r->fill);
	r->clean = 0;
}

static void ring_cleanup(struct ring *r)
{
	uint32_t i;

	for (i = 0; i < r->size; i++)
		free(r->mem[i]);
	free(r->mem);
	free(r->posted);
}

static void ring_refill(struct ring *r, uint32_t batch)
{
	while (batch-- && vmxnet3_ring_free(r->fill.idx, r->clean, r->size)) {
		uint32_t idx = r->fill.idx;

		if (!r->mem[idx])
			r->mem[idx] = malloc(r->buf_len);
		EXPECT(!r->posted[idx]);
		r->posted[idx] = true;
		vmxnet3_cursor_next(&r->fill, r->size);
	}
}

/* What the tables of the specification say of these 16 bytes. */
static enum vmxnet3_rx_verdict model(const struct queue *q, const uint32_t dw[4])
{
	uint32_t idx = bits(dw[0], 11, 0), rqid = bits(dw[0], 25, 16);
	bool sop = bits(dw[0], 15, 15);
	const struct ring *r;

	if (rqid == q->idx)
		r = &q->ring[0];
	else if (rqid == q->nrxq + q->idx)
		r = &q->ring[1];
	else
		return VMXNET3_RX_BAD_RQID;
	if (idx >= r->size)
		return VMXNET3_RX_BAD_INDEX;
	if (!r->posted[idx])
		return VMXNET3_RX_NOT_POSTED;
	if (bits(dw[2], 13, 0) > r->buf_len)
		return VMXNET3_RX_BAD_LEN;
	if (sop && (q->in_frame || r == &q->ring[1]))
		return VMXNET3_RX_BAD_SOP;
	if (!sop && !q->in_frame)
		return VMXNET3_RX_NO_SOP;
	if (!sop && q->nbufs == MAX_BUFS)
		return VMXNET3_RX_TOO_MANY;
	return VMXNET3_RX_OK;
}

static enum vmxnet3_rx_verdict gates(const struct queue *q, const uint32_t dw[4])
{
	int which = vmxnet3_rx_ring_of(vmxnet3_rxcd_rqid(dw[0]), q->idx, q->nrxq);
	enum vmxnet3_rx_verdict verdict;
	const struct ring *r;

	if (which < 0)
		return VMXNET3_RX_BAD_RQID;
	r = &q->ring[which];
	verdict = vmxnet3_rx_gate(dw[0] & VMXNET3_RXCD0_IDX_MASK,
				  dw[2] & VMXNET3_RXCD2_LEN_MASK, r->size,
				  r->fill.idx, r->clean, r->buf_len);
	if (verdict == VMXNET3_RX_OK)
		verdict = vmxnet3_rx_frame_gate(dw[0] & VMXNET3_RXCD0_SOP, which,
						q->in_frame, q->nbufs, MAX_BUFS);
	return verdict;
}

/* Take the buffer as the driver would; those skipped stay in their slots. */
static void take(struct queue *q, const uint32_t dw[4])
{
	struct ring *r = &q->ring[bits(dw[0], 25, 16) == q->idx ? 0 : 1];
	uint32_t idx = bits(dw[0], 11, 0);

	memset(r->mem[idx], 0x5a, bits(dw[2], 13, 0));
	free(r->mem[idx]);
	r->mem[idx] = NULL;
	while (r->posted[idx]) {
		r->posted[r->clean] = false;
		r->clean = vmxnet3_ring_add(r->clean, 1, r->size);
	}
	q->nbufs = bits(dw[0], 15, 15) ? 1 : q->nbufs + 1;
	q->in_frame = !bits(dw[0], 14, 14);
}

/* Reset: the slots keep their buffers, the device owns none. */
static void rewind_queue(struct queue *q)
{
	int i;

	for (i = 0; i < 2; i++) {
		memset(q->ring[i].posted, 0, q->ring[i].size);
		vmxnet3_cursor_reset(&q->ring[i].fill);
		q->ring[i].clean = 0;
	}
	q->in_frame = false;
}

/* What a good device might write now, if it has a buffer for it. */
static void plausible(const struct queue *q, uint32_t dw[4])
{
	uint32_t which = q->in_frame && rnd_below(8) ? 1 : 0;
	const struct ring *r = &q->ring[which];
	uint32_t ahead = rnd_below(16) ? 0 : rnd_below(4);
	bool eop = !rnd_below(10);

	dw[0] = put((r->clean + ahead) % r->size, 11, 0) | put(eop, 14, 14) |
		put(!q->in_frame, 15, 15) |
		put(which * q->nrxq + q->idx, 25, 16);
	dw[1] = rnd();
	dw[2] = put(rnd_below(r->buf_len + 1), 13, 0);
	dw[3] = rnd();
}

static void set(uint32_t *word, uint32_t value, unsigned int hi, unsigned int lo)
{
	*word = (*word & ~put(UINT32_MAX, hi, lo)) | put(value, hi, lo);
}

/* What a bad one might. */
static void spoil(const struct queue *q, uint32_t dw[4])
{
	uint32_t which = bits(dw[0], 25, 16) == q->idx ? 0 : 1;
	const struct ring *r = &q->ring[which];
	unsigned int flips;

	switch (rnd_below(8)) {
	case 0:
		set(&dw[0], rnd_below(r->size), 11, 0);
		break;
	case 1:	/* the same once more */
		set(&dw[0], (r->clean + r->size - 1) % r->size, 11, 0);
		break;
	case 2:
		set(&dw[0], r->size + rnd_below(4), 11, 0);
		break;
	case 3:
		set(&dw[2], r->buf_len + rnd_between(1, 3), 13, 0);
		break;
	case 4:
		dw[0] ^= put(1, 15, 15);
		break;
	case 5:
		set(&dw[0], rnd_below(3 * q->nrxq + 1), 25, 16);
		break;
	case 6:
		for (flips = rnd_between(1, 3); flips; flips--)
			dw[rnd_below(4)] ^= UINT32_C(1) << rnd_below(32);
		break;
	default:
		for (flips = 0; flips < 4; flips++)
			dw[flips] = rnd();
		break;
	}
}

START_TEST(rx_queue_acts_on_posted_buffers_only_whatever_the_device_writes)
{
	struct queue q = { .idx = shapes[_i].idx, .nrxq = shapes[_i].nrxq };
	enum vmxnet3_rx_verdict verdict;
	unsigned int step;
	uint32_t dw[4];

	ring_setup(&q.ring[0], shapes[_i].size[0], shapes[_i].buf_len[0]);
	ring_setup(&q.ring[1], shapes[_i].size[1], shapes[_i].buf_len[1]);

	for (step = 0; step < STEPS; step++) {
		if (rnd_below(8) == 0) {
			ring_refill(&q.ring[0], rnd_below(64));
			ring_refill(&q.ring[1], rnd_below(64));
		}
		if (rnd_below(STEPS / 16) == 0)
			rewind_queue(&q);
		plausible(&q, dw);
		if (rnd_below(2))
			spoil(&q, dw);
		verdict = gates(&q, dw);
		EXPECT_MSG(verdict == model(&q, dw),
			   "%08x %08x %08x %08x: %d, not %d", dw[0], dw[1],
			   dw[2], dw[3], verdict, model(&q, dw));
		q.seen[verdict]++;
		if (verdict == VMXNET3_RX_OK)
			take(&q, dw);
		else if (verdict == VMXNET3_RX_TOO_MANY)
			q.in_frame = false;
	}

	for (verdict = 0; verdict < VERDICTS; verdict++)
		EXPECT_MSG(q.seen[verdict] > 100 ||
			   (verdict == VMXNET3_RX_BAD_INDEX &&
			    q.ring[0].size == 4096) ||
			   (verdict == VMXNET3_RX_BAD_LEN &&
			    q.ring[0].buf_len == 16383),
			   "verdict %d only %u times", verdict, q.seen[verdict]);
	ring_cleanup(&q.ring[1]);
	ring_cleanup(&q.ring[0]);
}
END_TEST

/* §5 H7: a skip returns each buffer to its slot, and all are posted again. */
START_TEST(skipped_buffers_are_posted_again_and_none_is_lost)
{
	struct queue q = { .nrxq = 1 };
	struct ring *r = &q.ring[0];
	uint32_t dw[4] = { put(20, 11, 0) | put(3, 15, 14), 0, 64, 0 };
	uint8_t *before[32];
	uint32_t i;

	ring_setup(r, 32, 128);
	ring_refill(r, 32);
	EXPECT_EQ(r->fill.idx, 31);
	memcpy(before, r->mem, sizeof(before));

	EXPECT_EQ(gates(&q, dw), VMXNET3_RX_OK);
	take(&q, dw);
	EXPECT_EQ(r->clean, 21);
	/* what was jumped over is not the device's any more */
	for (i = 0; i <= 20; i++)
		EXPECT_EQ(vmxnet3_rx_gate(i, 64, 32, r->fill.idx, r->clean, 128),
			  VMXNET3_RX_NOT_POSTED);
	ring_refill(r, 32);
	EXPECT_EQ(vmxnet3_ring_free(r->fill.idx, r->clean, 32), 0);
	for (i = 0; i < 20; i++) {
		EXPECT(r->posted[i]);
		EXPECT(r->mem[i] == before[i]);
	}
	ring_cleanup(r);
}
END_TEST

Suite *rx_queue_suite(void)
{
	Suite *suite = suite_create("receive queue");
	TCase *tcase = tcase_create("hostile completions");

	tcase_add_checked_fixture(tcase, rnd_restart, NULL);
	tcase_add_loop_test(tcase,
			    rx_queue_acts_on_posted_buffers_only_whatever_the_device_writes,
			    0, ARRAY_SIZE(shapes));
	tcase_add_test(tcase, skipped_buffers_are_posted_again_and_none_is_lost);
	suite_add_tcase(suite, tcase);
	return suite;
}
