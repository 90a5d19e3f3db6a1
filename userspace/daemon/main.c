// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * vmguestd: options, and the start of its two processes. By itself it makes both; under
 * systemd each is a unit of its own, so that the worker's can be closed tighter than the
 * broker's, whose scripts belong to the administrator.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker.h"
#include "ctl.h"
#include "detect.h"
#include "files.h"
#include "guard.h"
#include "log.h"
#include "sandbox.h"
#include "services.h"
#include "system.h"

#define RUN "/run/vmguestd"
#define LOCK RUN "/lock"
#define BROKER_RUN "/run/vmguestd-broker"
#define BROKER_SOCKET BROKER_RUN "/socket"

static const char usage[] =
	"Usage: vmguestd [OPTION]\n"
	"The guest's side of VMware's hypervisor: heartbeat, guest information, power\n"
	"operations, time, quiesced snapshots. See vmguestd(8).\n"
	"\n"
	"Without an option both of its processes are started, in the foreground.\n"
	"  --worker        only the process that talks to the host, as whoever starts it\n"
	"  --broker        only the privileged one, on the socket that systemd hands over\n"
	"  --guard         only what thaws if the broker is killed, likewise\n"
	"  --thaw          thaw what was left frozen by one that was killed\n"
	"  --network       tell the host of the network once, where no worker does\n"
	"  --config FILE   read FILE in the place of " SETTINGS_TOOLS "\n"
	"  --check-config  read the configuration, say what is wrong with it\n"
	"  -v, --version   print the version\n"
	"  -h, --help      print this\n";

enum mode { BOTH, WORKER, BROKER, GUARD, THAW, NETWORK, CHECK };

static struct worker worker;
static struct broker broker;

static int fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(error));
	return EXIT_FAILURE;
}

static bool user_of(const struct settings *settings, uid_t *user, gid_t *group)
{
	struct passwd *entry = getpwnam(settings->user);

	if (!entry) {
		log_warning("there is no user %s; the worker runs as nobody", settings->user);
		entry = getpwnam("nobody");
	}
	*user = entry ? entry->pw_uid : 65534;
	*group = entry ? entry->pw_gid : 65534;
	if (*user)
		return true;
	log_error("[vmguestd] user is root, who may do what the worker must not; name another");
	return false;
}

/*
 * Two would fight for the host's commands. The descriptor stays open until the end. Whoever can
 * open the file can lock it, and would keep the next one of us from starting.
 */
static bool lock(void)
{
	int fd = open(LOCK, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		log_error("%s: %s", LOCK, strerror(errno));
		return false;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		log_error("vmguestd runs already (%s is locked)", LOCK);
		return false;
	}
	return true;
}

static bool in_vmware(void)
{
	const struct detect *host = detect();

	if (!host->vmware)
		fprintf(stderr, "vmguestd: this is no guest of VMware: %s\n", host->why);
	return host->vmware;
}

static void thaw_leftovers(void)
{
	struct buf mounts = { 0 };
	unsigned int count = 0;

	if (files_exist(FREEZE_RECORD) && !files_read("/proc/self/mountinfo", &mounts, 4 << 20))
		count = freeze_recover(&freeze_system, str_of(mounts.data, mounts.len));
	if (count)
		log_warning("%u file systems that were left frozen are thawed", count);
	buf_free(&mounts);
}

/* Coalesces our wakeups with those of others; tclo.c counts on no more. */
#define SLACK_NS 25000000ul
/* Lines a minute of each process. */
#define LOG_RATE 120

static int run_worker(int link, int control)
{
	int error = worker_init(&worker, link);

	if (error)
		return fail("the worker cannot start", -error);
	error = control_start(&worker, control);
	if (error)
		return fail("the control socket", -error);
	prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
	return 0;
}

static int confine(uid_t user, gid_t group, bool threaded)
{
	int error = sandbox_user(user, group);
	int thread = 0;

	/* Between the two: it has no privilege to start with, and after them nothing is started. */
	if (!error && threaded)
		thread = netlink_thread(&worker.info.netlink, &worker.loop, sandbox_calls);
	if (thread)
		log_warning("the network is read without a thread, which may delay the heartbeat: %s",
			    strerror(-thread));
	if (!error)
		error = sandbox_calls();
	if (error)
		return fail("privileges cannot be given up", -error);
	return 0;
}

static int worker_main(int link, int control, uid_t user, gid_t group)
{
	int status = run_worker(link, control);

	log_rate = LOG_RATE;
	if (!status)
		status = confine(user, group, true);
	if (!status)
		status = worker_run(&worker);
	worker_close(&worker);
	return status;
}

static int broker_main(int client, int listener)
{
	int error;

	system_allow();
	thaw_leftovers();
	broker.ops = &system_ops;
	log_rate = LOG_RATE;
	error = broker_drop();
	if (error)
		return fail("capabilities cannot be given up", -error);
	return broker_run(&broker, client, listener);
}

