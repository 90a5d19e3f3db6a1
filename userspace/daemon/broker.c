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
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "files.h"
#include "log.h"
#include "manifest.h"
#include "scripts.h"

/* Should all be killed between the scripts before a snapshot and those after it. */
#define OWED_RECORD "/run/vmguestd-broker/scripts"

#define MOUNTS_MAX (4u << 20)	/* bytes of mountinfo */
#define DISKS_MAX 128
#define DISKS_MS 5000
#define STOP_MS 4000
#define GONE_MS 1000
/* The child thaws by itself; this much later, which its guard takes to start, it is not waited for. */
#define OVERDUE_MS 15000

static void answer(struct broker *broker, const struct broker_answer *answer)
{
	if (broker->client.fd < 0)
		return;
	if (send(broker->client.fd, answer, sizeof(*answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_warning("an answer to the worker is lost: %s", strerror(errno));
}

static void answer_result(struct broker *broker, uint32_t op, uint32_t id, int result)
{
	struct broker_answer message = { .op = op, .id = id, .result = result };

	answer(broker, &message);
}

/* Children start with what they need of us and nothing else that is open. */
static pid_t child_start(struct broker *broker)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (broker->client.fd >= 0)
		close(broker->client.fd);
	if (broker->listener >= 0)
		close(broker->listener);
	/* Our ends of it are open for as long as we live, and no longer. */
	if (broker->freeze.count) {
		close(broker->freeze.link);
		close(broker->freeze.leash);
	}
	return 0;
}

static int read_mounts(struct buf *text)
{
	return files_read("/proc/self/mountinfo", text, MOUNTS_MAX);
}

/* Freezing ------------------------------------------------------------------------- */

static unsigned int thaw(struct broker *broker)
{
	unsigned int count;

	if (!broker->freeze.count)
		return 0;
	loop_cancel(&broker->loop, &broker->overdue);
	loop_remove(&broker->loop, &broker->frozen);
	count = freeze_end(&broker->freeze);
	log_release();
	return count;
}

static void frozen(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct broker_answer message = { .op = BROKER_FREEZE, .id = broker->freeze_id };
	uint32_t count = (uint32_t)broker->freeze.count;

	(void)events;
	/* freeze_outcome() closes the descriptor unless all went well. */
	loop_remove(&broker->loop, &broker->frozen);
	message.result = freeze_outcome(&broker->freeze);
	message.freeze.count = count;
	if (!message.result) {
		loop_add(&broker->loop, &broker->frozen, broker->freeze.link, EPOLLIN);
	} else {
		loop_cancel(&broker->loop, &broker->overdue);
		log_release();
	}
	if (!broker->freeze_id) {
		message.op = BROKER_THAWED;
		log_warning("disks were thawed without being told to: %s", message.result > 0 ?
			    "the time was over" : "a process that held them was killed");
	} else if (message.result < 0) {
		memcpy(message.freeze.point, broker->freeze.failed_at,
		       sizeof(message.freeze.point));
	}
	broker->freeze_id = 0;
	answer(broker, &message);
}

static void overdue(void *data)
{
	struct broker *broker = data;

	log_warning("disks are thawed: the process that was to do it is stuck");
	thaw(broker);
	answer_result(broker, broker->freeze_id ? BROKER_FREEZE : BROKER_THAWED, broker->freeze_id,
		      -ETIME);
	broker->freeze_id = 0;
}

static int start_freeze(struct broker *broker, const struct broker_request *request)
{
	struct buf mounts = { 0 };
	int error;

	if (broker->script || broker->freeze.count)
		return -EBUSY;
	error = read_mounts(&mounts);
	if (!error) {
		log_hold();
		error = freeze_start(&broker->freeze, broker->ops->freeze,
				     str_of(mounts.data, mounts.len),
				     broker->settings.exclude_fs, request->freeze.limit,
				     request->freeze.ignore_frozen);
	}
	buf_free(&mounts);
	if (error) {
		log_release();
		return error;
	}
	broker->freeze_id = request->id;
	loop_add(&broker->loop, &broker->frozen, broker->freeze.link, EPOLLIN);
	loop_timer(&broker->loop, &broker->overdue, request->freeze.limit + OVERDUE_MS);
	return 0;
}

/* Disks ------------------------------------------------------------------------------ */

/* In a child: a file system whose device has died may never answer. */
static _Noreturn void measure(int to)
{
	struct mount_ref refs[DISKS_MAX];
	struct buf text = { 0 };
	size_t count = 0;
	struct str mounts;

	if (read_mounts(&text))
		_exit(1);
	mounts = str_of(text.data, text.len);
	count = mountinfo_list(mounts, mount_reported, NULL, refs, DISKS_MAX);
	for (size_t i = 0; i < count && i < DISKS_MAX; i++) {
		struct broker_answer message = { .op = BROKER_DISKS, .more = 1 };
		struct statvfs st;
		struct mount mount;

		if (!mountinfo_find(mounts, refs[i].id, &mount) || statvfs(mount.point, &st))
			continue;
		message.disk.size = (uint64_t)st.f_blocks * st.f_frsize;
		message.disk.free = (uint64_t)st.f_bfree * st.f_frsize;
		message.disk.available = (uint64_t)st.f_bavail * st.f_frsize;
		message.disk.major = mount.major;
		message.disk.minor = mount.minor;
		memcpy(message.disk.type, mount.type, sizeof(message.disk.type));
		memcpy(message.disk.point, mount.point, sizeof(message.disk.point));
		if (send(to, &message, sizeof(message), MSG_NOSIGNAL) < 0)
			_exit(1);
	}
	_exit(0);
}

static void disks_done(struct broker *broker, int result)
{
	if (!broker->disks_id)
		return;
	loop_cancel(&broker->loop, &broker->disk_deadline);
	if (broker->disk_answers.fd >= 0) {
		int fd = broker->disk_answers.fd;

		loop_remove(&broker->loop, &broker->disk_answers);
		close(fd);
	}
	answer_result(broker, BROKER_DISKS, broker->disks_id, result);
	broker->disks_id = 0;
}

static void disk_ready(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct broker_answer message;
	ssize_t n = recv(broker->disk_answers.fd, &message, sizeof(message), MSG_DONTWAIT);

	(void)events;
	if (n == sizeof(message)) {
		message.id = broker->disks_id;
		answer(broker, &message);
	} else if (n >= 0) {
		disks_done(broker, 0);
	}
}

static void disks_late(void *data)
{
	struct broker *broker = data;

	log_warning("a file system does not say how large it is within %d s", DISKS_MS / 1000);
	/* It may not die before the file system answers; until then no other is started. */
	kill(broker->disks, SIGKILL);
	disks_done(broker, -ETIME);
}

static int start_disks(struct broker *broker, uint32_t id)
{
	int link[2];

	if (broker->disks || broker->freeze.count)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	broker->disks = child_start(broker);
	if (!broker->disks)
		measure(link[1]);
	close(link[1]);
	if (broker->disks < 0) {
		broker->disks = 0;
		close(link[0]);
		return -EAGAIN;
	}
	broker->disks_id = id;
	loop_add(&broker->loop, &broker->disk_answers, link[0], EPOLLIN);
	loop_timer(&broker->loop, &broker->disk_deadline, DISKS_MS);
	return 0;
}

/* Not sync(), which also waits for servers that may be gone. */
static _Noreturn void sync_local(const struct system_ops *ops)
{
	struct mount_ref refs[DISKS_MAX];
	struct buf text = { 0 };
	struct mount mount;
	struct str mounts;
	int error = 0;
	size_t count;

	if (read_mounts(&text))
		_exit(1);
	mounts = str_of(text.data, text.len);
	count = mountinfo_list(mounts, mount_local, NULL, refs, DISKS_MAX);
	for (size_t i = 0; i < count && i < DISKS_MAX; i++) {
		if (!mountinfo_find(mounts, refs[i].id, &mount))
			continue;
		error = ops->sync(mount.point);
		if (error) {
			log_warning("%s cannot be written out: %s", mount.point, strerror(-error));
			break;
		}
	}
	_exit(error ? 1 : 0);
}

static void sync_done(struct broker *broker, int result)
{
	if (!broker->sync_id)
		return;
	loop_cancel(&broker->loop, &broker->sync_deadline);
	answer_result(broker, BROKER_SYNC, broker->sync_id, result);
	broker->sync_id = 0;
}

static void sync_late(void *data)
{
	struct broker *broker = data;

	log_warning("file systems are not written out within %u s", broker->settings.freeze_limit);
	kill(broker->sync, SIGKILL);
	sync_done(broker, -ETIME);
}

static int start_sync(struct broker *broker, uint32_t id)
{
	if (broker->sync || broker->freeze.count)
		return -EBUSY;
	broker->sync = child_start(broker);
	if (broker->sync < 0) {
		broker->sync = 0;
		return -EAGAIN;
	}
	if (!broker->sync)
		sync_local(broker->ops);
	broker->sync_id = id;
	loop_timer(&broker->loop, &broker->sync_deadline, broker->settings.freeze_limit * 1000ull);
	return 0;
}

/* Scripts and power -------------------------------------------------------------------- */

static int manifest(const struct broker *broker)
{
	int error = manifest_write(&broker->settings);

	if (error)
		log_warning(MANIFEST " cannot be written: %s", strerror(-error));
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void owe(struct broker *broker, uint32_t script)
{
	int error = 0;

	broker->owed = script;
	if (script == BROKER_SCRIPTS)
		files_remove(OWED_RECORD);
	else
		error = files_create(OWED_RECORD, script == BROKER_SCRIPT_THAW ? "thaw" : "freezeFail");
	if (error)
		log_warning(OWED_RECORD ": %s", strerror(-error));
}

static int start_script(struct broker *broker, const struct broker_request *request)
{
	int status;

	if (broker->script || broker->freeze.count)
		return -EBUSY;
	broker->script_which = request->op == BROKER_SCRIPT ? request->script : BROKER_SCRIPTS;
	if (broker->script_which == BROKER_SCRIPT_FREEZE)
		owe(broker, BROKER_SCRIPT_FREEZE_FAIL);
	broker->script = child_start(broker);
	if (broker->script < 0) {
		broker->script = 0;
		return -EAGAIN;
	}
	if (!broker->script && request->op == BROKER_MANIFEST)
		_exit(manifest(broker));
	if (!broker->script) {
		status = scripts_run(&broker->settings, request->script);
		/* Here as well: the broker may have ended meanwhile. */
		if (request->script == BROKER_SCRIPT_FREEZE_FAIL ||
		    request->script == BROKER_SCRIPT_THAW)
			files_remove(OWED_RECORD);
		/* 0 to 255 is a script's, what is ours does not fit there. */
		_exit(status == -ETIME ? 124 : status < 0 ? 126 : status);
	}
	broker->script_id = request->id;
	broker->script_op = request->op;
	return 0;
}

/* Who asked is gone, and nobody else will tell the scripts that it is over. */
static void settle(struct broker *broker)
{
	struct broker_request request = { .op = BROKER_SCRIPT, .script = broker->owed };

	if (broker->owed == BROKER_SCRIPTS || broker->script)
		return;
	log_warning("scripts hear of the end of a snapshot that was cut off");
	start_script(broker, &request);
}

static void script_done(struct broker *broker, int status)
{
	int result = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;

	switch (broker->script_which) {
	case BROKER_SCRIPT_FREEZE:
		/* If one of them fails, those before it are told at once, by whom runs them. */
		if (result >= 0)
			owe(broker, result ? BROKER_SCRIPTS : BROKER_SCRIPT_THAW);
		break;
	case BROKER_SCRIPT_FREEZE_FAIL:
	case BROKER_SCRIPT_THAW:
		/* The process that ran them may have been killed; once more, and no more than that. */
		if (result >= 0 || !broker->script_id)
			owe(broker, BROKER_SCRIPTS);
		break;
	}
	if (broker->script_id)
		answer_result(broker, broker->script_op, broker->script_id, result);
	if (!broker->script_id || result < 0)
		settle(broker);
}

static int start_power(struct broker *broker, const struct broker_request *request)
{
	if (broker->power)
		return -EBUSY;
	broker->power = child_start(broker);
	if (broker->power < 0) {
		broker->power = 0;
		return -EAGAIN;
	}
	if (!broker->power)
		_exit(broker->ops->power(request->power) ? 1 : 0);
	return 0;
}

/* Customization ------------------------------------------------------------------------ */

static int start_handover(struct broker *broker, const struct broker_request *request)
{
	if (broker->writer || broker->freeze.count)
		return -EBUSY;
	broker->writer = child_start(broker);
	if (broker->writer < 0) {
		broker->writer = 0;
		return -EAGAIN;
	}
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
		return broker->settings.customize ? 0 : -EPERM;
	case BROKER_CUSTOMIZE_DATA:
		return handover_add(&broker->handover, (enum broker_file)request->customize.file,
				    str_of(request->customize.bytes, request->customize.len));
	default:
		error = broker->settings.customize ? start_handover(broker, request) : -EPERM;
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
		script_done(broker, status);
	if (reap(&broker->sync, &status))
		sync_done(broker, WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO);
	if (reap(&broker->disks, &status) && broker->disk_answers.fd < 0)
		log_debug("a file system answers again");
	reap(&broker->power, &status);
	if (reap(&broker->writer, &status) && broker->handover_id)
		answer_result(broker, BROKER_CUSTOMIZE, broker->handover_id,
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

static void handle(struct broker *broker, const struct broker_request *request)
{
	int result = 0;

	switch ((enum broker_op)request->op) {
	case BROKER_FREEZE:
		result = start_freeze(broker, request);
		if (!result)
			return;	/* the answer comes when it is done */
		break;
	case BROKER_SCRIPT:
	case BROKER_MANIFEST:
		result = start_script(broker, request);
		if (!result)
			return;
		break;
	case BROKER_SYNC:
		result = start_sync(broker, request->id);
		if (!result)
			return;
		break;
	case BROKER_DISKS:
		result = start_disks(broker, request->id);
		if (!result)
			return;
		break;
	case BROKER_THAW:
		/* One that is still freezing is called off, and answered as such. */
		if (broker->freeze_id)
			answer_result(broker, BROKER_FREEZE, broker->freeze_id, -ECANCELED);
		broker->freeze_id = 0;
		result = (int)thaw(broker);
		break;
	case BROKER_POWER:
		result = start_power(broker, request);
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
		result = broker->ops->rescan(request->rescan);
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
	answer_result(broker, request->op, request->id, result);
}

static void client_gone(struct broker *broker)
{
	int fd = broker->client.fd;

	if (fd < 0)
		return;
	loop_remove(&broker->loop, &broker->client);
	close(fd);
	thaw(broker);
	disks_done(broker, -EPIPE);
	sync_done(broker, -EPIPE);
	handover_forget(&broker->handover);
	/* What the next one asks for has the same numbers again. */
	broker->freeze_id = 0;
	broker->script_id = 0;
	broker->handover_id = 0;
	settle(broker);
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
	loop_add(&broker->loop, &broker->client, fd, EPOLLIN);
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
		answer_result(broker, BROKER_RELOADED, 0, 0);
		break;
	default:
		if (broker->stopping || broker->client.fd < 0 || broker->listener >= 0) {
			broker->loop.stop = true;
			break;
		}
		broker->stopping = true;
		thaw(broker);
		answer_result(broker, BROKER_STOP, 0, 0);
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

/* What one that was killed has left. */
static void take_over(struct broker *broker)
{
	struct buf text = { 0 };

	broker->owed = BROKER_SCRIPTS;
	if (!files_read(OWED_RECORD, &text, 16))
		broker->owed = !strcmp(buf_text(&text), "thaw") ? BROKER_SCRIPT_THAW :
			       BROKER_SCRIPT_FREEZE_FAIL;
	buf_free(&text);
	settle(broker);
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
	broker->frozen = (struct loop_fd){ -1, frozen, broker };
	broker->disk_answers = (struct loop_fd){ -1, disk_ready, broker };
	broker->stop = (struct loop_timer){ .fire = give_up, .data = broker };
	broker->overdue = (struct loop_timer){ .fire = overdue, .data = broker };
	broker->disk_deadline = (struct loop_timer){ .fire = disks_late, .data = broker };
	broker->sync_deadline = (struct loop_timer){ .fire = sync_late, .data = broker };

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
	take_over(broker);
	/* The worker may have died before its signal was waited for. */
	children(broker);
	error = loop_run(&broker->loop);
	thaw(broker);
	loop_close(&broker->loop);
	close(fd);
	return broker->stopping || (listener >= 0 && !error) ? EXIT_SUCCESS : EXIT_FAILURE;
}
