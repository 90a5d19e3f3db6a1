// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Set_Option: what the owner of the VM has chosen on the host. Every name that hosts
 * know is accepted, also those of services that are not here: an error would be logged
 * there each time.
 */
#include <string.h>

#include "log.h"
#include "services.h"

static bool broadcast_ip(struct worker *worker, bool on, struct buf *result)
{
	const char *ip;

	if (!on)
		return true;
	ip = guestinfo_primary_ip(worker);
	if (!ip)
		return answer(result, false, "Unable to find guest IP address");
	host_ask(worker, RPC_REPEAT, "info-set guestinfo.ip %s", ip);
	return true;
}

/* What nobody has told us is no level that means less; the host is not to log an error. */
static void log_level(struct worker *worker, struct str value)
{
	char name[16] = "";

	if (value.len >= sizeof(name))
		return;
	memcpy(name, value.at, value.len);
	if (!log_level_of(name, &worker->host_level))
		log_debug("the host wants a level of its log that there is none of: %s", name);
}

static bool flag(struct str value, bool *on)
{
	*on = str_is(value, "1");
	return *on || str_is(value, "0");
}

static bool ignored(struct str name)
{
	static const char *const names[] = {
		"copypaste", "autohide", "enableDnD", "mapRootHgfsShare", "linkRootHgfsShare",
		"enableMessageBusTunnel", "enableAppInfo", "enableGuestStoreAccess",
		"enableDeviceHelper", "time.synchronize.guest.resync",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

bool options_set(struct worker *worker, struct str args, struct buf *result)
{
	static const struct {
		const char *name;
		enum power_op op;
	} scripts[] = {
		{ "toolScripts.afterPowerOn", POWER_ON },
		{ "toolScripts.afterResume", POWER_RESUME },
		{ "toolScripts.beforeSuspend", POWER_SUSPEND },
		{ "toolScripts.beforePowerOff", POWER_HALT },
	};
	struct str value = str_cut(&args, '\0');
	struct str name = str_cut(&value, ' ');
	uint64_t number;
	bool on = false, ok = flag(value, &on);

	if (str_is(name, "broadcastIP") && ok)
		return broadcast_ip(worker, on, result);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (!str_is(name, scripts[i].name) || !ok)
			continue;
		worker->power.script[scripts[i].op] = on;
		if (scripts[i].op == POWER_HALT)
			worker->power.script[POWER_REBOOT] = on;
		return true;
	}
	if (timesync_option(worker, name, value, &ok)) {
		if (ok)
			return true;
	} else if (str_is(name, "guestLogLevel")) {
		log_level(worker, value);
		return true;
	} else if (str_is(name, "time.synchronize.guest.resync.timeout")) {
		if (str_u64(value, &number))
			return true;
	} else if (ignored(name) && ok) {
		return true;
	}
	return answer(result, false, "Unknown or invalid option");
}
