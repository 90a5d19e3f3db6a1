/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Figures of the host that programs in the guest may read. */
#ifndef VMHOST_GUESTLIB_H
#define VMHOST_GUESTLIB_H

#include <jansson.h>

#include "bytes.h"

struct vh_guestlib {
	json_t *values;		/* name -> number or text; null: marked as invalid */
	uint64_t session;	/* a new one after each move of the VM */
	bool off;		/* isolation.tools.getinfo… : the request is unknown */
};

void vh_guestlib_init(struct vmhost *host);
void vh_guestlib_free(struct vmhost *host);
/* The VM has moved: guests restart their counters. */
void vh_guestlib_moved(struct vmhost *host);
/* Sets a figure by its name; null marks it invalid. Returns NULL, or what is wrong. */
const char *vh_guestlib_set(struct vmhost *host, const char *name, json_t *value);
void vh_guestlib_get(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_guestlib_state(struct vmhost *host);

#endif
