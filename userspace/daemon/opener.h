/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Opening what is to be frozen. A child does it: a path may lead over a file system that does
 * not answer any more, and a program that scans files may have to allow it first.
 */
#ifndef VMGUESTD_OPENER_H
#define VMGUESTD_OPENER_H

#include "freeze.h"

/*
 * opener_run() - fills ->fd, ->mount and ->count
 * What is gone or covered is left out. -ETIME: one does not open in time; -EBUSY: one did not
 * the last time, and its child still waits; -EMFILE: there are more than FREEZE_MAX.
 */
int opener_run(struct freeze *freeze, struct str mounts, const char *exclude);

#endif
