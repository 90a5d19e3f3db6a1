/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Contexts of requests, and the gate for what the device writes.
 *
 * Pure logic without framework calls, so that host unit tests compile this
 * very file.  The gate decides from the driver's own shadow state whether a
 * completion or message, already copied out of shared memory, may be acted
 * upon; the counters and the reset that follow a rejection are the caller's.
 *
 * A context is what the device echoes of a request (§3.3): the tag plus one
 * in the low bits, so that it is never 0, and above it a generation that
 * changes with each use of the tag.
 */
#ifndef PVSCSI_GATE_H
#define PVSCSI_GATE_H

#include "vmw/pvscsi_dev.h"

#define PVSCSI_CTX_TAG_BITS	11
#define PVSCSI_CTX_TAG_MASK	((1u << PVSCSI_CTX_TAG_BITS) - 1)

/**
 * pvscsi_ctx_first() - context of the first request of a tag
 * @tag: less than PVSCSI_MAX_REQS
 *
 * Return: the context.
 */
static inline __u32 pvscsi_ctx_first(__u32 tag)
{
	return tag + 1;
}

/**
 * pvscsi_ctx_next() - context of the next request of the same tag
 * @ctx: last context
 *
 * Return: the context; it comes again after 2^21 requests of the tag.
 */
static inline __u32 pvscsi_ctx_next(__u32 ctx)
{
	return ctx + (1u << PVSCSI_CTX_TAG_BITS);
}

/**
 * pvscsi_ctx_tag() - tag of a context
 * @ctx: context
 *
 * Return: the tag; beyond all tags if @ctx was never made by us.
 */
static inline __u32 pvscsi_ctx_tag(__u32 ctx)
{
	return (ctx & PVSCSI_CTX_TAG_MASK) - 1;
}

/**
 * enum pvscsi_verdict - what the gate says
 * @PVSCSI_OK: may be acted upon
 * @PVSCSI_BAD_COUNT: more completions than requests wait (§5 H3, H4)
 * @PVSCSI_BAD_CONTEXT: names no tag (§5 H1)
 * @PVSCSI_NOT_ISSUED: names a request that does not wait: completed before, or
 *	of an earlier generation (§5 H2, H18)
 * @PVSCSI_BAD_LEN: more data than was asked for (§5 H8)
 * @PVSCSI_BAD_MSG_COUNT: more messages than the ring has room for (§5 H13)
 * @PVSCSI_BAD_MSG: a message of unknown type, or of a device that cannot be
 *	there (§5 H14)
 * @PVSCSI_VERDICTS: how many there are
 */
enum pvscsi_verdict {
	PVSCSI_OK,
	PVSCSI_BAD_COUNT,
	PVSCSI_BAD_CONTEXT,
	PVSCSI_NOT_ISSUED,
	PVSCSI_BAD_LEN,
	PVSCSI_BAD_MSG_COUNT,
	PVSCSI_BAD_MSG,
	PVSCSI_VERDICTS
};

/**
 * pvscsi_cmp_count_gate() - judge how many completions the device announces
 * @prod: the device's index
 * @cons: completions taken so far
 * @waiting: requests that were written and not completed
 *
 * Return: OK or BAD_COUNT.
 */
static inline enum pvscsi_verdict
pvscsi_cmp_count_gate(__u32 prod, __u32 cons, __u32 waiting)
{
	return prod - cons <= waiting ? PVSCSI_OK : PVSCSI_BAD_COUNT;
}

/**
 * pvscsi_ctx_gate() - judge which tag a completion names
 * @ctx: context as the device wrote it
 * @tags: how many there are
 *
 * Return: OK or BAD_CONTEXT.
 */
static inline enum pvscsi_verdict
pvscsi_ctx_gate(__u64 ctx, __u32 tags)
{
	return !(ctx >> 32) && pvscsi_ctx_tag((__u32)ctx) < tags ?
	       PVSCSI_OK : PVSCSI_BAD_CONTEXT;
}

/**
 * pvscsi_cmp_gate() - judge whether the request waits
 * @ctx: context that has passed pvscsi_ctx_gate()
 * @issued: context that the tag waits under, or 0
 *
 * Return: OK or NOT_ISSUED.
 */
static inline enum pvscsi_verdict pvscsi_cmp_gate(__u64 ctx, __u32 issued)
{
	return issued == ctx ? PVSCSI_OK : PVSCSI_NOT_ISSUED;
}

/**
 * pvscsi_msg_count_gate() - judge how many messages the device announces
 * @prod: the device's index
 * @cons: messages taken so far
 * @entries: of the ring
 *
 * Return: OK or BAD_MSG_COUNT.
 */
static inline enum pvscsi_verdict
pvscsi_msg_count_gate(__u32 prod, __u32 cons, __u32 entries)
{
	return prod - cons <= entries ? PVSCSI_OK : PVSCSI_BAD_MSG_COUNT;
}

/**
 * pvscsi_msg_gate() - judge a message
 * @type: PVSCSI_MSG_*
 * @bus: must be 0
 * @target: must be one that the host adapter has
 * @lun: address of eight bytes, all of which must be 0
 * @targets: targets of the host adapter
 *
 * Return: OK or BAD_MSG.
 */
static inline enum pvscsi_verdict
pvscsi_msg_gate(__u32 type, __u32 bus, __u32 target, const __u8 lun[8],
		__u32 targets)
{
	int i;

	if (type > PVSCSI_MSG_REMOVED || bus || target >= targets)
		return PVSCSI_BAD_MSG;
	for (i = 0; i < 8; i++)
		if (lun[i])
			return PVSCSI_BAD_MSG;
	return PVSCSI_OK;
}

#endif /* PVSCSI_GATE_H */
