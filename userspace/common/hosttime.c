// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What time the host has: hosttime.h.
 */
#include "hosttime.h"

#include <stddef.h>

#include "backdoor.h"

/* Newest first. */
static const uint16_t calls[] = {
	BACKDOOR_CMD_GETTIMEFULL_WITH_LAG,
	BACKDOOR_CMD_GETTIMEFULL,
	BACKDOOR_CMD_GETTIME,
};

static bool is_known(uint16_t call, const struct backdoor_regs *regs)
{
	/* The old one gives its seconds where the others leave the magic number. */
	if (call == BACKDOOR_CMD_GETTIME)
		return (uint32_t)regs->ax != BACKDOOR_UNKNOWN &&
		       (uint32_t)regs->ax != BACKDOOR_MAGIC;
	return (uint32_t)regs->ax == BACKDOOR_MAGIC;
}

bool hosttime_read(struct hosttime *time)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct backdoor_regs regs = { .cx = calls[i] };

		backdoor_call(&regs);
		if (!is_known(calls[i], &regs))
			continue;
		*time = (struct hosttime){
			.seconds = (int64_t)((uint64_t)(uint32_t)regs.si << 32 | (uint32_t)regs.dx),
			.usec = regs.bx,
			.max_lag_usec = regs.cx,
			.interrupt_lag_usec = -1,
		};
		if (calls[i] == BACKDOOR_CMD_GETTIME)
			time->seconds = (uint32_t)regs.ax;
		if (calls[i] == BACKDOOR_CMD_GETTIMEFULL_WITH_LAG)
			time->interrupt_lag_usec = (uint32_t)regs.di;
		return true;
	}
	return false;
}
