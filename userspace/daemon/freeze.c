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
static unsigned int thaw_those(struct freeze *freeze, enum freeze_state state)
{
	unsigned int count = 0;

	for (size_t i = 0; i < freeze->count; i++) {
		int error;

		if (freeze->shared->state[i] != state)
			continue;
		error = freeze->ops->thaw(freeze->fd[i]);
		if (!error)
			count++;
		if (!error || state == FREEZE_FROZEN)
			freeze->shared->state[i] = FREEZE_OPEN;
	}
	return count;
}

/* What still is being frozen comes last: thawing it may take as long as that does. */
unsigned int freeze_thaw(struct freeze *freeze)
{
	unsigned int count = thaw_those(freeze, FREEZE_FROZEN);

	return count + thaw_those(freeze, FREEZE_FREEZING);
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
	uint64_t due, now;

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

	if (freeze->count)
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
		goto err_record;
	}
	if (!freeze->child) {
		close(link[0]);
		close(leash[1]);
		child(freeze, &others, leash[0], limit_ms, ignore_frozen);
	}
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

/* Where the child is stuck, thawing or freezing, another one may be too, and we must not. */
static void thaw_aside(struct freeze *freeze)
{
	pid_t pid = fork();

	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (pid)
		return;
	/* Nobody waits for that one. */
	if (!fork())
		thaw_those(freeze, FREEZE_FROZEN);
	_exit(0);
}

unsigned int freeze_end(struct freeze *freeze)
{
	unsigned int count = 0, frozen = 0;
	bool gone = false;
	struct pollfd poller = { .fd = freeze->link, .events = POLLIN };
	char c;

	if (!freeze->count)
		return 0;
	for (size_t i = 0; i < freeze->count; i++)
		frozen += freeze->shared->state[i] == FREEZE_FROZEN;
	/* The end of our side is the child's signal; what it says on the way does not matter. */
	shutdown(freeze->link, SHUT_WR);
	while (!gone && poll(&poller, 1, 2000) > 0)
		gone = recv(freeze->link, &c, 1, 0) <= 0;
	if (gone) {
		count = freeze_thaw(freeze);
	} else {
		log_warning("a file system stands still; the others are thawed");
		kill(freeze->child, SIGKILL);
		thaw_aside(freeze);
	}
	waitpid(freeze->child, NULL, gone ? 0 : WNOHANG);
	close(freeze->link);
	close(freeze->leash);
	freeze->link = -1;
	freeze->leash = -1;
	if (gone)
		files_remove(FREEZE_RECORD);
	close_all(freeze);
	return count > frozen ? count : frozen;
}

int freeze_outcome(struct freeze *freeze)
{
	struct mount mount;
	struct buf text = { 0 };
	int error;
	char c;

	if (recv(freeze->link, &c, 1, MSG_DONTWAIT) != 1) {
		freeze_end(freeze);	/* the child was killed */
		return -ECHILD;
	}
	if (c == SAYS_FROZEN)
		return 0;
	error = c == SAYS_TIME_OVER ? 1 : freeze->shared->error;
	if (error < 0 && error != -ECANCELED && freeze->shared->failed == FREEZE_MAX)
		log_error("nothing is frozen without the guard: %s", strerror(-error));
	else if (error < 0 && !files_read("/proc/self/mountinfo", &text, 1 << 20) &&
	    mountinfo_find(str_of(text.data, text.len),
			   freeze->mount[freeze->shared->failed].id, &mount))
		memcpy(freeze->failed_at, mount.point, sizeof(mount.point));
	buf_free(&text);
	freeze_end(freeze);
	return error;
}

static unsigned int recover_device(const struct freeze_ops *ops, struct str mounts,
				   unsigned int major, unsigned int minor)
{
	struct mount mount;
	unsigned int count = 0;

	while (!count && mountinfo_next(&mounts, &mount)) {
		int fd;

		if (mount.major != major || mount.minor != minor || !mount_freezable(&mount))
			continue;
		fd = ops->open(&mount);
		if (fd < 0)
			continue;
		count = !ops->thaw(fd);
		close(fd);
		if (!count)
			break;	/* it is not frozen */
	}
	return count;
}

unsigned int freeze_recover(const struct freeze_ops *ops, struct str mounts)
{
	struct buf text = { 0 };
	unsigned int count = 0;
	struct str rest;

	if (files_read(FREEZE_RECORD, &text, FREEZE_MAX * 24)) {
		buf_free(&text);
		return 0;
	}
	rest = str_of(text.data, text.len);
	while (rest.len) {
		struct str minor = str_cut(&rest, '\n');
		struct str major = str_cut(&minor, ':');
		uint64_t a, b;

		if (str_u64(major, &a) && str_u64(minor, &b) && a <= UINT32_MAX && b <= UINT32_MAX)
			count += recover_device(ops, mounts, (unsigned int)a, (unsigned int)b);
	}
	buf_free(&text);
	files_remove(FREEZE_RECORD);
	return count;
}
