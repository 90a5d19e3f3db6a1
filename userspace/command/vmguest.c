// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmguest by its own name: which command, and help.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

static int help(const char *name)
{
	const struct family *family = name ? family_find(name) : NULL;

	if (family) {
		printf("%s: %s\nUsage: %s %s ...\n%s", family->name, family->summary, program,
		       family->name, family->usage);
		return 0;
	}
	printf("Usage: %s COMMAND [ARGUMENT]...\n\n", program);
	for (family = families; family->name; family++)
		printf("  %-12s %s\n", family->name, family->summary);
	printf("\n  --metrics [FILE] [--root DIR]   for Prometheus' text collector\n"
	       "  --version, --help, help COMMAND\n\nSee vmguest(1).\n");
	if (!name)
		return 0;
	return usage_unknown("command", name, "");
}

/* Whoever asks for help in the place of a subcommand, or of its first argument, gets it. */
static bool wants_help(int argc, char *argv[])
{
	for (int i = 2; i < argc && i < 4; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

int vmguest_main(int argc, char *argv[])
{
	const struct family *family;
	int ret;

	if (argc > 1 && !strcmp(argv[1], "-q")) {
		quiet = true;
		argc--;
		argv++;
	}
	if (argc < 2)
		return usage_missing("command", "");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help(argv[1][0] == '-' ? NULL : argv[2]);
	if (!strcmp(argv[1], "--version")) {
		printf("vmguest " VERSION "\n");
		return 0;
	}
	if (!strcmp(argv[1], "--metrics"))
		return wants_help(argc, argv) ? help(NULL) : metrics_main(argc - 1, argv + 1);
	family = family_find(argv[1]);
	if (!family)
		return usage_unknown("command", argv[1], "");
	if (wants_help(argc, argv))
		return help(family->name);
	/* These can be shown another system than this one. */
	if (family->run == status_main || family->run == top_main)
		return family->run(argc - 1, argv + 1);
	ret = host_check();
	return ret ? ret : family_run(family, argc - 1, argv + 1);
}
