/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The administrator's scripts: four of power operations, and those around a snapshot.
 * Which file that is, the configuration and fixed folders say; the host only says when.
 *
 * Specification: guest services §7.3, §9.7.
 */
#ifndef VMGUESTD_SCRIPTS_H
#define VMGUESTD_SCRIPTS_H

#include <stdint.h>

#include "broker_msg.h"
#include "settings.h"

/*
 * scripts_run() - runs what belongs to an operation, one after the other
 * In a child of its own, since it waits. A file that is not root's, or that others can
 * write, is refused. Returns 0, the first exit status that is not 0, or -errno; -ETIME:
 * the time was over and what ran was killed.
 */
int scripts_run(const struct settings *settings, enum broker_script which);

/* scripts_check() - 0, or -ENOENT, -EPERM (somebody else could change it), -EACCES (cannot run) */
int scripts_check(const char *path);

#endif
