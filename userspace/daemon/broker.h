/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The broker: the process with privileges. It looks at nothing but its own
 * configuration, the mount table and requests of a fixed form.
 */
#ifndef VMGUESTD_BROKER_H
#define VMGUESTD_BROKER_H

#include <sys/types.h>

#include "handover.h"
#include "loop.h"
#include "settings.h"
#include "system.h"

struct broker {
	struct loop loop;
	struct settings settings;
	const struct system_ops *ops;
	uid_t user;			/* who may ask: the worker's */

	int listener;			/* -1: the worker is our child */
	struct loop_fd accept, client, signals;
	pid_t worker;
	bool stopping;
	struct loop_timer stop;

	struct freeze freeze;
	struct loop_fd frozen;
	uint32_t freeze_id;		/* request that waits for its answer, or 0 */
	struct loop_timer overdue;	/* the child did not thaw in time */

	struct handover handover;
	uint32_t handover_id;		/* request that waits for its answer, or 0 */

	pid_t script, disks, power, sync, writer;	/* children, 0 if none */
	/* Who waits for their answers; 0: nobody */
	uint32_t script_id, script_op, power_id, disks_id, sync_id;
	uint32_t script_which;		/* enum broker_script; BROKER_SCRIPTS: it is none */
	/* What the scripts that ran for a snapshot are still to hear; BROKER_SCRIPTS: nothing. */
	uint32_t owed;
	struct loop_fd disk_answers;
	struct loop_timer disk_deadline, sync_deadline;
};

/*
 * broker_run() - until the worker ends, or a signal says so
 * @client:   socket of the worker that was forked, or -1
 * @listener: socket on which workers connect, or -1
 * Returns the exit status of the process.
 */
int broker_run(struct broker *broker, int client, int listener);
/* broker_drop() - keeps the capabilities that broker_run() needs */
int broker_drop(void);

#endif
