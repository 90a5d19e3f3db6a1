/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The channel on which the host commands. Looking for a command is the heartbeat: the
 * host takes a guest that does not for one whose tools do not run.
 *
 * Specification: backdoor and GuestRPC §5.6, §7, §8.4.
 */
#ifndef VMGUESTD_TCLO_H
#define VMGUESTD_TCLO_H

#include "conn.h"
#include "loop.h"
#include "str.h"

struct tclo {
	struct loop *loop;
	/* Executes a command and puts what is to be answered into an empty @answer. */
	void (*command)(void *data, struct str command, struct buf *answer);
	/* The answer to a «reset» has reached the host. */
	void (*reset)(void *data);
	/* Once a look, at least each second while the channel is up, else when it is tried. */
	void (*tick)(void *data);
	void *data;
	bool vsock;			/* may be tried */

	struct conn conn;
	struct loop_fd source;		/* vsock */
	struct loop_timer timer;
	struct buf in, out;
	bool answered_reset;		/* ->out is the answer to a reset */
	bool alive;			/* vsock: the first command was answered, pings go out */
	bool more;			/* vsock: what was read has not been gone through yet */
	uint64_t fast_until;		/* look often: the host may have more to say */
	unsigned int busy;		/* operations that want quick answers */
	unsigned int pause;		/* to the next look, ms */
	unsigned int failures;		/* in a row */
	uint64_t vsock_after;
	uint64_t since;			/* it was opened */
	bool greeted;			/* the host has said something over it */
	bool reconsider;		/* the machine may be on another host, which may have vsock */

	uint64_t last_look;
	uint64_t commands, errors, opened, looks;
};

/* tclo_start() - opens the channel, and opens it again whenever it closes, until tclo_stop() */
void tclo_start(struct tclo *tclo);
/* tclo_stop() - takes leave: the host then shows «not running», not «dead» */
void tclo_stop(struct tclo *tclo);
/* tclo_up() - it is open as far as we know */
bool tclo_up(const struct tclo *tclo);
/* tclo_hurry() - an operation began (or ended) in which the host is not to wait */
void tclo_hurry(struct tclo *tclo, bool begins);

/* tclo_pause() - how long to wait after a look that found nothing. No system calls. */
unsigned int tclo_pause(unsigned int before, bool fast);

#endif
