/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the services of the core's tests have been asked, and what they shall do.
 */
#ifndef FAKE_SERVICES_H
#define FAKE_SERVICES_H

#include "../vmhost.h"

extern struct fake {
	struct vmhost *host;	/* the last one that was made */
	bool refuse_start, close_in_rpci, close_in_poll;
	struct vh_buf command;	/* for the next poll */

	struct vh_buf request, answer;	/* the last ones */
	unsigned int requests, messages, polls, dropped, opened, closed;
	unsigned int machine_resets, stopped, events;
	char last_event[32], last_op[32];
} fake;

void fake_reset(void);

#endif
