/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Decisions about sizes, counts and vectors.
 *
 * Pure arithmetic on limits of the negotiated protocol version, without
 * framework calls, so that host unit tests compile this very file.  Whoever
 * turns a plan into memory or vectors lives in vmxnet3_queue.c and
 * vmxnet3_irq.c.
 */
#ifndef VMXNET3_PLAN_H
#define VMXNET3_PLAN_H

#include "vmw/vmxnet3_dev.h"

/* Ring sizes in descriptors; the minimum is one ring granule. */
#define VMXNET3_RING_MIN	VMXNET3_RING_SIZE_MULT
#define VMXNET3_TX_RING_MIN	64	/* two packets of the worst kind */
#define VMXNET3_TX_RING_DEFAULT	1024
#define VMXNET3_RX_RING1_DEFAULT 2048
#define VMXNET3_RX_RING2_DEFAULT 512

/**
 * vmxnet3_plan_version() - choose the protocol version (§1.4)
 * @vrrs: value read from VRRS
 * @max: highest version that the driver implements
 *
 * Return: version, 0 if there is no common one.
 */
static inline unsigned int vmxnet3_plan_version(__u32 vrrs, unsigned int max)
{
	unsigned int v;

	for (v = max; v; v--)
		if (vrrs & 1u << (v - 1))
			return v;
	return 0;
}

/**
 * vmxnet3_plan_ring() - round a requested ring size to a legal one (§1.5)
 * @want: descriptors asked for
 * @min: least descriptors
 * @max: most descriptors
 * @version: negotiated version; from 7 on sizes are powers of two
 *
 * Rounds up, so that the user never gets less than was asked for.
 *
 * Return: descriptors, 0 if @want is out of range.
 */
static inline __u32 vmxnet3_plan_ring(__u32 want, __u32 min, __u32 max,
				      unsigned int version)
{
	__u32 size;

	if (want < min || want > max)
		return 0;
	if (version >= 7)
		for (size = VMXNET3_RING_SIZE_MULT; size < want; size *= 2)
			;
	else
		size = (want + VMXNET3_RING_SIZE_MULT - 1) /
		       VMXNET3_RING_SIZE_MULT * VMXNET3_RING_SIZE_MULT;
	return size;
}

/**
 * vmxnet3_plan_queues() - round a queue count down to a legal one (§1.5)
 * @want: queues asked for, at least 1
 * @max: most queues that the device takes
 * @version: negotiated version; before 6 counts are powers of two
 *
 * Return: 1 to @max.
 */
static inline unsigned int vmxnet3_plan_queues(unsigned int want,
					       unsigned int max,
					       unsigned int version)
{
	unsigned int n;

	if (want > max)
		want = max;
	if (version >= 6)
		return want;
	for (n = 1; n * 2 <= want; n *= 2)
		;
	return n;
}

/**
 * enum vmxnet3_layout - how queues share vectors
 * @VMXNET3_LAYOUT_SINGLE: one vector for everything, one rx queue
 * @VMXNET3_LAYOUT_PAIRED: rx queue n and tx queue n share a vector
 * @VMXNET3_LAYOUT_SHARED_TX: a vector per rx queue, one for all tx queues
 * @VMXNET3_LAYOUT_SEPARATE: a vector per queue
 *
 * All but SINGLE have one more vector for events, the last one.  A vector that
 * serves transmit queues alone can stay masked while completions are reaped by
 * the sender, so layouts that have one are preferred.
 */
enum vmxnet3_layout {
	VMXNET3_LAYOUT_SINGLE,
	VMXNET3_LAYOUT_PAIRED,
	VMXNET3_LAYOUT_SHARED_TX,
	VMXNET3_LAYOUT_SEPARATE,
};

/**
 * struct vmxnet3_vec_plan - queues and vectors that go together
 * @layout: how queues share vectors
 * @ntxq: transmit queues
 * @nrxq: receive queues
 * @nvec: vectors used
 */
struct vmxnet3_vec_plan {
	enum vmxnet3_layout layout;
	unsigned int ntxq;
	unsigned int nrxq;
	unsigned int nvec;
};

/**
 * vmxnet3_plan_vectors() - fit queue pairs to the vectors there are (§3.11)
 * @pairs: queue pairs wanted, already legal for the version
 * @avail: vectors available, at least 1
 * @version: negotiated version
 *
 * Keeps as many pairs as possible and spends what is left on vectors for
 * transmit, rather than falling to a single queue at the first shortage.
 *
 * Return: the plan; it never needs more than @avail vectors.
 */
static inline struct vmxnet3_vec_plan
vmxnet3_plan_vectors(unsigned int pairs, unsigned int avail,
		     unsigned int version)
{
	struct vmxnet3_vec_plan p = { VMXNET3_LAYOUT_SINGLE, pairs, 1, 1 };
	unsigned int n;

	for (n = pairs; n; n = version >= 6 ? n - 1 : n / 2) {
		if (avail < n + 1)
			continue;
		p.ntxq = n;
		p.nrxq = n;
		if (avail >= 2 * n + 1) {
			p.layout = VMXNET3_LAYOUT_SEPARATE;
			p.nvec = 2 * n + 1;
		} else if (avail >= n + 2) {
			p.layout = VMXNET3_LAYOUT_SHARED_TX;
			p.nvec = n + 2;
		} else {
			p.layout = VMXNET3_LAYOUT_PAIRED;
			p.nvec = n + 1;
		}
		return p;
	}
	return p;
}

/**
 * vmxnet3_plan_tx_vec() - vector of a transmit queue
 * @p: plan
 * @txq: queue
 *
 * Return: vector index, less than @p->nvec.
 */
static inline unsigned int
vmxnet3_plan_tx_vec(const struct vmxnet3_vec_plan *p, unsigned int txq)
{
	switch (p->layout) {
	case VMXNET3_LAYOUT_SEPARATE:
		return p->nrxq + txq;
	case VMXNET3_LAYOUT_SHARED_TX:
		return p->nrxq;
	case VMXNET3_LAYOUT_PAIRED:
		return txq;
	default:
		return 0;
	}
}

/**
 * vmxnet3_plan_rx_vec() - vector of a receive queue
 * @p: plan
 * @rxq: queue
 *
 * Return: vector index, less than @p->nvec.
 */
static inline unsigned int
vmxnet3_plan_rx_vec(const struct vmxnet3_vec_plan *p, unsigned int rxq)
{
	return p->layout == VMXNET3_LAYOUT_SINGLE ? 0 : rxq;
}

/**
 * vmxnet3_plan_event_vec() - vector of the events
 * @p: plan
 *
 * Return: vector index, less than @p->nvec.
 */
static inline unsigned int
vmxnet3_plan_event_vec(const struct vmxnet3_vec_plan *p)
{
	return p->nvec - 1;
}

/**
 * vmxnet3_plan_tx_slot() - validate the device's tx data slot size (§1.5)
 * @size: bits 15:0 of GET_TXDATA_DESC_SIZE
 *
 * Return: @size if legal, else the default.
 */
static inline __u32 vmxnet3_plan_tx_slot(__u32 size)
{
	if (size < VMXNET3_TXDATA_SLOT_DEFAULT ||
	    size > VMXNET3_TXDATA_SLOT_MAX || size % VMXNET3_TXDATA_SLOT_MULT)
		return VMXNET3_TXDATA_SLOT_DEFAULT;
	return size;
}

#endif /* VMXNET3_PLAN_H */
