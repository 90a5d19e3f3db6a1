// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmware-toolbox-cmd, and the families of commands that vmguest has in common with it.
 */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "detect.h"

const struct family families[] = {
	{ "config", "keys of " TOOLS_CONF,
	  "  get SECTION [KEY]             print it\n"
	  "  set SECTION KEY VALUE         change it\n"
	  "  remove SECTION KEY            leave it to its default\n", .run = config_main },
	{ "device", "removable devices of the virtual machine",
	  "  list                          all of them\n"
	  "  status DEVICE                 whether it is connected\n"
	  "  enable|disable DEVICE         connect it or not\n", .run = device_main },
	{ "disk", "space of virtual disks",
	  "  list                          what could be wiped\n"
	  "  shrink MOUNT, shrinkonly, wipe MOUNT\n", .run = disk_main, .root = true },
	{ "globalconf", "not available",
	  "  enable, disable, refresh, status\n", .run = globalconf_main, .root = true },
	{ "gueststore", "not available",
	  "  getcontent PATH FILE\n", .run = gueststore_main },
	{ "info", "what the host is told of this guest, and the machine's variables",
	  "  get NAME                      print guestinfo.NAME\n"
	  "  set NAME VALUE                change it\n"
	  "  update network                tell the host of the network again\n",
	  .run = info_main },
	{ "logging", "how much a service says",
	  "  level get SERVICE\n"
	  "  level set SERVICE LEVEL       error, critical, warning, info, message, debug\n",
	  .run = logging_main, .root = true },
	{ "script", "what is run at power, resume, suspend and shutdown",
	  "  OPERATION current             which script\n"
	  "  OPERATION default             which script if nobody has said\n"
	  "  OPERATION enable|disable      the default, or none\n"
	  "  OPERATION set PATH            another one\n", .run = script_main, .root = true },
	{ "stat", "figures of the host",
	  "  hosttime, speed, sessionid, balloon, swap, memlimit, memres, cpures, cpulimit\n"
	  "  raw [ENCODING [NAME]]         text of the host\n", .run = stat_main },
	{ "timesync", "whether the clock is to follow the host's",
	  "  enable, disable, status\n", .run = timesync_main },
	{ "status", "what this guest has of VMware, what is wrong, and what to do",
	  "  [--json] [--root DIR]\n", .run = status_main, .extra = true },
	{ "top", "status, again and again",
	  "  [-d SECONDS] [-n TIMES] [--root DIR]\n", .run = top_main, .extra = true },
	{ "rpc", "one request to the host",
	  "  REQUEST                       such as 'info-get guestinfo.name'\n", rpc_main,
	  .extra = true },
	{ 0 },
};

const struct family *family_find(const char *name)
{
	for (const struct family *family = families; family->name; family++) {
		if (!strcmp(family->name, name))
			return family;
	}
	return NULL;
}

int family_run(const struct family *family, int argc, char *argv[])
{
	if (family->root && geteuid())
		return usage_not_root(family->name);
	return family->run(argc, argv);
}

static int help(const char *name)
{
	const struct family *family = name ? family_find(name) : NULL;

	if (family && !family->extra) {
		printf("%s: %s\nUsage: %s %s SUBCOMMAND\n%s", family->name, family->summary,
		       program, family->name, family->usage);
		return 0;
	}
	printf("Usage: %s [-q] COMMAND [SUBCOMMAND [ARGUMENT]...]\n"
	       "       %s help COMMAND, -h, -v\n\n", program, program);
	for (family = families; family->name; family++) {
		if (!family->extra)
			printf("  %-12s %s\n", family->name, family->summary);
	}
	if (!name || !strcmp(name, "help"))
		return 0;
	fprintf(stderr, "%s: Unknown subcommand '%s'\n", program, name);
	return EX_USAGE;
}

int toolbox_main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ "quiet", no_argument, NULL, 'q' },
		{ 0 },
	};
	bool wants_help = false, wants_version = false;
	const struct family *family;
	int opt;

	if (!detect()->vmware) {
		fprintf(stderr, "%s must be run inside a virtual machine.\n", program);
		return 1;
	}
	/* Options may stand behind the command as well, and getopt() itself says what is wrong. */
	while ((opt = getopt_long(argc, argv, "hvq", options, NULL)) != -1) {
		switch (opt) {
		case 'h':
			wants_help = true;
			break;
		case 'v':
			wants_version = true;
			break;
		case 'q':
			quiet = true;
			break;
		default:
			fprintf(stderr, "Try '%s -h' for more information.\n", program);
			return 1;
		}
	}
	if (wants_version) {
		printf("%s\n", tools_version());
		return 0;
	}
	if (wants_help)
		return help(NULL);
	if (optind == argc)
		return usage_missing("command", "");
	if (!strcmp(argv[optind], "help"))
		return help(argv[optind + 1]);
	family = family_find(argv[optind]);
	if (!family || family->extra)
		return usage_unknown("command", argv[optind], "");
	return family_run(family, argc - optind, argv + optind);
}
