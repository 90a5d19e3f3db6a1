/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The balloon of a guest without a machine: specification "VMware memory balloon" §4, §5.
 * Its batch page is the first frame of its memory.
 */
#ifndef GUEST_BALLOON_H
#define GUEST_BALLOON_H

#include "guest.h"

#define FIRST	(GUEST_BASE >> 12)	/* frame */

enum { START, GET_TARGET, LOCK, UNLOCK, GUEST_ID, B_LOCK = 6, B_UNLOCK, B2_LOCK, B2_UNLOCK,
       DOORBELL };

/* One call; @regs are as the host has left them. False: nobody was there. */
bool guest_balloon(struct guest *guest, uint32_t command, uint64_t arg1, uint64_t arg2,
		   struct vh_regs *regs);
/* The batch page with @count frames from @first on, @step apart. */
uint64_t *guest_batch(struct guest *guest, uint64_t first, uint64_t step, uint64_t count);

#endif
