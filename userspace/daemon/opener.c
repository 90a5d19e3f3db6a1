// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The child says which file system it is going to open, and then hands over its
 * descriptor; its end is the end of them.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "opener.h"

#define OPEN_MS 5000	/* for each */
#define LISTED_MAX 1024	/* with those that are excluded */

/* What the child is about to open, what it has opened, or why it cannot. */
struct word {
	struct mount_ref ref;
	int error;
};

union ancillary {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void say(int link, const struct mount_ref *ref, int fd, int error)
{
	struct word word = { *ref, error };
	union ancillary ancillary = { 0 };
	struct iovec bytes = { &word, sizeof(word) };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = &ancillary;
		message.msg_controllen = sizeof(ancillary);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	if (sendmsg(link, &message, MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* Not that the file system is gone, or covered: it is there, and would be left out. */
static bool short_of_something(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* By the first of its mounts that is reached: what was mounted later may cover others. */
static int open_device(const struct freeze_ops *ops, int link, struct str mounts,
		       struct mount_ref *ref)
{
	struct str rest = mounts;
	struct mount mount;
	int fd = -ENOENT;

	while (fd < 0 && !short_of_something(fd) && mountinfo_reach(&rest, ref, &mount)) {
		if (mount_behind_remote(mounts, mount.point))
			continue;
		ref->id = mount.id;
		say(link, ref, -1, 0);
		fd = ops->open(&mount);
	}
	return fd;
}

static _Noreturn void child(const struct freeze_ops *ops, int link, struct str mounts,
			    struct mount_ref refs[], size_t count)
{
	/* It may be there for long: nothing of the broker's stays open in it. */
	if (dup2(link, STDERR_FILENO + 1) < 0)
		_exit(1);
	link = STDERR_FILENO + 1;
	close_range(STDERR_FILENO + 2, ~0u, 0);
	for (size_t i = 0; i < count; i++) {
		int fd = open_device(ops, link, mounts, &refs[i]);

		say(link, &refs[i], fd, fd < 0 ? fd : 0);
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

/* The next word of the child's: 1, 0 at the end, or -errno; @fd is -1 if there is none. */
static int take(int link, struct word *word, int *fd)
{
	struct pollfd poller = { .fd = link, .events = POLLIN };
	union ancillary ancillary;
	struct iovec bytes = { word, sizeof(*word) };
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	struct cmsghdr *header;
	int ready = poll(&poller, 1, OPEN_MS);
	ssize_t n;

	*fd = -1;
	if (ready <= 0)
		return ready ? -errno : -ETIME;
	n = recvmsg(link, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n ? -errno : 0;
	header = CMSG_FIRSTHDR(&message);
	if (header)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return message.msg_flags & MSG_CTRUNC ? -EMFILE : 1;
}

static int take_all(struct freeze *freeze, int link, struct str mounts)
{
	struct word word = { 0 };
	struct mount mount;
	int fd, ret;

	while ((ret = take(link, &word, &fd)) > 0) {
		if (fd >= 0) {
			freeze->mount[freeze->count] = word.ref;
			freeze->fd[freeze->count++] = fd;
		} else if (short_of_something(word.error)) {
			ret = word.error;
			break;
		} else if (word.error && mountinfo_find(mounts, word.ref.id, &mount)) {
			/* Gone, covered wherever it is mounted, a file that is mounted over another. */
			log_debug("%s is not frozen: %s", mount.point, strerror(-word.error));
		}
	}
	if (ret == -ETIME && mountinfo_find(mounts, word.ref.id, &mount))
		log_error("nothing is frozen: %s does not open within %d s", mount.point,
			  OPEN_MS / 1000);
	else if (ret)
		log_error("nothing is frozen: file systems cannot be opened: %s", strerror(-ret));
	return ret;
}

/* What is to be frozen, of what is mounted; how many, or -EMFILE if that are too many. */
static int choose(struct str mounts, const char *exclude, struct mount_ref refs[LISTED_MAX])
{
	size_t listed = mountinfo_list(mounts, mount_freezable, exclude, refs, LISTED_MAX);
	size_t count = 0;

	for (size_t i = 0; i < listed && i < LISTED_MAX; i++)
		if (!refs[i].excluded)
			refs[count++] = refs[i];
	if (listed <= LISTED_MAX && count <= FREEZE_MAX)
		return (int)count;
	log_error("nothing is frozen: %zu file systems are more than the %d that can be at once", listed,
		  FREEZE_MAX);
	return -EMFILE;
}

int opener_run(struct freeze *freeze, struct str mounts, const char *exclude)
{
	static struct mount_ref refs[LISTED_MAX];
	int link[2], error, count;

	if (freeze->opener > 0 && !waitpid(freeze->opener, NULL, WNOHANG))
		return -EBUSY;
	freeze->opener = 0;
	count = choose(mounts, exclude, refs);
	if (count < 0)
		return count;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	freeze->opener = fork();
	if (!freeze->opener)
		child(freeze->ops, link[1], mounts, refs, (size_t)count);
	close(link[1]);
	error = freeze->opener < 0 ? -EAGAIN : take_all(freeze, link[0], mounts);
	close(link[0]);
	if (freeze->opener > 0) {
		if (error)
			kill(freeze->opener, SIGKILL);
		/* One that does not die is looked for the next time. */
		if (waitpid(freeze->opener, NULL, error ? WNOHANG : 0) == freeze->opener)
			freeze->opener = 0;
	}
	while (error && freeze->count)
		close(freeze->fd[--freeze->count]);
	return error;
}
