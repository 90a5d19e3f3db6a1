/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Lines that the guest has written to the host's log of the VM. */
#ifndef VMHOST_GUESTLOG_H
#define VMHOST_GUESTLOG_H

#include <jansson.h>

#include "bytes.h"

#define VH_LOG_LINES 1024

struct vh_guestlog {
	json_t *lines[VH_LOG_LINES];	/* the latest; a line's number is its place, cyclically */
	uint64_t count;
};

void vh_guestlog_free(struct vmhost *host);
void vh_guestlog_add(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_guestlog_state(struct vmhost *host);

#endif
