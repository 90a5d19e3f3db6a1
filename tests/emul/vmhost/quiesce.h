/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Quiesced snapshots: what a backup asks of the guest, and what that reports. */
#ifndef VMHOST_QUIESCE_H
#define VMHOST_QUIESCE_H

#include <jansson.h>

#include "bytes.h"

struct vh_quiesce {
	enum {
		VH_QUIESCE_IDLE,
		VH_QUIESCE_PREPARING,	/* started, not frozen yet */
		VH_QUIESCE_FROZEN,	/* the guest said: take the snapshot now */
		VH_QUIESCE_ENDING,	/* told that the snapshot is done, or to abort */
	} state;
	bool automatic;		/* the host says «done» as soon as the guest is frozen */
	bool silent;		/* the guest has not given a sign in time */
	double last_sign, began, longest_gap;
	double silence_after, limit;
	json_t *events;		/* of this operation or the last */
};

void vh_quiesce_init(struct vmhost *host);
void vh_quiesce_free(struct vmhost *host);
void vh_quiesce_reset(struct vmhost *host);
double vh_quiesce_tick(struct vmhost *host);

/* The guest was told to start; its events are recorded anew. */
void vh_quiesce_started(struct vmhost *host, bool automatic);
/* It has answered that it will not. */
void vh_quiesce_failed(struct vmhost *host);
/* It was told that the snapshot is done, or to abort. */
void vh_quiesce_ending(struct vmhost *host);
/*
 * Builds vmbackup.startWithOpts from the request's fields; see Documentation/emulated-host.md.
 * Returns NULL, or what is wrong.
 */
const char *vh_quiesce_options(const json_t *request, struct vh_buf *command);

void vh_quiesce_event(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_quiesce_state(struct vmhost *host);

#endif
