/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Ring arithmetic and the gate for completions.
 *
 * Pure logic without framework calls, so that host unit tests compile this
 * very file.  The gate decides from the driver's own shadow state whether a
 * completion, already copied out of shared memory, may be acted upon; the
 * counters and the reset that follow a rejection are the caller's.
 */
#ifndef VMXNET3_RING_H
#define VMXNET3_RING_H

#include "vmw/vmxnet3_codec.h"

/**
 * struct vmxnet3_cursor - position in a ring with its generation
 * @idx: next entry
 * @gen: generation of that entry, 0 or 1
 */
struct vmxnet3_cursor {
	__u32 idx;
	__u32 gen;
};

/**
 * vmxnet3_cursor_reset() - go to the start of a zeroed ring (§2.21)
 * @c: cursor
 */
static inline void vmxnet3_cursor_reset(struct vmxnet3_cursor *c)
{
	c->idx = 0;
	c->gen = 1;
}

/**
 * vmxnet3_cursor_next() - advance by one entry, flipping gen at the wrap
 * @c: cursor
 * @size: entries in the ring
 */
static inline void vmxnet3_cursor_next(struct vmxnet3_cursor *c, __u32 size)
{
	if (++c->idx == size) {
		c->idx = 0;
		c->gen ^= 1;
	}
}

/**
 * vmxnet3_ring_dist() - entries from one index forward to another
 * @from: index, less than @size
 * @to: index, less than @size
 * @size: entries in the ring
 *
 * Return: 0 to @size - 1.
 */
static inline __u32 vmxnet3_ring_dist(__u32 from, __u32 to, __u32 size)
{
	return to >= from ? to - from : to + size - from;
}

/**
 * vmxnet3_ring_add() - index that lies some entries ahead
 * @idx: index, less than @size
 * @n: entries to add, at most @size
 * @size: entries in the ring
 *
 * Return: 0 to @size - 1.
 */
static inline __u32 vmxnet3_ring_add(__u32 idx, __u32 n, __u32 size)
{
	idx += n;
	return idx >= size ? idx - size : idx;
}

/**
 * vmxnet3_ring_free() - entries that may still be posted
 * @fill: producer index
 * @clean: consumer index
 * @size: entries in the ring
 *
 * One entry stays unused so that full and empty differ.
 *
 * Return: 0 to @size - 1.
 */
static inline __u32 vmxnet3_ring_free(__u32 fill, __u32 clean, __u32 size)
{
	__u32 free = clean - fill - 1;

	return clean > fill ? free : free + size;
}

/**
 * vmxnet3_txd_count() - transmit descriptors that a buffer takes
 * @len: bytes
 *
 * Return: 0 for an empty buffer, which must never be posted: a length field
 * of 0 means 16384.
 */
static inline __u32 vmxnet3_txd_count(__u32 len)
{
	return (len + VMXNET3_TXD_MAX_LEN - 1) / VMXNET3_TXD_MAX_LEN;
}

/**
 * enum vmxnet3_tx_verdict - what the gate says of a transmit completion
 * @VMXNET3_TX_OK: completes the oldest outstanding packet
 * @VMXNET3_TX_BAD_INDEX: names a descriptor outside of the ring (§5 H1)
 * @VMXNET3_TX_BAD_ORDER: nothing outstanding, or not the oldest packet's EOP
 *	(§5 H2, H3)
 */
enum vmxnet3_tx_verdict {
	VMXNET3_TX_OK,
	VMXNET3_TX_BAD_INDEX,
	VMXNET3_TX_BAD_ORDER,
};

/**
 * vmxnet3_tx_gate() - judge a transmit completion
 * @idx: descriptor that the device completed
 * @size: descriptors in the ring
 * @outstanding: whether any packet is outstanding
 * @oldest_eop: EOP descriptor of the oldest outstanding packet, less than @size
 *
 * Return: the verdict.
 */
static inline enum vmxnet3_tx_verdict
vmxnet3_tx_gate(__u32 idx, __u32 size, _Bool outstanding, __u32 oldest_eop)
{
	if (outstanding && idx == oldest_eop)
		return VMXNET3_TX_OK;
	return idx < size ? VMXNET3_TX_BAD_ORDER : VMXNET3_TX_BAD_INDEX;
}

