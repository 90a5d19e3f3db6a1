// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The balloon's calls, and its batch page.
 */
#include "guest_balloon.h"

#define MAGIC	0x456c6d6fu
#define PORT	0x5670u
#define BATCH	512u

bool guest_balloon(struct guest *guest, uint32_t command, uint64_t arg1, uint64_t arg2,
		   struct vh_regs *regs)
{
	*regs = (struct vh_regs){
		.ax = MAGIC, .bx = arg1, .cx = command, .dx = PORT, .si = arg2, .di = 5, .bp = 6,
	};
	return guest_call(guest, VH_PORT, regs);
}

uint64_t *guest_batch(struct guest *guest, uint64_t first, uint64_t step, uint64_t count)
{
	uint64_t *entries = (uint64_t *)guest->memory;

	for (uint64_t i = 0; i < count && i < BATCH; i++)
		entries[i] = (first + i * step) << 12;
	return entries;
}
