/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A clock of the kernel's in milliseconds.
 */
#ifndef VMGUEST_CLOCK_H
#define VMGUEST_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_ms() - what @clock (CLOCK_MONOTONIC, …) shows */
static inline uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
