// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * timesync: whether the host wants our clock to follow its own all the time. The host
 * keeps that option; the daemon is told of a change by the host.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "backdoor.h"
#include "rpc.h"

static bool is_enabled(void)
{
	struct backdoor_regs regs = { .cx = BACKDOOR_CMD_GETGUIOPTIONS };

	backdoor_guard();
	backdoor_call(&regs);
	backdoor_unguard();
	return (uint32_t)regs.ax != BACKDOOR_UNKNOWN && regs.ax & BACKDOOR_GUI_SYNC_TIME;
}

static int set(bool on)
{
	struct buf reply = { 0 };
	bool was = is_enabled();
	int ret = 1;

	if (on != was)
		ret = host_ask(RPC_REPEAT, &reply, "vmx.set_option synctime %d %d", was, on);
	host_disarm(&reply, stderr);
	if (ret < 1)
		complaint("Error: %s\n", buf_text(&reply));
	else if (!quiet)
		printf("%s\n", on ? "Enabled" : "Disabled");
	buf_free(&reply);
	return ret < 1;
}

static int status(void)
{
	bool on = is_enabled();

	if (!quiet)
		printf("%s\n", on ? "Enabled" : "Disabled");
	return on ? 0 : EX_UNAVAILABLE;
}

int timesync_main(int argc, char *argv[])
{
	if (argc < 2)
		return usage_missing("subcommand", "timesync");
	if (!strcmp(argv[1], "enable"))
		return set(true);
	if (!strcmp(argv[1], "disable"))
		return set(false);
	if (!strcmp(argv[1], "status"))
		return status();
	return usage_unknown("subcommand", argv[1], "timesync");
}
