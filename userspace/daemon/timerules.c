// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * When to step a clock, and how far to slew it. No system calls.
 */
#include "timesync.h"

/* What the kernel takes at once. */
#define SLEW_MAX 500000
/* Twice the longest that NTP clients leave between two corrections, unless they are told to. */
#define KEEPER_MS (2 * 2048 * 1000ull)
/* What the kernel adds to the largest error each second, and how exactly we see that. */
#define GROWTH_US 500
#define GROWTH_SEEN_US 1000

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

bool time_kept(struct time_keeper *keeper, uint64_t now, int64_t said)
{
	int64_t grown, bound = said - 1;

	if (said <= 0) {
		*keeper = (struct time_keeper){ 0 };
		return false;
	}
	grown = bound - keeper->bound - (int64_t)((now - keeper->looked) / 1000) * GROWTH_US;
	if (!keeper->seen || grown < -GROWTH_SEEN_US || grown > GROWTH_SEEN_US)
		keeper->corrected = now;
	keeper->seen = true;
	keeper->looked = now;
	keeper->bound = bound;
	return now - keeper->corrected < KEEPER_MS;
}
