/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Timers under the names they got in 6.13 and 6.16.
 */
#ifndef _VMGUEST_COMPAT_TIMER_H
#define _VMGUEST_COMPAT_TIMER_H

#include <linux/hrtimer.h>
#include <linux/timer.h>

/* v6.16 «treewide, timers: Rename from_timer() to timer_container_of()» */
#ifndef timer_container_of
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif
