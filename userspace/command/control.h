/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Questions to the daemon, over its socket (common/ctl.h).
 */
#ifndef VMGUEST_CONTROL_H
#define VMGUEST_CONTROL_H

#include "buf.h"

/*
 * control_ask() - one line to the daemon, @reply gets its line
 * 0, or -errno, and then @reply is an error's text for the user: -ECONNREFUSED or -ENOENT
 * when it does not run, -EPROTO when it said what nobody understands.
 */
int control_ask(const char *path, const char *request, struct buf *reply);
/* control_do() - the same for what is done or fails: 0, or @reply says why not */
int control_do(const char *request, struct buf *reply);

#endif
