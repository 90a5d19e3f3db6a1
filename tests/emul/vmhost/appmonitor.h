/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Application monitoring: a program in the guest that says that it lives. */
#ifndef VMHOST_APPMONITOR_H
#define VMHOST_APPMONITOR_H

#include <jansson.h>

#include "bytes.h"

struct vh_appmonitor {
	bool enabled, need_reset;
	double marked;		/* when, as vh_seconds() */
	uint64_t marks;
};

void vh_appmonitor_reset(struct vmhost *host);
/* GuestAppMonitor.Cmd.*: args begin behind that. */
void vh_appmonitor_request(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_appmonitor_state(struct vmhost *host);

#endif
