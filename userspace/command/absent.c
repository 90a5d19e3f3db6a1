// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Families and programs that open-vm-tools has and we have not: whoever asks gets the exit
 * code that says so.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

static int absent(const char *what)
{
	complaint("%s: there is no %s in vmguest\n", program, what);
	return EX_UNAVAILABLE;
}

int globalconf_main(int argc, char *argv[])
{
	static const char *const known[] = { "enable", "disable", "refresh", "status" };

	if (argc < 2)
		return usage_missing("subcommand", "globalconf");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(argv[1], known[i]))
			return absent("global configuration");
	}
	return usage_unknown("subcommand", argv[1], "globalconf");
}

int gueststore_main(int argc, char *argv[])
{
	if (argc < 2)
		return usage_missing("subcommand", "gueststore");
	if (strcmp(argv[1], "getcontent"))
		return usage_unknown("subcommand", argv[1], "gueststore");
	if (argc != 4)
		return usage_try_help("gueststore");
	return absent("guest store");
}

int hgfsclient_main(int argc, char *argv[])
{
	(void)argc, (void)argv;
	absent("shared folder");
	return 1;
}

int namespace_main(int argc, char *argv[])
{
	(void)argc, (void)argv;
	absent("name space");
	return 1;
}

/* Scripts ask it with --enabled whether it is of use; 2 is «no». */
int hgfsfuse_main(int argc, char *argv[])
{
	absent("shared folder");
	return argc == 2 && !strcmp(argv[1], "--enabled") ? 2 : 1;
}
