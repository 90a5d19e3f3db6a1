/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Commands to the guest: a queue, one under way at a time, and the script of a boot. */
#ifndef VMHOST_TCLO_H
#define VMHOST_TCLO_H

#include <jansson.h>

#include "bytes.h"

/* How a command ended. Only VH_TCLO_ANSWERED comes with an answer, «OK …» or «ERROR …». */
enum vh_tclo_end {
	VH_TCLO_ANSWERED,
	VH_TCLO_TIMEOUT,	/* no answer in time; a late one is dropped */
	VH_TCLO_CLOSED,		/* the channel went away before the answer, or the VM was reset */
	VH_TCLO_IGNORED,	/* the guest took it, and went on polling without an answer */
	VH_TCLO_REFUSED,	/* the guest did not take it, each time that it was offered */
	VH_TCLO_WITHDRAWN,	/* a new boot script took its place */
};

/* Why, in words; for VH_TCLO_ANSWERED, NULL. */
const char *vh_tclo_why(enum vh_tclo_end end);

typedef void vh_tclo_done(struct vmhost *host, void *arg, enum vh_tclo_end end,
			  const uint8_t *answer, size_t len);

struct vh_tclo_command {
	struct vh_tclo_command *next;
	struct vh_buf text;
	double deadline;	/* as vh_seconds(), or INFINITY */
	bool script;		/* of the boot script */
	unsigned int offers;
	vh_tclo_done *done;	/* NULL: nobody waits for it */
	void *arg;
};

struct vh_tclo {
	struct vh_tclo_command *queue, *current;
	bool open;
	bool started;		/* OS_PowerOn has been answered since the VM was switched on */
	bool resumed;		/* the next script has OS_Resume in place of OS_PowerOn */
	json_t *script;		/* what a host sends to a new channel */
	uint64_t sent, answered, late;
};

void vh_tclo_init(struct vmhost *host);
void vh_tclo_free(struct vmhost *host);
void vh_tclo_reset(struct vmhost *host);
/* Ends what has passed its deadline. Returns the next deadline. */
double vh_tclo_tick(struct vmhost *host);

/* Queues a command. done() is called once, with the lock held, however it ends. */
void vh_tclo_send(struct vmhost *host, const void *text, size_t len, double timeout,
		  vh_tclo_done *done, void *arg);
/* Takes back queued commands that begin so and that nobody waits for. */
void vh_tclo_withdraw(struct vmhost *host, const char *begin);
/* Who asked with this argument does not want to know any more. */
void vh_tclo_forget(struct vmhost *host, const void *arg);
/* Begins anew with the script, as after a checkpoint: «reset», and all that follows. */
void vh_tclo_restart(struct vmhost *host, bool resumed);
/* Replaces the script by an array of commands; NULL: the usual one. See tclo.c. */
const char *vh_tclo_script(struct vmhost *host, json_t *script);

json_t *vh_tclo_state(struct vmhost *host);

#endif
