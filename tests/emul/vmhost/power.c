// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * State changes: the host asks (OS_Halt …), the guest answers at once, runs its script and
 * reports how it ended. Between answer and report vSphere shows «executing scripts».
 * Nothing here switches a VM off: that the guest does, or QEMU's monitor.
 */
#include "services.h"

#include <string.h>

static const struct change {
	const char *operation, *command;
	unsigned int id;	/* as the guest reports it */
} changes[] = {
	{ "shutdown", "OS_Halt", 1 },
	{ "reboot", "OS_Reboot", 2 },
	{ "poweron", "OS_PowerOn", 3 },
	{ "resume", "OS_Resume", 4 },
	{ "suspend", "OS_Suspend", 5 },
};

#define EACH_CHANGE(c) \
	for (const struct change *c = changes; \
	     c < changes + sizeof(changes) / sizeof(*changes); c++)

void vh_power_reset(struct vmhost *host)
{
	memset(&host->services->power, 0, sizeof(host->services->power));
}

const char *vh_power_command(const char *operation)
{
	EACH_CHANGE(c) {
		if (!strcmp(operation, c->operation))
			return c->command;
	}
	return NULL;
}

static unsigned int id_of(const char *command)
{
	EACH_CHANGE(c) {
		if (!strcmp(command, c->command))
			return c->id;
	}
	return 0;
}

void vh_power_given(struct vmhost *host, const char *command)
{
	unsigned int id = id_of(command);

	if (!id)
		return;
	host->services->power.asked = id;
	host->services->power.reported = false;
}

void vh_power_answered(struct vmhost *host, const char *command, bool ok)
{
	struct vh_power *power = &host->services->power;

	if (!id_of(command) || id_of(command) != power->asked)
		return;
	power->executing = ok && !power->reported;
	vh_tools_update(host);
}

void vh_power_closed(struct vmhost *host)
{
	host->services->power.executing = false;
}

/* tools.os.statechange.status STATUS ID; 1 is success */
void vh_power_status(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_power *power = &host->services->power;
	const char *operation = NULL;
	uint64_t status, id;

	vh_drop_nul(args);
	if (vh_take_decimal(args, 1, &status) && vh_take_decimal(args, 5, &id) && !args->left) {
		EACH_CHANGE(c) {
			if (c->id == id)
				operation = c->operation;
		}
	}
	if (!operation) {
		vh_no(reply, "Invalid state change");
		return;
	}
	power->last = id;
	power->last_ok = status;
	power->reports++;
	if (id == power->asked) {
		power->reported = true;
		power->executing = false;
	}
	vh_event(host, "statechange", "{s:b, s:i, s:s}", "status", (int)status, "id", (int)id,
		 "op", operation);
	vh_tools_update(host);
	vh_yes(reply, "%s", "");
}

json_t *vh_power_state(struct vmhost *host)
{
	const struct vh_power *power = &host->services->power;
	const char *last = "";

	EACH_CHANGE(c) {
		if (c->id == power->last)
			last = c->operation;
	}
	return json_pack("{s:b, s:s, s:b, s:i}", "executing", power->executing, "last", last,
			 "succeeded", power->last_ok, "reports", power->reports);
}
