/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* State changes of the VM that the guest is asked for, and reports on. */
#ifndef VMHOST_POWER_H
#define VMHOST_POWER_H

#include <jansson.h>

#include "bytes.h"

struct vh_power {
	unsigned int asked;	/* id of the state change that the guest was given, or 0 */
	bool reported;		/* its status has come, perhaps before the answer */
	bool executing;		/* accepted, without a status so far */
	unsigned int last;	/* id and status of the last report */
	bool last_ok;
	unsigned int reports;
};

void vh_power_reset(struct vmhost *host);

/* The command for an operation such as "shutdown", or NULL. */
const char *vh_power_command(const char *operation);

/* Of tclo.c: the guest was given a command, has answered it, has gone away. */
void vh_power_given(struct vmhost *host, const char *command);
void vh_power_answered(struct vmhost *host, const char *command, bool ok);
void vh_power_closed(struct vmhost *host);

void vh_power_status(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);

json_t *vh_power_state(struct vmhost *host);

#endif
