// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The snapshot of the system taken and shown: status, top, --metrics.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backdoor.h"
#include "clock.h"
#include "detect.h"
#include "file.h"
#include "guestlib.h"
#include "rpc.h"
#include "screen.h"
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

/* The kernel's own driver does not tell its size to everybody; the host does. */
static void ask_balloon(struct balloon *balloon)
{
	struct buf reply = { 0 };
	struct guestlib info;

	if (host_ask(RPC_REPEAT, &reply, "guestlib.info.get 3") == 1 &&
	    guestlib_parse(str_of(buf_text(&reply), reply.len), &info) &&
	    info.valid[GUESTLIB_MEM_BALLOONED]) {
		balloon->size_bytes = info.value[GUESTLIB_MEM_BALLOONED] << 20;
		balloon->has_size = true;
	}
	buf_free(&reply);
}

struct options {
	const char *root;	/* NULL: this system */
	bool json;
	double delay;		/* seconds */
	uint64_t times;		/* 0: without end */
};

/* The word is taken; false if its argument is none for it. */
static bool take_option(int opt, struct options *options)
{
	char *end;

	switch (opt) {
	case 'j':
		options->json = true;
		return true;
	case 'r':
		options->root = optarg;
		return true;
	case 'd':
		options->delay = strtod(optarg, &end);
		return end != optarg && !*end && options->delay >= 0.1 && options->delay <= 86400;
	default:
		return str_u64(str(optarg), &options->times) && options->times;
	}
}

/* False: it was said what is wrong. @letters begins with ':'. */
static bool parse(int argc, char *argv[], const char *letters, struct options *options)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "root", required_argument, NULL, 'r' },
		{ "delay", required_argument, NULL, 'd' },
		{ "times", required_argument, NULL, 'n' },
		{ 0 },
	};
	const char *family = argv[0][0] == '-' ? "" : argv[0];
	const char *wrong = NULL;
	char letter[3] = "-";
	int opt;

	*options = (struct options){ .delay = 2 };
	optind = 0;
	opterr = 0;
	while (!wrong && (opt = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (opt == ':') {
			fprintf(stderr, "%s: Missing argument of '%s'\n", program, argv[argc - 1]);
			usage_try_help(family);
			return false;
		}
		letter[1] = optopt;
		if (opt == '?')
			wrong = optopt ? letter : argv[optind - 1];
		else if (!strchr(letters, opt))
			wrong = argv[optind - 1];
		else if (!take_option(opt, options))
			wrong = optarg;
	}
	if (!wrong && optind < argc)
		wrong = argv[optind];
	if (wrong)
		usage_unknown("argument", wrong, family);
	return !wrong;
}

/* An empty system is not a folder that is not there. */
static int check_root(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	fprintf(stderr, "%s: cannot read %s: %s\n", program, path, strerror(errno));
	return EX_NOINPUT;
}

static int take(struct system *system, const struct options *options)
{
	int ret = options->root ? check_root(options->root) : host_check();

	if (ret)
		return ret;
	system_read(system, options->root ? options->root : "");
	if (!options->root)
		name_hypervisor(system);
	if (!options->root && !system->balloon.has_size)
		ask_balloon(&system->balloon);
	return 0;
}

int status_main(int argc, char *argv[])
{
	struct options options;
	struct buf out = { 0 };
	struct system system;
	int ret;

	if (!parse(argc, argv, ":jr:", &options))
		return EX_USAGE;
	ret = take(&system, &options);
	if (ret)
		return ret;
	if (options.json)
		system_json(&system, &out);
	else
		system_text(&system, NULL, 0, &out);
	fwrite(buf_text(&out), 1, out.len, stdout);
	ret = system.problem_count ? 1 : 0;
	buf_free(&out);
	system_free(&system);
	return ret;
}

int top_main(int argc, char *argv[])
{
	struct options options;
	struct system systems[2];
	struct screen screen;
	uint64_t start = 0;
	int ret = 0;

	if (!parse(argc, argv, ":r:d:n:", &options))
		return EX_USAGE;
	screen_open(&screen);
	for (uint64_t i = 0; !options.times || i < options.times; i++) {
		struct system *now = &systems[i % 2], *before = i ? &systems[!(i % 2)] : NULL;
		struct buf out = { 0 };
		uint64_t then = start;

		if (i && !screen_wait(&screen, options.delay))
			break;
		start = clock_ms(CLOCK_BOOTTIME);
		ret = take(now, &options);
		if (ret)
			break;
		system_text(now, before, (start - then) / 1000.0, &out);
		system_free(now);
		ret = screen_show(&screen, str_of(buf_text(&out), out.len));
		buf_free(&out);
		if (ret)
			break;
	}
	screen_close(&screen);
	return ret < 0 ? EX_IOERR : ret;
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
	if (!parse(argc, argv, ":r:", &options))
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
		fprintf(stderr, "%s: cannot write %s: %s\n", program, file,
			ret == -EOPNOTSUPP ? "it is there and no file" : strerror(-ret));
	buf_free(&out);
	system_free(&system);
	return ret ? EX_CANTCREAT : 0;
}