/**
 * enum vmxnet3_rx_verdict - what the gate says of a receive completion
 * @VMXNET3_RX_OK: the buffer may be used
 * @VMXNET3_RX_BAD_RQID: names no ring of this queue (§5 H4)
 * @VMXNET3_RX_BAD_INDEX: index outside of the ring (§5 H5)
 * @VMXNET3_RX_NOT_POSTED: that descriptor is not the device's (§5 H6)
 * @VMXNET3_RX_BAD_LEN: longer than the buffer that was posted (§5 H8)
 * @VMXNET3_RX_BAD_SOP: a frame starts inside a frame, or in ring 2 (§5 H11)
 * @VMXNET3_RX_NO_SOP: a frame goes on that never started (§5 H11)
 * @VMXNET3_RX_TOO_MANY: more buffers than a frame may use (§5 H10)
 */
enum vmxnet3_rx_verdict {
	VMXNET3_RX_OK,
	VMXNET3_RX_BAD_RQID,
	VMXNET3_RX_BAD_INDEX,
	VMXNET3_RX_NOT_POSTED,
	VMXNET3_RX_BAD_LEN,
	VMXNET3_RX_BAD_SOP,
	VMXNET3_RX_NO_SOP,
	VMXNET3_RX_TOO_MANY,
};

/**
 * vmxnet3_rx_ring_of() - ring that a completion's rqID names
 * @rqid: from the completion
 * @queue: receive queue whose completion ring it was found in
 * @nrxq: receive queues of the device
 *
 * Return: 0 for ring 1, 1 for ring 2, negative if it names neither.
 */
static inline int vmxnet3_rx_ring_of(__u32 rqid, __u32 queue, __u32 nrxq)
{
	if (rqid == queue)
		return 0;
	if (rqid == queue + nrxq)
		return 1;
	return -1;
}

/**
 * vmxnet3_rx_gate() - judge the buffer that a receive completion names
 * @idx: descriptor that the device completed
 * @len: bytes that it claims to have written
 * @size: descriptors in that ring
 * @fill: producer index of that ring
 * @clean: consumer index of that ring
 * @buf_len: bytes posted in each buffer of that ring
 *
 * Completions of a ring come in order; a descriptor ahead of the consumer
 * index is legal and means that those before it were skipped (§3.7).
 *
 * Return: OK, BAD_INDEX, NOT_POSTED or BAD_LEN.
 */
static inline enum vmxnet3_rx_verdict
vmxnet3_rx_gate(__u32 idx, __u32 len, __u32 size, __u32 fill, __u32 clean,
		__u32 buf_len)
{
	if (idx >= size)
		return VMXNET3_RX_BAD_INDEX;
	if (vmxnet3_ring_dist(clean, idx, size) >=
	    vmxnet3_ring_dist(clean, fill, size))
		return VMXNET3_RX_NOT_POSTED;
	if (len > buf_len)
		return VMXNET3_RX_BAD_LEN;
	return VMXNET3_RX_OK;
}

/**
 * vmxnet3_rx_frame_gate() - judge the place of a buffer in its frame
 * @sop: whether the completion starts a frame
 * @ring: ring of the buffer, 0 or 1
 * @in_frame: whether a frame has been started and not ended
 * @nbufs: buffers that this frame has used so far
 * @max_bufs: most buffers that a frame may use
 *
 * Return: OK, BAD_SOP, NO_SOP or TOO_MANY.
 */
static inline enum vmxnet3_rx_verdict
vmxnet3_rx_frame_gate(_Bool sop, int ring, _Bool in_frame, __u32 nbufs,
		      __u32 max_bufs)
{
	if (sop)
		return in_frame || ring ? VMXNET3_RX_BAD_SOP : VMXNET3_RX_OK;
	if (!in_frame)
		return VMXNET3_RX_NO_SOP;
	if (nbufs >= max_bufs)
		return VMXNET3_RX_TOO_MANY;
	return VMXNET3_RX_OK;
}

#endif /* VMXNET3_RING_H */
