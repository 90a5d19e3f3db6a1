// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Services for tests of the core: RPCI answers "1 " and the request, TCLO has the
 * commands that a test gives, and events are counted by name.
 */
#include "fake_services.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fake fake;

void fake_reset(void)
{
	vh_buf_free(&fake.request);
	vh_buf_free(&fake.command);
	vh_buf_free(&fake.answer);
	fake = (struct fake){ 0 };
}

bool vh_services_start(struct vmhost *host)
{
	fake.host = host;
	return !fake.refuse_start;
}

void vh_services_stop(struct vmhost *host)
{
	(void)host;
	fake.stopped++;
}

void vh_services_reset(struct vmhost *host)
{
	(void)host;
	fake.machine_resets++;
}

void vh_event(struct vmhost *host, const char *name, const char *format, ...)
{
	va_list args;

	(void)host;
	snprintf(fake.last_event, sizeof(fake.last_event), "%s", name);
	fake.last_op[0] = 0;
	if (format && !strncmp(format, "{s:s", 4)) {
		va_start(args, format);
		if (!strcmp(va_arg(args, const char *), "op"))
			snprintf(fake.last_op, sizeof(fake.last_op), "%s",
				 va_arg(args, const char *));
		va_end(args);
	}
	fake.events++;
}

void vh_rpci(struct vmhost *host, const uint8_t *message, size_t len, struct vh_buf *reply)
{
	fake.requests++;
	vh_buf_clear(&fake.request);
	vh_buf_add(&fake.request, message, len);
	vh_buf_add(reply, "1 ", 2);
	vh_buf_add(reply, message, len);
	if (fake.close_in_rpci)
		vh_channels_close(host, 0);
}

void vh_tclo_opened(struct vmhost *host)
{
	(void)host;
	fake.opened++;
}

void vh_tclo_closed(struct vmhost *host)
{
	(void)host;
	fake.closed++;
}

void vh_tclo_message(struct vmhost *host, const uint8_t *message, size_t len)
{
	(void)host;
	fake.messages++;
	vh_buf_clear(&fake.answer);
	vh_buf_add(&fake.answer, message, len);
}

bool vh_tclo_poll(struct vmhost *host, struct vh_buf *command)
{
	fake.polls++;
	if (fake.close_in_poll)
		vh_channels_close(host, 0);
	if (!fake.command.len)
		return false;
	vh_buf_add(command, fake.command.data, fake.command.len);
	vh_buf_clear(&fake.command);
	return true;
}

void vh_tclo_dropped(struct vmhost *host)
{
	(void)host;
	fake.dropped++;
}
