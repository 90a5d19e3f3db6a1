/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Quiesced snapshots: scripts, freezing, the host's snapshot, thawing, scripts again. The
 * host hears of each step, and something at least every 5 seconds.
 */
#ifndef VMGUESTD_QUIESCE_H
#define VMGUESTD_QUIESCE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "str.h"

struct worker;

enum quiesce_state {
	QUIESCE_IDLE,
	QUIESCE_SCRIPTS,	/* freeze scripts run */
	QUIESCE_FREEZING,
	QUIESCE_FROZEN,		/* the host takes its snapshot */
	QUIESCE_THAWING,
	QUIESCE_FAIL_SCRIPTS,	/* scripts hear that nothing came of it */
	QUIESCE_THAW_SCRIPTS,
};

/* What vmbackup.startWithOpts may ask for. */
struct quiesce_opts {
	bool scripts, manifest;
	bool force;		/* a snapshot without file systems at rest is not what it wants */
	uint32_t timeout;	/* seconds; 0: none given */
};

struct quiesce {
	enum quiesce_state state;
	struct quiesce_opts opts;
	bool cancelled;		/* by the host or by a time limit; ends as soon as can be */
	bool frozen;		/* file systems really are; not only synced */
	bool freeze_asked;	/* the broker has not answered yet */
	bool manifest_refused;	/* the host knows no such event */
	struct loop_timer keep_alive, limit, begin;
	uint64_t started, frozen_at;
	uint64_t done, failed;
};

/* quiesce_parse() - the XDR of vmbackup.startWithOpts; false: not a version that we know */
bool quiesce_parse(struct str args, struct quiesce_opts *opts);

/* quiesce_init() - no snapshot goes on */
void quiesce_init(struct worker *worker);
/* quiesce_was_reset() - the host forgot what it had asked for: thaws, tells nobody */
void quiesce_was_reset(struct worker *worker);
/* quiesce_thawed() - the broker has thawed without being asked to */
void quiesce_thawed(struct worker *worker);

#endif
