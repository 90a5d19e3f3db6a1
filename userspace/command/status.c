// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The snapshot of the system taken and shown: status, top, --metrics.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backdoor.h"
#include "detect.h"
#include "file.h"
#include "system.h"

static void name_hypervisor(struct system *system)
{
	static const char *const names[] = {
		[BACKDOOR_PRODUCT_EXPRESS] = "Express",
		[BACKDOOR_PRODUCT_ESX] = "ESXi",
		[BACKDOOR_PRODUCT_SERVER] = "Server",
		[BACKDOOR_PRODUCT_WORKSTATION] = "Workstation or Fusion",
	};
	uint32_t product = detect()->product;

	if (product < sizeof(names) / sizeof(names[0]) && names[product])
		snprintf(system->hypervisor, sizeof(system->hypervisor), "%s", names[product]);
}

struct options {
	const char *root;	/* NULL: this system */
	bool json;
	double delay;		/* seconds */
	unsigned long times;	/* 0: without end */
};

/* False: it was said what is wrong. */
static bool parse(int argc, char *argv[], const char *letters, struct options *options)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "root", required_argument, NULL, 'r' },
		{ "delay", required_argument, NULL, 'd' },
		{ "times", required_argument, NULL, 'n' },
		{ 0 },
	};
	char *end = NULL;
	int opt;

	*options = (struct options){ .delay = 2 };
	optind = 0;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (!strchr(letters, opt) || opt == '?')
			goto bad;
		if (opt == 'j')
			options->json = true;
		if (opt == 'r')
			options->root = optarg;
		if (opt == 'd')
			options->delay = strtod(optarg, &end);
		if (opt == 'n')
			options->times = strtoul(optarg, &end, 10);
		if ((end && (*end || end == optarg)) || options->delay < 0.1 ||
		    options->delay > 86400)
			goto bad;
	}
	if (optind == argc)
		return true;
bad:
	/* The one at fault: it was taken already, or is the first that is too many. */
	usage_unknown("argument", argv[optind == argc ? argc - 1 : optind],
		      argv[0][0] == '-' ? "" : argv[0]);
	return false;
}

static int take(struct system *system, const struct options *options)
{
	int ret = options->root ? 0 : host_check();

	if (ret)
		return ret;
	system_read(system, options->root ? options->root : "");
	if (!options->root)
		name_hypervisor(system);
	return 0;
}

int status_main(int argc, char *argv[])
{
	struct options options;
	struct buf out = { 0 };
	struct system system;
	int ret;

	if (!parse(argc, argv, "jr:", &options))
		return EX_USAGE;
	ret = take(&system, &options);
	if (ret)
		return ret;
	if (options.json)
		system_json(&system, &out);
	else
		system_text(&system, &out);
	fwrite(buf_text(&out), 1, out.len, stdout);
	ret = system.problem_count ? 1 : 0;
	buf_free(&out);
	system_free(&system);
	return ret;
}

/* Waits; false: the user has had enough. */
static bool pause_for(int signals, double seconds)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	return poll(&fd, 1, (int)(seconds * 1000)) <= 0;
}

int top_main(int argc, char *argv[])
{
	bool tty = isatty(STDOUT_FILENO);
	struct options options;
	struct system system;
	sigset_t mask;
	int signals, ret = 0;

	if (!parse(argc, argv, "r:d:n:", &options))
		return EX_USAGE;
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, SFD_CLOEXEC);
	for (unsigned long i = 0; !options.times || i < options.times; i++) {
		struct buf out = { 0 };

		if (i && !pause_for(signals, options.delay))
			break;
		ret = take(&system, &options);
		if (ret)
			break;
		if (tty)
			buf_str(&out, "\033[H\033[J");
		system_text(&system, &out);
		fwrite(buf_text(&out), 1, out.len, stdout);
		buf_free(&out);
		system_free(&system);
		if (fflush(stdout))
			break;
	}
	if (signals >= 0)
		close(signals);
	return ret;
}

int metrics_main(int argc, char *argv[])
{
	struct options options;
	struct buf out = { 0 };
	struct system system;
	const char *file = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
	int ret;

	if (file) {
		argv[1] = argv[0];
		argv++;
		argc--;
	}
	if (!parse(argc, argv, "r:", &options))
		return EX_USAGE;
	ret = take(&system, &options);
	if (ret)
		return ret;
	system_metrics(&system, &out);
	if (!file)
		fwrite(buf_text(&out), 1, out.len, stdout);
	else
		ret = file_replace(file, buf_text(&out), out.len, 0644);
	if (ret)
		fprintf(stderr, "%s: cannot write %s: %s\n", program, file, strerror(-ret));
	buf_free(&out);
	system_free(&system);
	return ret ? EX_CANTCREAT : 0;
}
