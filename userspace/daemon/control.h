/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The control socket's server: one line of JSON in, one out. ctl.h has the language.
 */
#ifndef VMGUESTD_CONTROL_H
#define VMGUESTD_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "loop.h"
#include "str.h"

#define CONTROL_CLIENTS 8

struct worker;

struct control_client {
	struct control *control;
	struct loop_fd source;
	bool root;		/* may also have things done */
	uint64_t heard;		/* the turn in which it last said something */
	struct buf in;		/* of its line, until it has an end */
};

struct control {
	struct worker *worker;
	struct loop_fd listener;
	struct control_client client[CONTROL_CLIENTS];
	uint64_t turn;		/* counts what clients do */
	uint64_t requests;
};

/* control_listen() - makes the socket, while that is permitted; a descriptor or -errno */
int control_listen(void);
/* control_start() - serves clients of @listener, which control_stop() closes; 0 or -errno */
int control_start(struct worker *worker, int listener);
void control_stop(struct worker *worker);
/* control_answer() - one request, and the line that answers it */
void control_answer(struct worker *worker, struct str request, bool root, struct buf *reply);

#endif
