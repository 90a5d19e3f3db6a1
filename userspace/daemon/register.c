// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How the host gets to know us: reset, version, capabilities. All that it knew is
 * forgotten at a reset, and told again when it asks.
 */
#include <stdio.h>

#include "log.h"
#include "services.h"

/* «No version»: a host shows tools of somebody else. */
#define UNMANAGED 2147483647u
/* Packages of the operating system; open-vm-tools, which we stand in for, is 4. */
#define TYPE_OPEN_VM_TOOLS 4

bool register_ping(struct worker *worker, struct str args, struct buf *result)
{
	(void)worker;
	(void)args;
	(void)result;
	return true;
}

bool register_reset(struct worker *worker, struct str args, struct buf *result)
{
	(void)worker;
	(void)args;
	return answer(result, true, "ATR toolbox");
}

/* The host has got our answer: it knows nothing of us now, and may be another one. */
void register_was_reset(struct worker *worker)
{
	char version[32];

	worker->resets++;
	worker->registered = false;
	rpc_reset(&worker->rpc);
	guestinfo_forget(worker);
	quiesce_was_reset(worker);
	host_ask(worker, RPC_REPEAT, "vmx.capability.unified_loop toolbox");
	settings_version(&worker->settings, version, sizeof(version));
	if (!worker->said_version) {
		worker->said_version = true;
		host_log(worker, LOG_INFO, "Version: %s (vmguest %s)", version, VERSION);
	}
	/* What inventory products read. */
	host_ask(worker, RPC_REPEAT, "info-set guestinfo.vmtools.description vmguest %s", VERSION);
	host_ask(worker, RPC_REPEAT, "info-set guestinfo.vmtools.versionString %s", version);
	host_ask(worker, RPC_REPEAT, "info-set guestinfo.vmtools.versionNumber %u",
		 worker->settings.version);
	host_ask(worker, RPC_REPEAT, "info-set guestinfo.vmtools.buildNumber 0");
}

static void send_version(struct worker *worker)
{
	unsigned int version = worker->settings.version;

	if (worker->settings.disable_version)
		return;
	if (worker->settings.hide_version)
		version = UNMANAGED;
	if (host_ask(worker, RPC_REPEAT, "tools.set.versiontype %u %u", version,
		     TYPE_OPEN_VM_TOOLS) == 0 && host_unknown(worker))
		host_ask(worker, RPC_REPEAT, "tools.set.version %u", UNMANAGED);
}

bool register_capabilities(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	(void)result;
	host_ask(worker, RPC_REPEAT, "tools.capability.statechange ");
	host_ask(worker, RPC_REPEAT, "tools.capability.softpowerop_retry ");
	if (worker->settings.display) {
		host_ask(worker, RPC_REPEAT, "tools.capability.display_topology_set 2");
		host_ask(worker, RPC_REPEAT, "tools.capability.display_global_offset 1");
		host_ask(worker, RPC_REPEAT, "tools.capability.resolution_set 1");
		host_ask(worker, RPC_REPEAT, "tools.capability.resolution_server toolbox 1");
		host_ask(worker, RPC_REPEAT, "tools.capability.resolution_server toolbox-dnd 0");
	}
	host_ask(worker, RPC_REPEAT, "tools.capability.guest_conf_directory %s", SETTINGS_FOLDER);
	send_version(worker);
	worker->registered = true;
	guestinfo_registered(worker);
	return true;
}