static int both(void)
{
	int link[2], control;
	uid_t user;
	gid_t group;

	if (geteuid()) {
		log_error("vmguestd is to be started by root; it gives up what it does not need");
		return EXIT_FAILURE;
	}
	settings_load(&broker.settings);
	worker.settings = broker.settings;
	log_limit = broker.settings.log;
	if (!user_of(&broker.settings, &user, &group))
		return EXIT_FAILURE;
	mkdir(RUN, 0755);
	mkdir(BROKER_RUN, 0700);
	if (!lock())
		return EXIT_FAILURE;
	control = control_listen();
	if (control < 0)
		return fail(CTL_PATH, -control);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return fail("the socket between the processes", errno);
	broker.user = user;
	broker.worker = fork();
	if (broker.worker < 0)
		return fail("the worker cannot be started", errno);
	if (!broker.worker) {
		close(link[0]);
		return worker_main(link[1], control, user, group);
	}
	close(link[1]);
	close(control);
	return broker_main(link[0], -1);
}

static int connect_broker(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = BROKER_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	log_error("%s: %s; is vmguestd-broker.socket started?", BROKER_SOCKET, strerror(errno));
	return -1;
}

static int only_worker(void)
{
	int link, control;

	if (!geteuid()) {
		log_error("--worker is for another user than root");
		return EXIT_FAILURE;
	}
	settings_load(&worker.settings);
	log_limit = worker.settings.log;
	if (!lock())
		return EXIT_FAILURE;
	control = control_listen();
	if (control < 0)
		return fail(CTL_PATH, -control);
	link = connect_broker();
	if (link < 0)
		return EXIT_FAILURE;
	return worker_main(link, control, geteuid(), getegid());
}

static bool handed_over(const char *option, const char *socket)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (pid && count && atoi(pid) == getpid() && !strcmp(count, "1"))
		return !fcntl(3, F_SETFD, FD_CLOEXEC);
	log_error("%s is for systemd to start, with the socket of %s", option, socket);
	return false;
}

static int only_broker(void)
{
	gid_t group;

	if (!handed_over("--broker", "vmguestd-broker.socket"))
		return EXIT_FAILURE;
	settings_load(&broker.settings);
	log_limit = broker.settings.log;
	if (!user_of(&broker.settings, &broker.user, &group))
		return EXIT_FAILURE;
	guard_socket = GUARD_SOCKET;
	return broker_main(-1, 3);
}

static int only_guard(void)
{
	if (!handed_over("--guard", "vmguestd-guard.socket"))
		return EXIT_FAILURE;
	system_allow();
	return guard_serve(&freeze_system, 3);
}

/* As vmware-toolbox-cmd does on systems in which nothing runs. */
static int tell_network(void)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	int error;

	settings_load(&worker.settings);
	log_limit = worker.settings.log;
	if (!user && !user_of(&worker.settings, &user, &group))
		return EXIT_FAILURE;
	error = loop_init(&worker.loop);
	if (error)
		return fail("the network cannot be told", -error);
	worker.rpc.privilege = CONN_ANY;
	error = confine(user, group, false);
	if (error)
		return error;
	error = guestinfo_update_network(&worker);
	rpc_close(&worker.rpc);
	return error ? fail("the host was not told of the network", -error) : EXIT_SUCCESS;
}

static int check(void)
{
	static struct settings settings;

	log_limit = LOG_WARNING;
	return settings_load(&settings) || log_warned ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool parse(int argc, char *argv[], enum mode *mode)
{
	static const struct option options[] = {
		{ "worker", no_argument, NULL, WORKER },
		{ "broker", no_argument, NULL, BROKER },
		{ "guard", no_argument, NULL, GUARD },
		{ "thaw", no_argument, NULL, THAW },
		{ "network", no_argument, NULL, NETWORK },
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, CHECK },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:vh", options, NULL)) >= 0) {
		switch (option) {
		case 'v':
			puts("vmguestd " VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case 'c':
			settings_tools = optarg;
			break;
		case '?':
			return false;
		default:
			*mode = (enum mode)option;
		}
	}
	return optind == argc;
}

int main(int argc, char *argv[])
{
	enum mode mode = BOTH;

	if (!parse(argc, argv, &mode)) {
		fputs(usage, stderr);
		return 2;
	}
	umask(022);
#ifdef M_ARENA_MAX
	/* The thread of netlink.c gets no heap of its own. */
	mallopt(M_ARENA_MAX, 1);
#endif
	/* Who reads our standard error may end before us. */
	signal(SIGPIPE, SIG_IGN);
	log_priorities(getenv("JOURNAL_STREAM"));
	if (mode == CHECK)
		return check();
	if (!in_vmware())
		return EXIT_FAILURE;
	switch (mode) {
	case WORKER:
		return only_worker();
	case BROKER:
		return only_broker();
	case GUARD:
		return only_guard();
	case THAW:
		system_allow();
		thaw_leftovers();
		return EXIT_SUCCESS;
	case NETWORK:
		return tell_network();
	default:
		return both();
	}
}
