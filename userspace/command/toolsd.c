// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmtoolsd: one request to the host, or the version; or the service, which is vmguestd.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "detect.h"
#include "file.h"
#include "rpc.h"

static int complain(const char *what, const char *path, int error)
{
	fprintf(stderr, "%s: cannot %s %s: %s\n", program, what, path, strerror(error));
	return 1;
}

static int ask(struct str request)
{
	struct buf reply = { 0 };
	int ret = host_call(request, 0, &reply);

	host_print(&reply, ret < 1);
	buf_free(&reply);
	return ret < 1;
}

static int ask_file(const char *path)
{
	struct buf text = { 0 };
	int ret = file_read(path, &text, 1 << 16);

	if (ret) {
		fprintf(stderr, "Unable to read command from file %s.\n", path);
		return 1;
	}
	ret = ask(str_of(buf_text(&text), text.len));
	buf_free(&text);
	return ret;
}

/* Gives errno only if it cannot. */
static int exec_daemon(const char *config)
{
	char *argv[] = { "vmguestd", config ? "--config" : NULL, (char *)config, NULL };

	execv(DAEMON, argv);
	return errno;
}

/* In the background; the parent is done when the daemon runs and its number is written. */
static int start_daemon(const char *config, const char *pidfile)
{
	char text[16];
	int result[2], null, error = 0;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC))
		return complain("start", DAEMON, errno);
	pid = fork();
	if (pid < 0)
		return complain("start", DAEMON, errno);
	if (!pid) {
		setsid();
		null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		if (null > 2)
			close(null);
		error = exec_daemon(config);
		_exit(write(result[1], &error, sizeof(error)) != sizeof(error));
	}
	close(result[1]);
	if (read(result[0], &error, sizeof(error)) > 0)
		return complain("run", DAEMON, error);
	snprintf(text, sizeof(text), "%d\n", pid);
	error = file_replace(pidfile, text, strlen(text), 0644);
	if (!error)
		return 0;
	kill(pid, SIGTERM);
	return complain("write", pidfile, -error);
}

static int run_daemon(const char *config, const char *pidfile)
{
	if (pidfile)
		return start_daemon(config, pidfile);
	return complain("run", DAEMON, exec_daemon(config));
}

static void print_help(void)
{
	printf("Usage: vmtoolsd [OPTION...]\n"
	       "Without --cmd, --cmdfile and --version runs the service, vmguestd.\n\n"
	       "  --cmd REQUEST          send REQUEST to the host and print its reply\n"
	       "  --cmdfile FILE         the same with a request from FILE\n"
	       "  -b, --background FILE  the service in the background, its process number in FILE\n"
	       "  -c, --config FILE      the service's configuration\n"
	       "  -n, --name vmsvc       which service; there is no vmusr\n"
	       "  -v, --version          print the version of VMware Tools that this stands for\n"
	       "  -h, --help             show this\n\n"
	       "-p, -g, -l, --common-path, --blockFd and --uinputFd are accepted and ignored.\n");
}

enum { CMD = 256, CMDFILE, IGNORED };

int toolsd_main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "cmd", required_argument, NULL, CMD },
		{ "cmdfile", required_argument, NULL, CMDFILE },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "config", required_argument, NULL, 'c' },
		{ "name", required_argument, NULL, 'n' },
		{ "background", required_argument, NULL, 'b' },
		{ "plugin-path", required_argument, NULL, IGNORED },
		{ "common-path", required_argument, NULL, IGNORED },
		{ "debug", required_argument, NULL, IGNORED },
		{ "log", no_argument, NULL, IGNORED },
		{ "blockFd", required_argument, NULL, IGNORED },
		{ "uinputFd", required_argument, NULL, IGNORED },
		{ 0 },
	};
	const char *config = NULL, *pidfile = NULL, *cmd = NULL, *cmdfile = NULL;
	const char *service = "vmsvc";
	bool version = false;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":vhc:n:b:p:g:l", options, NULL)) != -1) {
		switch (opt) {
		case CMD:
			cmd = optarg;
			break;
		case CMDFILE:
			cmdfile = optarg;
			break;
		case 'v':
			version = true;
			break;
		case 'c':
			config = optarg;
			break;
		case 'n':
			service = optarg;
			break;
		case 'b':
			pidfile = optarg;
			break;
		case 'h':
			print_help();
			return 0;
		case '?':
		case ':':
			fprintf(stderr, "Command line parsing failed: %s %s\n",
				opt == ':' ? "Missing argument for" : "Unknown option",
				argv[optind - 1]);
			return 1;
		}
	}
	/* More than the original says: it is silent elsewhere. */
	if (version)
		printf("VMware Tools daemon, version %s\n", tools_version());
	if (!detect()->vmware)
		return 1;
	if (version)
		return 0;
	if (cmd)
		return ask(str(cmd));
	if (cmdfile)
		return ask_file(cmdfile);
	if (!strcmp(service, "vmsvc"))
		return run_daemon(config, pidfile);
	fprintf(stderr, "%s: there is no service '%s', only vmsvc\n", program, service);
	return 1;
}
