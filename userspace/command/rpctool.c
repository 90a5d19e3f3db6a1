// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmware-rpctool, and vmguest rpc: one request to the host, its reply on standard output.
 * cloud-init compares all of standard error with the host's text.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "detect.h"
#include "rpc.h"

/* Old hosts want a blank behind the name. */
static int ask(const char *text)
{
	struct buf request = { 0 }, reply = { 0 };
	int ret;

	buf_str(&request, text);
	if (request.len && !strchr(text, ' '))
		buf_char(&request, ' ');
	ret = host_call(str_of(buf_text(&request), request.len), 0, &reply);
	if (ret < 0 && !reply.len)
		buf_str(&reply, "NULL");
	host_print(&reply, ret < 1);
	buf_free(&request);
	buf_free(&reply);
	return ret < 1;
}

int rpctool_main(int argc, char *argv[])
{
	bool help = argc > 1 && (!strncmp(argv[1], "-h", 2) || !strcmp(argv[1], "--help"));

	if (!detect()->vmware) {
		fprintf(stderr, "Error: %s must be run inside a virtual machine on a VMware "
				"hypervisor product.\n", program);
		return 255;
	}
	if (argc > 1 && !help)
		return ask(argv[1]);
	fprintf(stderr, "Usage: %s COMMAND\n"
			"Sends COMMAND to the host, as in: %s 'info-get guestinfo.name'\n"
			"The host's reply comes on standard output, or on standard error if it\n"
			"refuses; the exit status is then 1.\n", program, program);
	return help ? 0 : 1;
}

int rpc_main(int argc, char *argv[])
{
	if (argc != 2)
		return usage_missing("request, in one argument", "rpc");
	return ask(argv[1]);
}
