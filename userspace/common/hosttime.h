/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What time the host has. No system calls.
 *
 * Specification: backdoor and GuestRPC §4.5.
 */
#ifndef VMGUEST_HOSTTIME_H
#define VMGUEST_HOSTTIME_H

#include <stdbool.h>
#include <stdint.h>

/* All of it is as the host gave it. */
struct hosttime {
	int64_t seconds;		/* UTC */
	uint32_t usec;
	uint32_t max_lag_usec;		/* the host's bound on the error */
	int64_t interrupt_lag_usec;	/* how far our timer interrupts are behind; -1: not told */
};

/*
 * hosttime_read() - by the newest call that the host knows; false: it knows none
 * Which that is may change: the machine may be on another host by now.
 */
bool hosttime_read(struct hosttime *time);

#endif
