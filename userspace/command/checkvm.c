// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmware-checkvm: whether this is a guest of VMware, and of which product.
 */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "backdoor.h"
#include "detect.h"

static const char *product_name(uint32_t product)
{
	switch (product) {
	case BACKDOOR_PRODUCT_ESX:
		return "ESX Server";
	case BACKDOOR_PRODUCT_WORKSTATION:
		return "Workstation";
	default:
		return "Unknown";
	}
}

int checkvm_main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "prod", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;
	bool prod = false;
	int opt;

	if (!detect()->vmware) {
		fprintf(stderr, "Error: %s must be run inside a virtual machine on a VMware "
				"hypervisor product.\n", name);
		return 1;
	}
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "ph", options, NULL)) != -1) {
		if (opt == 'h') {
			printf("Usage:\n  %s [OPTION...]\n\nHelp Options:\n"
			       "  -h, --help     show this\n\nApplication Options:\n"
			       "  -p, --prod     print which product this is a guest of\n", name);
			return 0;
		}
		if (opt != 'p') {
			fprintf(stderr, "%s: Unknown option %s\n", name, argv[optind - 1]);
			return 1;
		}
		prod = true;
	}
	if (prod)
		printf("%s\n", product_name(detect()->product));
	else
		printf("VMware software version %u (good)\n", detect()->version);
	return 0;
}
