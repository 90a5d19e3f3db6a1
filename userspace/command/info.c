// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * info: variables of the virtual machine (guestinfo.…), got and set; and what the daemon
 * reports, reported again.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "rpc.h"

/* "guestinfo." may be left out. */
static const char *prefix(const char *name)
{
	return strncmp(name, "guestinfo.", 10) ? "guestinfo." : "";
}

static bool is_name(const char *name)
{
	return name[0] && !strpbrk(name, " \t\n");
}

static int bad_name(const char *name)
{
	fprintf(stderr, "%s: '%s' is not a variable's name: it has no blanks\n", program, name);
	return EX_USAGE;
}

static int get(const char *name)
{
	struct buf reply = { 0 };
	int ret;

	if (!is_name(name))
		return bad_name(name);
	ret = host_ask(RPC_REPEAT, &reply, "info-get %s%s", prefix(name), name);
	/* A value may be binary: all of it, and nothing else. */
	if (ret == 1) {
		host_disarm(&reply, stdout);
		fwrite(buf_text(&reply), 1, reply.len, stdout);
		if (isatty(STDOUT_FILENO))
			putchar('\n');
	} else {
		host_print(&reply, true);
	}
	buf_free(&reply);
	return ret == 1 ? 0 : 1;
}

static int set(const char *name, const char *value)
{
	struct buf reply = { 0 };
	int ret;

	if (!is_name(name))
		return bad_name(name);
	ret = host_ask(RPC_REPEAT, &reply, "info-set %s%s %s", prefix(name), name, value);
	if (ret < 1)
		host_print(&reply, true);
	buf_free(&reply);
	return ret == 1 ? 0 : 1;
}

/* The daemon knows the interfaces, and has what it takes to tell of them. */
static int update(const char *what)
{
	struct buf reply = { 0 };
	int ret;

	if (strcmp(what, "network"))
		return usage_unknown("info infoclass", what, "info");
	ret = control_do("{\"do\":\"update\",\"what\":\"network\"}", &reply);
	/* Where it does not run it is started for this alone. */
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		execl(DAEMON, "vmguestd", "--network", NULL);
	if (ret)
		complaint("%s: %s\n", program, buf_text(&reply));
	buf_free(&reply);
	return ret ? 1 : 0;
}

int info_main(int argc, char *argv[])
{
	bool is_get = argc > 1 && !strcmp(argv[1], "get");
	bool is_set = argc > 1 && !strcmp(argv[1], "set");

	if (is_get || is_set) {
		if (argc < 3)
			return usage_missing("variable", "info");
		if (is_set && argc < 4)
			return usage_missing("value", "info");
		/* A value of which the shell has made several would be set in part. */
		if (argc > 3 + is_set)
			return usage_unknown("argument", argv[3 + is_set], "info");
		return is_get ? get(argv[2]) : set(argv[2], argv[3]);
	}
	if (geteuid())
		return usage_not_root("info");
	if (argc < 2)
		return usage_missing("subcommand", "info");
	if (argc < 3)
		return usage_missing("info infoclass", "info");
	if (strcmp(argv[1], "update"))
		return usage_unknown("subcommand", argv[1], "info");
	return update(argv[2]);
}
