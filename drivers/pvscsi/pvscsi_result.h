/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What a completion means for the command (§3.6).
 *
 * Pure logic without framework calls, so that host unit tests compile this
 * very file.
 */
#ifndef PVSCSI_RESULT_H
#define PVSCSI_RESULT_H

#include "vmw/pvscsi_dev.h"

/* Status codes of the SCSI architecture that the rules below depend on. */
#define PVSCSI_SAM_GOOD			0x00
#define PVSCSI_SAM_CHECK_CONDITION	0x02
#define PVSCSI_SAM_TERMINATED		0x22

/**
 * enum pvscsi_outcome - what becomes of a command
 * @PVSCSI_DONE: the target's status says it
 * @PVSCSI_NO_TARGET: there is no such target
 * @PVSCSI_RESET: lost by a reset
 * @PVSCSI_ABORTED: aborted by the host
 * @PVSCSI_PARITY: data was damaged on its way
 * @PVSCSI_TIMEOUT: the host gave up waiting
 * @PVSCSI_ERROR: anything else that went wrong
 */
enum pvscsi_outcome {
	PVSCSI_DONE,
	PVSCSI_NO_TARGET,
	PVSCSI_RESET,
	PVSCSI_ABORTED,
	PVSCSI_PARITY,
	PVSCSI_TIMEOUT,
	PVSCSI_ERROR,
};

/**
 * struct pvscsi_result - the same in full
 * @outcome: what becomes of the command
 * @status: the target's status, with PVSCSI_DONE only
 * @resid: bytes that were asked for and not moved
 */
struct pvscsi_result {
	enum pvscsi_outcome outcome;
	__u8 status;
	__u32 resid;
};

/**
 * pvscsi_is_rw() - whether a command is a READ or WRITE of 6, 10, 12 or 16
 * @opcode: first byte of the command
 *
 * Only these may be announced by the kick register that the host is free to
 * serve late (§3.4), and only they have a length that the device must keep to.
 *
 * Return: true if so.
 */
static inline _Bool pvscsi_is_rw(__u8 opcode)
{
	/* 08, 28, 88, a8 read and 0a, 2a, 8a, aa write. */
	return (opcode & 0x5d) == 0x08;
}

static inline enum pvscsi_outcome pvscsi_outcome_of(__u16 host_status)
{
	switch (host_status) {
	case PVSCSI_HOST_OK:
	case PVSCSI_HOST_LINKED:
	case PVSCSI_HOST_LINKED_FLAG:
	case PVSCSI_HOST_UNDERRUN:
	case PVSCSI_HOST_DATA_RUN:
		return PVSCSI_DONE;
	case PVSCSI_HOST_SELECTION_TIMEOUT:
	case PVSCSI_HOST_LUN_MISMATCH:
		return PVSCSI_NO_TARGET;
	case PVSCSI_HOST_RESET_SENT:
	case PVSCSI_HOST_RESET_RECEIVED:
	case PVSCSI_HOST_DEVICE_RESET:
		return PVSCSI_RESET;
	case PVSCSI_HOST_ABORTED:
		return PVSCSI_ABORTED;
	case PVSCSI_HOST_PARITY:
		return PVSCSI_PARITY;
	case PVSCSI_HOST_TIMEOUT:
		return PVSCSI_TIMEOUT;
	}
	return PVSCSI_ERROR;
}

/**
 * pvscsi_result_of() - what a completion means
 * @host_status: PVSCSI_HOST_*
 * @scsi_status: the target's; only the low byte counts
 * @len: bytes that the device says it moved, at most @wanted; 0 if it does not
 *	say
 * @wanted: bytes that were asked for
 * @rw: pvscsi_is_rw() of the command
 *
 * A target's bad status goes before the adapter's opinion of the length, since
 * sense data says more; QEMU reports both together (§3.6).
 *
 * Return: the result.
 */
static inline struct pvscsi_result
pvscsi_result_of(__u16 host_status, __u16 scsi_status, __u64 len, __u32 wanted,
		 _Bool rw)
{
	struct pvscsi_result r = {
		.outcome = pvscsi_outcome_of(host_status),
		.status = (__u8)scsi_status,
	};
	_Bool cut_short = host_status == PVSCSI_HOST_UNDERRUN ||
			  host_status == PVSCSI_HOST_DATA_RUN;

	if (r.outcome != PVSCSI_DONE) {
		r.status = PVSCSI_SAM_GOOD;
		return r;
	}
	if (r.status == PVSCSI_SAM_TERMINATED) {
		r.outcome = PVSCSI_RESET;
		r.status = PVSCSI_SAM_GOOD;
		return r;
	}
	if (len && len < wanted)
		r.resid = wanted - (__u32)len;
	/* Without a length the data cannot be trusted, unless it has its own. */
	if (r.status == PVSCSI_SAM_GOOD && cut_short && !len && rw)
		r.outcome = PVSCSI_ERROR;
	return r;
}

#endif /* PVSCSI_RESULT_H */
