// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Freezing in the reverse order of mounting, thawing in the order of mounting. Between
 * the first freeze and the last thaw nothing here allocates memory, logs or opens a file;
 * the child has all its pages locked.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "files.h"
#include "guard.h"
#include "log.h"
#include "opener.h"
#include "system.h"

/* What the child says when it has frozen all, when it gave up, and when the time was over. */
#define SAYS_FROZEN 'F'
#define SAYS_FAILED 'E'
#define SAYS_TIME_OVER 'T'

/* The broker waits so long for who thaws, */
#define THAW_MS 2000
/* and so long for what it finds frozen when it starts. */
#define RECOVER_MS 5000

/* The directory itself must be the mount that was chosen: another may cover it by now. */
static int system_open(const struct mount *mount)
{
	struct statx stx;
	int error = 0;
	int fd;

	fd = open(mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &stx))
		error = -errno;
	else if (!(stx.stx_mask & STATX_MNT_ID) || stx.stx_mnt_id != mount->id)
		error = -ENOENT;
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

static int system_freeze(int fd)
{
	if (!system_allowed())
		return -EPERM;
	return ioctl(fd, FIFREEZE, 0) ? -errno : 0;
}

static int system_thaw(int fd)
{
	if (!system_allowed())
		return -EPERM;
	return ioctl(fd, FITHAW, 0) ? -errno : 0;
}

const struct freeze_ops freeze_system = { system_open, system_freeze, system_thaw };

/*
 * One that is being frozen cannot be thawed before that has come to its end, which may have
 * to wait for this call: it stays for whoever sees the end.
 */
static bool thaw_one(struct freeze *freeze, size_t i)
{
	uint32_t *state = &freeze->shared->state[i];
	int error;

	/* Should it never come back from there, others go on with the rest. */
	if (*state == FREEZE_FROZEN)
		*state = FREEZE_THAWING;
	error = freeze->ops->thaw(freeze->fd[i]);
	if (!error || *state == FREEZE_THAWING)
		*state = FREEZE_OPEN;
	return !error;
}

static unsigned int thaw_those(struct freeze *freeze, enum freeze_state state)
{
	unsigned int count = 0;

	for (size_t i = 0; i < freeze->count; i++)
		if (freeze->shared->state[i] == state)
			count += thaw_one(freeze, i);
	return count;
}

/* What still is being frozen comes later, and last what somebody else may be stuck in. */
unsigned int freeze_thaw(struct freeze *freeze)
{
	unsigned int count = thaw_those(freeze, FREEZE_FROZEN);

	count += thaw_those(freeze, FREEZE_FREEZING);
	return count + thaw_those(freeze, FREEZE_THAWING);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * A process that is stuck in the kernel may stay for long, and with it the ends of sockets and
 * the lock that others wait for, had it those open.
 */
static void close_others(const struct freeze *freeze, const int more[], size_t count)
{
	int keep[FREEZE_MAX + 4];
	unsigned int next = STDERR_FILENO + 1;

	memcpy(keep, more, count * sizeof(int));
	memcpy(keep + count, freeze->fd, freeze->count * sizeof(int));
	count += freeze->count;
	qsort(keep, count, sizeof(int), compare);
	for (size_t i = 0; i < count; i++) {
		if (keep[i] < (int)next)
			continue;
		if (keep[i] > (int)next)
			close_range(next, (unsigned int)keep[i] - 1, 0);
		next = (unsigned int)keep[i] + 1;
	}
	close_range(next, ~0u, 0);
}

/* For each, 0 to @count, in a process of its own; writes a byte of those that say yes. */
static _Noreturn void each_aside(struct freeze *freeze, size_t count, int link,
				 bool (*job)(struct freeze *freeze, size_t i))
{
	close_others(freeze, &link, 1);
	for (size_t i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid > 0)
			continue;
		if (job(freeze, i) && write(link, "", 1) < 0)
			_exit(1);
		if (!pid)
			_exit(0);
	}
	_exit(0);
}

