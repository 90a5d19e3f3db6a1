// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* GuestAppMonitor.Cmd.*; an enabled program has to mark itself active every 30 s. */
#include "services.h"

#include <string.h>

enum { OK = 0, NOT_ENABLED = 2, NO_ARGUMENT = 3, BAD_ARGUMENT = 5 };

#define MARK_EVERY 30.0

void vh_appmonitor_reset(struct vmhost *host)
{
	memset(&host->services->appmonitor, 0, sizeof(host->services->appmonitor));
}

static const char *status(const struct vmhost *host)
{
	const struct vh_appmonitor *monitor = &host->services->appmonitor;

	if (!monitor->enabled)
		return "gray";
	if (monitor->need_reset || vh_seconds(host) - monitor->marked > MARK_EVERY)
		return "red";
	return "green";
}

static int post(struct vh_appmonitor *monitor, struct vh_cursor *args)
{
	char state[32];

	if (!args->left)
		return NO_ARGUMENT;
	if (!vh_take_word(args, state, sizeof(state)) || args->left)
		return BAD_ARGUMENT;
	if (strcmp(state, "appStateOk") && strcmp(state, "appStateNeedReset"))
		return BAD_ARGUMENT;
	if (!monitor->enabled)
		return NOT_ENABLED;
	monitor->need_reset = strcmp(state, "appStateOk");
	return OK;
}

void vh_appmonitor_request(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_appmonitor *monitor = &host->services->appmonitor;
	char command[32];
	int error = OK;

	vh_drop_nul(args);
	if (!vh_take_word(args, command, sizeof(command)))
		command[0] = 0;
	if (!strcmp(command, "IsEnabled")) {
		vh_yes(reply, monitor->enabled ? "true" : "false");
		return;
	}
	if (!strcmp(command, "GetAppStatus")) {
		vh_yes(reply, "%s", status(host));
		return;
	}
	if (!strcmp(command, "Enable")) {
		monitor->enabled = true;
		monitor->need_reset = false;
		monitor->marked = vh_seconds(host);
	} else if (!strcmp(command, "Disable")) {
		monitor->enabled = false;
	} else if (!strcmp(command, "MarkActive")) {
		if (monitor->enabled) {
			monitor->marked = vh_seconds(host);
			monitor->marks++;
		} else {
			error = NOT_ENABLED;
		}
	} else if (!strcmp(command, "PostAppState")) {
		error = post(monitor, args);
	} else {
		vh_no(reply, "Unknown command");
		return;
	}
	vh_event(host, "appmonitor", "{s:s, s:i, s:s}", "command", command, "code", error,
		 "status", status(host));
	vh_yes(reply, "%d", error);
}

json_t *vh_appmonitor_state(struct vmhost *host)
{
	const struct vh_appmonitor *monitor = &host->services->appmonitor;

	return json_pack("{s:b, s:s, s:I}", "enabled", monitor->enabled, "status", status(host),
			 "marks", (json_int_t)monitor->marks);
}
