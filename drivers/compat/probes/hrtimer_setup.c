// SPDX-License-Identifier: GPL-2.0-only
// since 6.13: «hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()»
#include <linux/hrtimer.h>

static void __maybe_unused probe(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
