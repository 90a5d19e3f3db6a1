/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * VMware's memory balloon (vmmemctl): port, commands, status, the batch page.
 *
 * No PCI device: one `in eax, dx` at a port of its own, from CPL 0. The host
 * only says how many frames it wants; the guest locks and unlocks them.
 *
 * Facts only: no logic and no state live here, so that the driver, the emulated
 * host and unit tests compile the same file. The knowledge comes from the
 * project's interface specification, "VMware memory balloon"; the section
 * numbers in the comments (§) are that document's.
 *
 * A frame has 4096 bytes; all sizes are in frames. "D:" marks what the host
 * writes, "V:" what the driver writes.
 */
#ifndef VMW_BALLOON_DEV_H
#define VMW_BALLOON_DEV_H

#include <linux/types.h>

/* §3 registers of a call */
#define BALLOON_PORT			0x5670u		/* in dx */
#define BALLOON_MAGIC			0x456c6d6fu	/* in eax */

#define BALLOON_FRAME_SHIFT		12
#define BALLOON_FRAME_SIZE		4096
#define BALLOON_2M_FRAMES		512

/* §4 commands, in ecx */
#define BALLOON_CMD_START		0
#define BALLOON_CMD_GET_TARGET		1
#define BALLOON_CMD_LOCK		2
#define BALLOON_CMD_UNLOCK		3
#define BALLOON_CMD_GUEST_ID		4
#define BALLOON_CMD_BATCHED_LOCK	6
#define BALLOON_CMD_BATCHED_UNLOCK	7
#define BALLOON_CMD_BATCHED_2M_LOCK	8
#define BALLOON_CMD_BATCHED_2M_UNLOCK	9
#define BALLOON_CMD_DOORBELL_SET	10

/* §4.3 */
#define BALLOON_GUEST_UNKNOWN		0
#define BALLOON_GUEST_LINUX		1

/* §4.6 both arguments of DOORBELL_SET: no doorbell */
#define BALLOON_NO_DOORBELL		0xffffffffu

/* §5 status, in eax; of a frame, the low five bits */
#define BALLOON_SUCCESS			0u
#define BALLOON_FAILURE			0xffffffffu
#define BALLOON_CMD_INVALID		1u
#define BALLOON_PPN_INVALID		2u
#define BALLOON_PPN_LOCKED		3u
#define BALLOON_PPN_UNLOCKED		4u
#define BALLOON_PPN_PINNED		5u
#define BALLOON_PPN_NOTNEEDED		6u
#define BALLOON_RESET			7u
#define BALLOON_BUSY			8u
#define BALLOON_SUCCESS_WITH_CAPS	0x03000000u	/* START: ecx holds them */

/* §6 capabilities; bit 0 stays clear */
#define BALLOON_CAP_BASIC		0x02u
#define BALLOON_CAP_BATCHED		0x04u
#define BALLOON_CAP_BATCHED_2M		0x08u	/* with BATCHED only */
#define BALLOON_CAP_DOORBELL		0x10u
#define BALLOON_CAP_64BIT_TARGET	0x20u
#define BALLOON_CAPS			0x3eu

/* §7 the batch page; §13 */
#define BALLOON_BATCH_MAX		512
#define BALLOON_ENTRY_STATUS_MASK	0x1full	/* D: */
#define BALLOON_ENTRY_RESERVED_MASK	0xfe0ull
#define BALLOON_ENTRY_PPN_SHIFT		12	/* V: the rest; never to be read back */

/**
 * struct balloon_batch - page that BATCHED commands name by its number
 * @entry: V: page numbers, dense from 0; D: what became of each
 */
struct balloon_batch {
	__le64 entry[BALLOON_BATCH_MAX];
};

_Static_assert(sizeof(struct balloon_batch) == BALLOON_FRAME_SIZE, "§7");

#endif /* VMW_BALLOON_DEV_H */
