/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How the worker gives away what it does not need: the user, every capability, and most
 * system calls.
 */
#ifndef VMGUESTD_SANDBOX_H
#define VMGUESTD_SANDBOX_H

#include <sys/types.h>

/* sandbox_user() - becomes that user and group, without any capability; -errno */
int sandbox_user(uid_t user, gid_t group);
/* sandbox_calls() - nothing but what the worker does is possible from now on; -errno */
int sandbox_calls(void);

#endif
