// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The one table of what a host may command. What is not in it (clipboard, Unity,
 * upgrades, running programs by older interfaces) is answered as unknown.
 */
#include "log.h"
#include "services.h"

/* In the order in which hosts send them most. */
static const struct {
	const char *name;
	command_fn *fn;
} commands[] = {
	{ "ping", register_ping },
	{ "reset", register_reset },
	{ "Set_Option", options_set },
	{ "Capabilities_Register", register_capabilities },
	{ "OS_PowerOn", power_on },
	{ "OS_Resume", power_resume },
	{ "OS_Suspend", power_suspend },
	{ "OS_Halt", power_halt },
	{ "OS_Reboot", power_reboot },
	{ "Time_Synchronize", timesync_now },
	{ "vmbackup.start", quiesce_start },
	{ "vmbackup.startWithOpts", quiesce_start_opts },
	{ "vmbackup.snapshotDone", quiesce_snapshot_done },
	{ "vmbackup.abort", quiesce_abort },
	{ "Vix_1_SyncDriver_Freeze", quiesce_old_driver },
	{ "Vix_1_SyncDriver_Thaw", quiesce_old_driver },
	{ "Resolution_Set", display_resolution },
	{ "DisplayTopology_Set", display_topology },
	{ "Vix_1_Relayed_Command", vix_command },
	{ "Vix_1_Get_ToolsProperties", vix_properties },
	{ "Vix_1_Mount_Volumes", vix_mount },
	{ "deployPkg.begin", customize_begin },
	{ "deployPkg.deploy", customize_deploy },
};

command_fn *dispatch_find(struct str name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_is(name, commands[i].name))
			return commands[i].fn;
	/* Interfaces from before 2010: each operation was a command. */
	return str_begins(name, "Vix_1_") ? vix_old : NULL;
}

bool answer(struct buf *result, bool ok, const char *text)
{
	buf_str(result, text);
	return ok;
}

void worker_command(struct worker *worker, struct str command, struct buf *reply)
{
	struct buf result = { 0 };
	size_t len = 0;
	command_fn *fn;
	bool ok;

	/* The name ends at the first blank or NUL; «name» and «name » are the same. */
	while (len < command.len && command.at[len] != ' ' && command.at[len])
		len++;
	if (!len) {
		buf_str(reply, "ERROR Bad command");
		return;
	}
	fn = dispatch_find(str_of(command.at, len));
	if (!fn) {
		log_debug("the host commands what there is not: %.*s", (int)(len < 64 ? len : 64),
			  command.at);
		buf_str(reply, "ERROR Unknown Command");
		return;
	}
	ok = fn(worker, str_skip(command, len + 1), &result);
	buf_str(reply, ok ? "OK " : "ERROR ");
	buf_add(reply, result.data, result.len);
	if (result.error && !reply->error)
		reply->error = result.error;
	buf_free(&result);
}
