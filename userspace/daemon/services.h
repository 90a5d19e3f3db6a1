/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The host's commands, as dispatch.c calls them. @args: what stands behind the name,
 * without the blank; it is the host's and may hold any byte. False: the answer is
 * «ERROR» and what was put into @result, true: «OK» and that.
 *
 * Specification: guest services §2 to §24.
 */
#ifndef VMGUESTD_SERVICES_H
#define VMGUESTD_SERVICES_H

#include "worker.h"

typedef bool command_fn(struct worker *worker, struct str args, struct buf *result);

/* register.c */
command_fn register_reset, register_ping, register_capabilities;
/* register_was_reset() - the host has got the answer to a reset: it knows nothing (any more) */
void register_was_reset(struct worker *worker);
/* options.c */
command_fn options_set;
/* power.c */
command_fn power_on, power_resume, power_suspend, power_halt, power_reboot;
/* timesync.c */
command_fn timesync_now;
/* quiesce.c */
command_fn quiesce_start, quiesce_start_opts, quiesce_snapshot_done, quiesce_abort,
	   quiesce_old_driver;
/* display.c */
command_fn display_resolution, display_topology;
/* customize.c */
command_fn customize_begin, customize_deploy;
/* vix.c */
command_fn vix_command, vix_properties, vix_mount, vix_old;

/* dispatch.c */
/* dispatch_find() - whose name is exactly that, or NULL */
command_fn *dispatch_find(struct str name);

/* answer() - for handlers: puts a text into @result and returns @ok */
bool answer(struct buf *result, bool ok, const char *text);

#endif