/*
 * One that is stuck must hold up neither the others nor us. Returns how many have said yes
 * within @ms; @all: they all have come to an end by then.
 */
static unsigned int aside(struct freeze *freeze, size_t count, uint64_t ms, bool *all,
			  bool (*job)(struct freeze *freeze, size_t i))
{
	struct pollfd poller = { .events = POLLIN };
	uint64_t now, due = clock_ms(CLOCK_MONOTONIC) + ms;
	unsigned int yes = 0;
	int link[2], status;
	bool started;
	pid_t pid;
	char c;

	*all = false;
	if (pipe2(link, O_CLOEXEC))
		return 0;
	pid = fork();
	/* Nobody waits for those of one that has ended. */
	if (!pid) {
		pid = fork();
		if (!pid)
			each_aside(freeze, count, link[1], job);
		_exit(pid < 0);
	}
	close(link[1]);
	started = pid > 0 && waitpid(pid, &status, 0) == pid && !status;
	poller.fd = link[0];
	while (started && !*all && (now = clock_ms(CLOCK_MONOTONIC)) < due &&
	       poll(&poller, 1, (int)(due - now)) > 0) {
		*all = read(link[0], &c, 1) != 1;
		yes += !*all;
	}
	close(link[0]);
	return yes;
}

/* The two whose word, or end, makes the child thaw. */
struct others {
	int link, guard;
};

static bool called_off(const struct others *others, int timeout)
{
	struct pollfd watched[] = { { others->link, POLLIN, 0 }, { others->guard, POLLIN, 0 } };

	return poll(watched, 2, timeout) != 0;
}

static int freeze_all(struct freeze *freeze, const struct others *others, bool ignore_frozen)
{
	struct freeze_shared *shared = freeze->shared;

	for (size_t i = freeze->count; i-- > 0;) {
		int error;

		if (called_off(others, 0))
			return -ECANCELED;
		shared->failed = (uint32_t)i;
		shared->state[i] = FREEZE_FREEZING;
		error = freeze->ops->freeze(freeze->fd[i]);
		switch (error) {
		case 0:
			shared->state[i] = FREEZE_FROZEN;
			break;
		case -EOPNOTSUPP:
		case -ENOTTY:
			shared->state[i] = FREEZE_UNABLE;
			break;
		case -EBUSY:
			shared->state[i] = FREEZE_FOREIGN;
			if (ignore_frozen)
				break;
			return error;
		default:
			shared->state[i] = FREEZE_OPEN;
			return error;
		}
	}
	for (size_t i = 0; i < freeze->count; i++)
		if (shared->state[i] == FREEZE_FROZEN)
			return 0;
	return -EOPNOTSUPP;
}

static void say(int link, char what)
{
	/* The broker may be gone; then there is nobody to tell. */
	if (send(link, &what, 1, MSG_NOSIGNAL) < 0)
		return;
}

static _Noreturn void child(struct freeze *freeze, const struct others *others, int leash,
			    uint32_t limit_ms, bool ignore_frozen)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	const int keep[] = { others->link, others->guard, leash, freeze->memory };
	uint64_t due, now;

	close_others(freeze, keep, sizeof(keep) / sizeof(keep[0]));
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	mlockall(MCL_CURRENT);	/* freezing does not depend on it */
	freeze->shared->error = guard_hand_over(freeze, others->guard, leash, others->link,
						limit_ms);
	close(leash);
	due = clock_ms(CLOCK_BOOTTIME) + limit_ms;
	if (!freeze->shared->error)
		freeze->shared->error = freeze_all(freeze, others, ignore_frozen);
	if (freeze->shared->error) {
		freeze_thaw(freeze);
		say(others->link, SAYS_FAILED);
		_exit(0);
	}
	say(others->link, SAYS_FROZEN);
	do
		now = clock_ms(CLOCK_BOOTTIME);
	while (now < due && !called_off(others, (int)(due - now)));
	freeze_thaw(freeze);
	/* The broker gave the word, and does not listen any more, or the guard is dead. */
	freeze->shared->error = -ECHILD;
	say(others->link, now < due ? SAYS_FAILED : SAYS_TIME_OVER);
	_exit(0);
}

