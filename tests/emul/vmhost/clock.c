// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The host's two clocks, which tests may move, and its seeded randomness.
 */
#include "host.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t vh_monotonic(const struct vmhost *host)
{
	const struct vh_clock *clock = &host->clock;

	return (clock->stopped ? clock->stopped : read_clock(CLOCK_MONOTONIC)) + clock->passed;
}

int64_t vh_wall_clock(const struct vmhost *host)
{
	return (int64_t)(read_clock(CLOCK_REALTIME) + host->clock.passed) + host->clock.ahead;
}

void vh_clock_step(struct vmhost *host, double seconds)
{
	host->clock.ahead += (int64_t)(seconds * 1e6);
}

void vh_clock_pass(struct vmhost *host, double seconds)
{
	host->clock.passed += (uint64_t)(seconds * 1e6);
}

void vh_clock_stop(struct vmhost *host)
{
	host->clock.stopped = read_clock(CLOCK_MONOTONIC);
}

/* splitmix64: every seed is a good one */
uint64_t vh_random(struct vmhost *host)
{
	uint64_t z = host->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
