/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What time the host has. No system calls.
 */
#ifndef VMGUEST_HOSTTIME_H
#define VMGUEST_HOSTTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct hosttime {
	time_t seconds;		/* UTC */
	uint32_t usec;
	uint32_t max_lag_usec;	/* the host's bound on the error */
	uint32_t interrupt_lag_usec;	/* how far our timer interrupts are behind */
	bool has_interrupt_lag;
};

/* hosttime_read() - by the newest call that the host knows; false: it knows none */
bool hosttime_read(struct hosttime *time);

#endif