/* In memory that can be handed to the guard. */
static int share(struct freeze *freeze)
{
	freeze->memory = memfd_create("vmguestd-freeze", MFD_CLOEXEC);
	if (freeze->memory < 0 || ftruncate(freeze->memory, sizeof(*freeze->shared)))
		return -errno;
	freeze->shared = mmap(NULL, sizeof(*freeze->shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			      freeze->memory, 0);
	if (freeze->shared == MAP_FAILED) {
		freeze->shared = NULL;
		return -ENOMEM;
	}
	freeze->shared->failed = FREEZE_MAX;
	return 0;
}

static void close_all(struct freeze *freeze)
{
	for (size_t i = 0; i < freeze->count; i++)
		close(freeze->fd[i]);
	if (freeze->shared)
		munmap(freeze->shared, sizeof(*freeze->shared));
	if (freeze->memory >= 0)
		close(freeze->memory);
	freeze->shared = NULL;
	freeze->count = 0;
}

/* Devices, one a line: their paths may be other ones when it is read. */
static int record_write(const struct freeze *freeze)
{
	char text[FREEZE_MAX * 24];
	size_t len = 0;

	for (size_t i = 0; i < freeze->count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u:%u\n",
					freeze->mount[i].major, freeze->mount[i].minor);
	return files_create(FREEZE_RECORD, text);
}

int freeze_start(struct freeze *freeze, const struct freeze_ops *ops, struct str mounts,
		 const char *exclude, uint32_t limit_ms, bool ignore_frozen)
{
	int link[2], leash[2];
	struct others others;
	int error;

	if (freeze->count || (freeze->child > 0 && !waitpid(freeze->child, NULL, WNOHANG)))
		return -EBUSY;
	*freeze = (struct freeze){
		.ops = ops, .link = -1, .leash = -1, .memory = -1, .opener = freeze->opener,
	};
	error = opener_run(freeze, mounts, exclude);
	if (error)
		return error;
	if (!freeze->count)
		return -EOPNOTSUPP;
	error = share(freeze);
	if (error)
		goto err_close;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link)) {
		error = -errno;
		goto err_close;
	}
	if (pipe2(leash, O_CLOEXEC)) {
		error = -errno;
		goto err_link;
	}
	others = (struct others){ link[1], guard_start(ops) };
	if (others.guard < 0) {
		error = others.guard;
		goto err_leash;
	}
	error = record_write(freeze);
	if (error)
		log_warning("%s: %s; should all of vmguestd be killed while disks are frozen, they stay so",
			    FREEZE_RECORD, strerror(-error));
	freeze->child = fork();
	if (freeze->child < 0) {
		error = -errno;
		freeze->child = 0;
		goto err_record;
	}
	if (!freeze->child)
		child(freeze, &others, leash[0], limit_ms, ignore_frozen);
	freeze->link = link[0];
	freeze->leash = leash[1];
	close(link[1]);
	close(leash[0]);
	close(others.guard);
	return 0;

err_record:
	files_remove(FREEZE_RECORD);
	close(others.guard);
err_leash:
	close(leash[0]);
	close(leash[1]);
err_link:
	close(link[0]);
	close(link[1]);
err_close:
	close_all(freeze);
	return error;
}

static bool held(struct freeze *freeze, size_t i)
{
	uint32_t state = freeze->shared->state[i];

	return state == FREEZE_FROZEN || state == FREEZE_THAWING || state == FREEZE_FREEZING;
}

static bool thaw_held(struct freeze *freeze, size_t i)
{
	return held(freeze, i) && thaw_one(freeze, i);
}

static unsigned int count_held(struct freeze *freeze)
{
	unsigned int count = 0;

	for (size_t i = 0; i < freeze->count; i++)
		count += held(freeze, i);
	return count;
}

