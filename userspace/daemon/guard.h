/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The last who can thaw. Before anything is frozen the process that will freeze hands its
 * descriptors to another one, the guard, in which nothing ever happens: it waits until the
 * broker lets go or is gone, or the time is over, thaws, waits until the process that
 * freezes is gone, and thaws again what that may have frozen last. It needs neither init
 * nor a file then, as starting a program would, whatever has been frozen.
 *
 * Under systemd it is a unit of its own, so that whoever kills all of the broker's does not
 * kill it too; without, a process of its own session.
 */
#ifndef VMGUESTD_GUARD_H
#define VMGUESTD_GUARD_H

#include "freeze.h"

#define GUARD_SOCKET "/run/vmguestd-guard/socket"

/* Where systemd starts one for each who connects; NULL: guard_start() forks. */
extern const char *guard_socket;

/* guard_start() - a socket to a new guard, or -errno */
int guard_start(const struct freeze_ops *ops);
/*
 * guard_hand_over() - makes the guard hold what is going to be frozen
 * @guard: socket to it; its end, at either side, is the end of the process that has it
 * @leash: of whom only the broker has the other end
 * @link:  becomes readable if it has come to nothing meanwhile
 * 0: it is ready, else -errno.
 */
int guard_hand_over(const struct freeze *freeze, int guard, int leash, int link,
		    uint32_t limit_ms);
/* guard_serve() - be the guard for whom @guard leads to; returns the exit status */
int guard_serve(const struct freeze_ops *ops, int guard);

#endif
