// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The broker's loop: requests in, answers out, children in between for what takes
 * time. Whatever way it ends, and whatever way the worker ends, disks are thawed first.
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker_parts.h"
#include "files.h"
#include "log.h"

#define MOUNTS_MAX (4u << 20)	/* bytes of mountinfo */
#define STOP_MS 4000
#define GONE_MS 1000

void broker_tell(struct broker *broker, const struct broker_answer *answer)
{
	if (broker->client.fd < 0)
		return;
	if (send(broker->client.fd, answer, sizeof(*answer), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	log_warning("the worker does not take an answer: %s; it is cut off", strerror(errno));
	/* Seen in the loop, where a worker that is gone is seen. */
	shutdown(broker->client.fd, SHUT_RDWR);
}

void broker_tell_result(struct broker *broker, uint32_t op, uint32_t id, int result)
{
	struct broker_answer message = { .op = op, .id = id, .result = result };

	broker_tell(broker, &message);
}

/* One that hangs must not hold the end of a socket, or the lock, that others wait for. */
int broker_child(pid_t *pid, int keep)
{
	sigset_t none;
	pid_t child = fork();

	*pid = child < 0 ? 0 : child;
	if (child)
		return child < 0 ? -EAGAIN : 0;
	if (keep >= 0 && dup2(keep, BROKER_CHILD_FD) < 0)
		_exit(EXIT_FAILURE);
	close_range(keep >= 0 ? BROKER_CHILD_FD + 1 : BROKER_CHILD_FD, ~0u, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

void broker_kill(pid_t pid)
{
	if (pid > 0)
		kill(pid, SIGKILL);
}

int broker_mounts(struct buf *text)
{
	int error = files_read("/proc/self/mountinfo", text, MOUNTS_MAX);

	/* Users who may mount can make it that long; what comes behind would be left out. */
	if (error || text->len < MOUNTS_MAX)
		return error;
	log_warning("the table of mounts is longer than %u MB: disks are left alone",
		    MOUNTS_MAX >> 20);
	return -EFBIG;
}

static int start_power(struct broker *broker, const struct broker_request *request)
{
	int error;

	if (broker->power)
		return -EBUSY;
	error = broker_child(&broker->power, -1);
	if (error)
		return error;
	if (!broker->power)
		_exit(broker->ops->power(request->power) ? EXIT_FAILURE : EXIT_SUCCESS);
	broker->power_id = request->id;
	return 0;
}

/* Customization ------------------------------------------------------------------------ */

static int start_handover(struct broker *broker, const struct broker_request *request)
{
	int error;

	if (broker->writer || broker->freeze.count)
		return -EBUSY;
	error = broker_child(&broker->writer, -1);
	if (error)
		return error;
	if (!broker->writer)
		_exit(handover_write(&broker->handover, request->customize.raw));
	broker->handover_id = request->id;
	handover_forget(&broker->handover);
	return 0;
}

/* 1: the answer comes later */
static int customize(struct broker *broker, const struct broker_request *request)
{
	int error;

	switch ((enum broker_customize)request->customize.step) {
	case BROKER_CUSTOMIZE_BEGIN:
		handover_forget(&broker->handover);
		return 0;
	case BROKER_CUSTOMIZE_DATA:
		return handover_add(&broker->handover, (enum broker_file)request->customize.file,
				    str_of(request->customize.bytes, request->customize.len));
	default:
		error = start_handover(broker, request);
		return error ? error : 1;
	}
}

static bool reap(pid_t *pid, int *status)
{
	if (*pid <= 0 || waitpid(*pid, status, WNOHANG) != *pid)
		return false;
	*pid = 0;
	return true;
}

static void children(struct broker *broker)
{
	int status;

	if (reap(&broker->script, &status))
		broker_script_done(broker, status);
	if (reap(&broker->sync, &status))
		broker_sync_done(broker, WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO);
	if (reap(&broker->disks, &status) && broker->disk_answers.fd < 0)
		log_debug("a file system answers again");
	if (reap(&broker->power, &status) && broker->power_id)
		broker_tell_result(broker, BROKER_POWER, broker->power_id,
				   WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOEXEC);
	if (reap(&broker->writer, &status) && broker->handover_id)
		broker_tell_result(broker, BROKER_CUSTOMIZE, broker->handover_id,
			      WIFEXITED(status) ? WEXITSTATUS(status) : BROKER_NOT_WRITTEN);
	if (reap(&broker->worker, &status)) {
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			broker->stopping = true;
		if (!broker->stopping)
			log_error("the worker was ended by %s %d", WIFEXITED(status) ?
				  "itself, with status" : "signal", WIFEXITED(status) ?
				  WEXITSTATUS(status) : WTERMSIG(status));
		broker->loop.stop = true;
	}
}

/* Requests ----------------------------------------------------------------------------- */

static void reload(struct broker *broker)
{
	settings_load(&broker->settings);
	log_limit = broker->settings.log;
}

/* What the administrator has switched off is off for whoever has taken over the worker, too. */
static bool permitted(const struct settings *settings, const struct broker_request *request)
{
	switch ((enum broker_op)request->op) {
	case BROKER_FREEZE:
		return settings->freeze &&
		       (settings->ignore_frozen || !request->freeze.ignore_frozen);
	case BROKER_SCRIPT:
		return settings->backup_scripts || request->script != BROKER_SCRIPT_FREEZE;
	case BROKER_MANIFEST:
		return settings->manifest;
	case BROKER_STEP:
		return !settings->time_off;
	case BROKER_SLEW:	/* 0 ends one */
		return !settings->time_off || !request->slew;
	case BROKER_DISPLAY:
		return settings->display;
	case BROKER_ONLINE:
		return request->online.kind == BROKER_ONLINE_CPU ? settings->online_cpu :
								   settings->online_memory;
	case BROKER_RESCAN:
		return settings->rescan;
	case BROKER_CUSTOMIZE:
		return settings->customize;
	default:
		return true;
	}
}

static void handle(struct broker *broker, const struct broker_request *request)
{
	int result = 0;

	if (!permitted(&broker->settings, request)) {
		broker_tell_result(broker, request->op, request->id, -EPERM);
		return;
	}
	switch ((enum broker_op)request->op) {
	case BROKER_FREEZE:
		result = broker_freeze_start(broker, request);
		if (!result)
			return;	/* the answer comes when it is done */
		break;
	case BROKER_SCRIPT:
	case BROKER_MANIFEST:
		result = broker_script_start(broker, request);
		if (!result)
			return;
		break;
	case BROKER_SYNC:
		result = broker_sync_start(broker, request->id);
		if (!result)
			return;
		break;
	case BROKER_DISKS:
		result = broker_disks_start(broker, request->id);
		if (!result)
			return;
		break;
	case BROKER_THAW:
		/* One that is still freezing is called off, and answered as such. */
		if (broker->freeze_id)
			broker_tell_result(broker, BROKER_FREEZE, broker->freeze_id, -ECANCELED);
		broker->freeze_id = 0;
		result = (int)broker_thaw(broker);
		break;
	case BROKER_POWER:
		result = start_power(broker, request);
		if (!result)
			return;
		break;
	case BROKER_STEP:
		result = broker->ops->step(request->step.seconds, request->step.nanoseconds);
		break;
	case BROKER_SLEW:
		result = broker->ops->slew(request->slew);
		break;
	case BROKER_CLOCK:
		result = broker->ops->disciplined();
		break;
	case BROKER_DISPLAY:
		result = broker->ops->display(request->display.screen, request->display.count);
		break;
	case BROKER_ONLINE:
		result = broker->ops->online(request->online.kind, request->online.number);
		break;
	case BROKER_CUSTOMIZE:
		result = customize(broker, request);
		if (result > 0)
			return;
		break;
	case BROKER_RESCAN:
		/* Takes as long as the slowest target does, and so might the word to thaw. */
		result = broker->freeze.count ? -EBUSY : broker->ops->rescan(request->rescan);
		break;
	case BROKER_RELOAD:
		if (broker->freeze.count)
			result = -EBUSY;
		else
			reload(broker);
		break;
	default:
		return;	/* broker_check() lets nothing else through */
	}
	broker_tell_result(broker, request->op, request->id, result);
}

static void client_gone(struct broker *broker)
{
	int fd = broker->client.fd;

	if (fd < 0)
		return;
	loop_remove(&broker->loop, &broker->client);
	close(fd);
	broker_thaw(broker);
	broker_disks_done(broker, -EPIPE);
	broker_sync_done(broker, -EPIPE);
	handover_forget(&broker->handover);
	/* What the next one asks for has the same numbers again. */
	broker->freeze_id = 0;
	broker->script_id = 0;
	broker->power_id = 0;
	broker->handover_id = 0;
	broker_settle(broker);
	/* A worker that is our child has ended, or does so now; how, its status says. */
	if (broker->listener < 0 && broker->worker > 0)
		loop_timer(&broker->loop, &broker->stop, GONE_MS);
	else if (broker->listener < 0)
		broker->loop.stop = true;
}

static void client_ready(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct broker_request request;
	char extra[sizeof(request) + 1];
	ssize_t n = recv(broker->client.fd, extra, sizeof(extra), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_gone(broker);
		return;
	}
	if (!broker_check(extra, (size_t)n)) {
		/* Our own worker sends no such thing: somebody else speaks for it. */
		log_error("a request that there is none of came from the worker; it is cut off");
		client_gone(broker);
		return;
	}
	memcpy(&request, extra, sizeof(request));
	handle(broker, &request);
}

static void accept_ready(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(broker->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) ||
	    (peer.uid != broker->user && peer.uid != 0)) {
		log_warning("user %u may not ask for anything", (unsigned int)peer.uid);
		close(fd);
		return;
	}
	/* One worker at a time: a new one means that the old one is gone, seen or not. */
	client_gone(broker);
	if (loop_add(&broker->loop, &broker->client, fd, EPOLLIN))
		close(fd);	/* it comes again */
}

static void give_up(void *data)
{
	struct broker *broker = data;

	broker->loop.stop = true;
}

static void signal_ready(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct signalfd_siginfo info;

	(void)events;
	if (read(broker->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
		children(broker);
		break;
	case SIGHUP:
		if (!broker->freeze.count)
			reload(broker);
		broker_tell_result(broker, BROKER_RELOADED, 0, 0);
		break;
	default:
		if (broker->stopping || broker->client.fd < 0 || broker->listener >= 0)
			broker->loop.stop = true;
		/* Also if the worker was told as well, and has gone first. */
		broker->stopping = true;
		if (broker->loop.stop)
			break;
		broker_thaw(broker);
		broker_tell_result(broker, BROKER_STOP, 0, 0);
		loop_timer(&broker->loop, &broker->stop, STOP_MS);
	}
}

int broker_drop(void)
{
	static const uint32_t keep = 1u << CAP_SYS_ADMIN | 1u << CAP_SYS_TIME |
				     1u << CAP_DAC_READ_SEARCH;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	/*
	 * The bounding set stays: scripts are root's own and get back what root has. So do
	 * systemctl and shutdown.
	 */
	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].effective &= keep;
	data[0].permitted &= keep;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0 };
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int broker_run(struct broker *broker, int client, int listener)
{
	sigset_t handled;
	int error;
	int fd;

	error = loop_init(&broker->loop);
	if (error)
		return EXIT_FAILURE;
	broker->listener = listener;
	broker->accept = (struct loop_fd){ -1, accept_ready, broker };
	broker->client = (struct loop_fd){ -1, client_ready, broker };
	broker->signals = (struct loop_fd){ -1, signal_ready, broker };
	broker->stop = (struct loop_timer){ .fire = give_up, .data = broker };
	broker_freeze_init(broker);
	broker_disks_init(broker);

	sigemptyset(&handled);
	sigaddset(&handled, SIGCHLD);
	sigaddset(&handled, SIGHUP);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGQUIT);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd >= 0)
		error = loop_add(&broker->loop, &broker->signals, fd, EPOLLIN);
	if (fd >= 0 && !error && client >= 0)
		error = loop_add(&broker->loop, &broker->client, client, EPOLLIN);
	if (fd >= 0 && !error && listener >= 0)
		error = loop_add(&broker->loop, &broker->accept, listener, EPOLLIN);
	if (fd < 0 || error) {
		log_error("the broker cannot start: %s", strerror(fd < 0 ? errno : -error));
		return EXIT_FAILURE;
	}
	broker_take_over(broker);
	/* The worker may have died before its signal was waited for. */
	children(broker);
	error = loop_run(&broker->loop);
	broker_thaw(broker);
	loop_close(&broker->loop);
	close(fd);
	return broker->stopping || (listener >= 0 && !error) ? EXIT_SUCCESS : EXIT_FAILURE;
}