unsigned int freeze_end(struct freeze *freeze)
{
	unsigned int before, left;
	bool gone = false, all = true;
	struct pollfd poller = { .fd = freeze->link, .events = POLLIN };
	char c;

	if (!freeze->count)
		return 0;
	before = count_held(freeze);
	/* The end of our side is the child's signal; what it says on the way does not matter. */
	shutdown(freeze->link, SHUT_WR);
	while (!gone && poll(&poller, 1, THAW_MS) > 0)
		gone = recv(freeze->link, &c, 1, 0) <= 0;
	if (!gone) {
		log_warning("a file system stands still; the others are thawed");
		kill(freeze->child, SIGKILL);
	}
	/* It is stuck, or was killed. */
	if (count_held(freeze))
		aside(freeze, freeze->count, THAW_MS, &all, thaw_held);
	left = count_held(freeze);
	if (waitpid(freeze->child, NULL, gone ? 0 : WNOHANG))
		freeze->child = 0;
	close(freeze->link);
	close(freeze->leash);
	freeze->link = -1;
	freeze->leash = -1;
	if (gone && all)
		files_remove(FREEZE_RECORD);
	close_all(freeze);
	return before > left ? before - left : 0;
}

int freeze_outcome(struct freeze *freeze)
{
	struct mount mount;
	struct buf text = { 0 };
	uint32_t failed;
	int error;
	char c;

	if (recv(freeze->link, &c, 1, MSG_DONTWAIT) != 1) {
		freeze_end(freeze);	/* the child was killed */
		return -ECHILD;
	}
	if (c == SAYS_FROZEN)
		return 0;
	error = c == SAYS_TIME_OVER ? 1 : freeze->shared->error;
	failed = freeze->shared->failed;
	if (error < 0 && error != -ECANCELED && failed == FREEZE_MAX)
		log_error("nothing is frozen without the guard: %s", strerror(-error));
	else if (error < 0 && failed < freeze->count &&
		 !files_read("/proc/self/mountinfo", &text, 1 << 20) &&
		 mountinfo_find(str_of(text.data, text.len), freeze->mount[failed].id, &mount))
		memcpy(freeze->failed_at, mount.point, sizeof(mount.point));
	buf_free(&text);
	freeze_end(freeze);
	return error;
}

/* What the processes that recover share. */
static struct {
	const struct freeze_ops *ops;
	struct str mounts;
	struct mount_ref device[FREEZE_MAX];
} record;

static bool recover_device(struct freeze *freeze, size_t i)
{
	const struct mount_ref *device = &record.device[i];
	struct str mounts = record.mounts;
	struct mount mount;
	int error = -ENOENT;

	(void)freeze;
	while (error && mountinfo_reach(&mounts, device, &mount)) {
		int fd = record.ops->open(&mount);

		if (fd < 0)
			continue;
		error = record.ops->thaw(fd);
		close(fd);
		if (error == -EINVAL)
			break;	/* it is not frozen */
	}
	return !error;
}

static size_t record_read(void)
{
	struct buf text = { 0 };
	size_t count = 0;
	struct str rest;

	if (!files_read(FREEZE_RECORD, &text, FREEZE_MAX * 24)) {
		rest = str_of(text.data, text.len);
		while (rest.len && count < FREEZE_MAX) {
			struct str minor = str_cut(&rest, '\n');
			struct str major = str_cut(&minor, ':');
			uint64_t a, b;

			if (str_u64(major, &a) && str_u64(minor, &b) && a <= UINT32_MAX &&
			    b <= UINT32_MAX)
				record.device[count++] = (struct mount_ref){
					.major = (unsigned int)a, .minor = (unsigned int)b
				};
		}
	}
	buf_free(&text);
	return count;
}

unsigned int freeze_recover(const struct freeze_ops *ops, struct str mounts)
{
	static struct freeze none;
	unsigned int thawed;
	size_t count = record_read();
	bool all;

	if (!count)
		return 0;
	record.ops = ops;
	record.mounts = mounts;
	thawed = aside(&none, count, RECOVER_MS, &all, recover_device);
	if (all)
		files_remove(FREEZE_RECORD);
	else
		log_warning("a file system that may have been left frozen does not answer");
	return thawed;
}
