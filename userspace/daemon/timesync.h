/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The clock: by the host's time, once where the VM was absent from it, or periodically
 * where nobody else keeps it right.
 *
 * Specification: guest services §8.
 */
#ifndef VMGUESTD_TIMESYNC_H
#define VMGUESTD_TIMESYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "str.h"

struct worker;

/* A comparison of the clocks, microseconds. */
struct time_sample {
	int64_t error;		/* guest minus host: negative is behind */
	int64_t bound;		/* the host's word on how wrong that may be */
	bool slewable;		/* good enough to slew by */
};

/*
 * time_step() - by how many microseconds to step the clock; 0: not
 * @backward: stepping back is allowed too
 */
int64_t time_step(const struct time_sample *sample, bool backward);
/* time_slew() - how much to correct in the next period; 0: nothing (any more) */
int32_t time_slew(const struct time_sample *sample, unsigned int percent);

/* Who else keeps the clock, seen by what the kernel has for its largest error. */
struct time_keeper {
	bool seen;
	uint64_t looked, corrected;	/* milliseconds */
	int64_t bound;			/* microseconds, at the last look */
};

/*
 * time_kept() - whether somebody does, after another look
 * @said: of the broker: 0 or less for nobody, else 1 and that error. It grows until somebody
 * corrects the clock: who has ended without a word is found out by that.
 */
bool time_kept(struct time_keeper *keeper, uint64_t now, int64_t said);

enum time_run { TIME_RUN_NONE, TIME_RUN_ONCE, TIME_RUN_PERIODIC };

struct timesync {
	/* the host's time, or false; tests have their own. @lag: of interrupts, -1 if not told */
	bool (*host)(int64_t *us, int64_t *bound, int64_t *lag);
	int64_t (*guest)(void);
	void (*stopcatchup)(void);

	struct loop_timer timer;
	bool on;			/* the periodic loop */
	bool allowed, step_on_enable, startup_backward, slew, started_up, slewing;
	unsigned int period, percent;	/* seconds */

	enum time_run running;
	bool backward;
	bool compared;			/* what runs is done with the clocks, but for setting one */
	bool once_more;			/* asked for after that */
	struct time_keeper keeper;
	bool disciplined;		/* somebody else keeps the clock, as of the last look */
	bool said;
	uint64_t steps, slews;
	struct time_sample last;
};

/* timesync_init() - nothing is done before the host asks for it */
void timesync_init(struct worker *worker);
/* timesync_option() - false: not one of the clock's; @ok: the value is one that it may have */
bool timesync_option(struct worker *worker, struct str name, struct str value, bool *ok);
/* timesync_resumed() - the machine has slept: a clock that the host keeps is set at once */
void timesync_resumed(struct worker *worker);

#endif
