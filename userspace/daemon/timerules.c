// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * When to step a clock, and how far to slew it. No system calls.
 */
#include "timesync.h"

/* What the kernel takes at once. */
#define SLEW_MAX 500000

int64_t time_step(const struct time_sample *sample, bool backward)
{
	/* Within the bound there is nothing to know; beyond it the clock ends up at its edge. */
	if (sample->error < -sample->bound)
		return -sample->error - sample->bound;
	if (backward && sample->error + sample->bound > 0)
		return -sample->error - sample->bound;
	return 0;
}

int32_t time_slew(const struct time_sample *sample, unsigned int percent)
{
	int64_t correction;

	if (!sample->slewable)
		return 0;
	correction = -sample->error / 100 * (int64_t)percent;
	if (correction > SLEW_MAX)
		return SLEW_MAX;
	if (correction < -SLEW_MAX)
		return -SLEW_MAX;
	return (int32_t)correction;
}
