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

union ancillary {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void hand_over(int link, struct mount_ref *ref, int fd)
{
	union ancillary ancillary = { 0 };
	struct iovec bytes = { ref, sizeof(*ref) };
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

static _Noreturn void child(const struct freeze_ops *ops, int link, struct str mounts,
			    const char *exclude)
{
	struct mount_ref refs[FREEZE_MAX];
	size_t count;

	/* It may be there for long: nothing of the broker's stays open in it. */
	if (dup2(link, STDERR_FILENO + 1) < 0)
		_exit(1);
	link = STDERR_FILENO + 1;
	close_range(STDERR_FILENO + 2, ~0u, 0);
	count = mountinfo_list(mounts, mount_freezable, exclude, refs, FREEZE_MAX);
	if (count > FREEZE_MAX) {
		log_warning("%zu file systems to freeze, the first %d are taken", count, FREEZE_MAX);
		count = FREEZE_MAX;
	}
	for (size_t i = 0; i < count; i++) {
		struct mount mount;
		int fd;

		if (refs[i].excluded || !mountinfo_find(mounts, refs[i].id, &mount))
			continue;
		hand_over(link, &refs[i], -1);
		fd = ops->open(&mount);
		if (fd < 0) {	/* gone, covered, a file that is mounted over another */
			log_debug("%s is not frozen: %s", mount.point, strerror(-fd));
			continue;
		}
		hand_over(link, &refs[i], fd);
		close(fd);
	}
	_exit(0);
}

/* The next word of the child's: 1, 0 at the end, or -errno; @fd is -1 if there is none. */
static int take(int link, struct mount_ref *ref, int *fd)
{
	struct pollfd poller = { .fd = link, .events = POLLIN };
	union ancillary ancillary;
	struct iovec bytes = { ref, sizeof(*ref) };
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
	return 1;
}

static int take_all(struct freeze *freeze, int link, struct str mounts)
{
	struct mount_ref ref = { 0 };
	struct mount mount;
	int fd, ret;

	while ((ret = take(link, &ref, &fd)) > 0) {
		if (fd < 0)
			continue;
		freeze->mount[freeze->count] = ref;
		freeze->fd[freeze->count++] = fd;
	}
	if (ret == -ETIME && mountinfo_find(mounts, ref.id, &mount))
		log_error("nothing is frozen: %s does not open within %d s", mount.point,
			  OPEN_MS / 1000);
	return ret;
}

int opener_run(struct freeze *freeze, struct str mounts, const char *exclude)
{
	int link[2], error;

	if (freeze->opener > 0 && !waitpid(freeze->opener, NULL, WNOHANG))
		return -EBUSY;
	freeze->opener = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	freeze->opener = fork();
	if (!freeze->opener)
		child(freeze->ops, link[1], mounts, exclude);
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
