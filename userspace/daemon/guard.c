// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guard, and how it comes by the descriptors. From its word that it is ready until it
 * has thawed it makes no other calls than poll() and those that thaw.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"
#include "log.h"

/* systemd is to start it within that time; nothing is frozen before it has. */
#define READY_MS 10000
/* It steps in so much later than those who should have thawed when the time is over, */
#define OVERDUE_MS 5000
/* and when one of them is gone: the other one is about to. */
#define GRACE_MS 2000

const char *guard_socket;

enum { SHARED, LEASH, FIRST, FDS_MAX = FIRST + FREEZE_MAX };
_Static_assert(FDS_MAX <= 253, "more than the kernel hands over at once");

union ancillary {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = -errno;
	log_error("%s: %s; is vmguestd-guard.socket started?", path, strerror(-error));
	close(fd);
	return error;
}

/* Not a child of ours, which is nobody's to wait for, and nothing of ours is open in it. */
static _Noreturn void detached(const struct freeze_ops *ops, int guard)
{
	if (setsid() < 0 || fork() || dup2(guard, STDERR_FILENO + 1) < 0)
		_exit(0);
	close_range(STDERR_FILENO + 2, ~0u, 0);
	_exit(guard_serve(ops, STDERR_FILENO + 1));
}

int guard_start(const struct freeze_ops *ops)
{
	int link[2];
	pid_t pid;

	if (guard_socket)
		return connect_to(guard_socket);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	pid = fork();
	if (!pid)
		detached(ops, link[1]);
	close(link[1]);
	if (pid < 0) {
		close(link[0]);
		return -EAGAIN;
	}
	waitpid(pid, NULL, 0);
	return link[0];
}

int guard_hand_over(const struct freeze *freeze, int guard, int leash, int link, uint32_t limit_ms)
{
	struct pollfd watched[] = { { guard, POLLIN, 0 }, { link, POLLIN, 0 } };
	union ancillary ancillary = { 0 };
	struct iovec text = { &limit_ms, sizeof(limit_ms) };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = CMSG_SPACE((FIRST + freeze->count) * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int *fds = (int *)CMSG_DATA(header);
	char ready;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((FIRST + freeze->count) * sizeof(int));
	fds[SHARED] = freeze->memory;
	fds[LEASH] = leash;
	memcpy(&fds[FIRST], freeze->fd, freeze->count * sizeof(int));
	if (sendmsg(guard, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	if (!poll(watched, 2, READY_MS))
		return -ETIME;
	if (watched[1].revents)
		return -ECANCELED;
	return recv(guard, &ready, 1, MSG_DONTWAIT) == 1 ? 0 : -ECHILD;
}

/* Takes over what guard_hand_over() sends; the descriptor of the leash, or -1. */
static int take(struct freeze *freeze, int guard, uint32_t *limit_ms)
{
	union ancillary ancillary;
	struct iovec text = { limit_ms, sizeof(*limit_ms) };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	ssize_t n = recvmsg(guard, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const int *fds;
	size_t count;

	/* Some of them, where we may have no more open, are not what it is to hold. */
	if (n != sizeof(*limit_ms) || !header || header->cmsg_type != SCM_RIGHTS ||
	    (message.msg_flags & MSG_CTRUNC))
		return -1;
	fds = (const int *)CMSG_DATA(header);
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count <= FIRST || count > FDS_MAX)
		return -1;
	freeze->count = count - FIRST;
	memcpy(freeze->fd, &fds[FIRST], freeze->count * sizeof(int));
	freeze->shared = mmap(NULL, sizeof(*freeze->shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			      fds[SHARED], 0);
	return freeze->shared == MAP_FAILED ? -1 : fds[LEASH];
}

int guard_serve(const struct freeze_ops *ops, int guard)
{
	static struct freeze freeze;
	uint32_t limit_ms;
	struct pollfd watched[] = { { guard, POLLIN, 0 }, { .events = POLLIN } };
	unsigned int count;

	freeze.ops = ops;
	watched[1].fd = take(&freeze, guard, &limit_ms);
	if (watched[1].fd < 0) {
		log_error("the guard was not told what to hold");
		return EXIT_FAILURE;
	}
	if (mlockall(MCL_CURRENT))
		log_warning("the guard's memory cannot be locked: %s", strerror(errno));
	if (send(guard, "", 1, MSG_NOSIGNAL) < 0)
		return EXIT_FAILURE;	/* gone, and nothing is frozen */
	poll(watched, 2, (int)limit_ms + OVERDUE_MS);
	for (int i = 0; i < 2; i++)
		if (!watched[i].revents)
			poll(&watched[i], 1, GRACE_MS);
	count = freeze_thaw(&freeze);
	/* A call that freezes comes to its end, and only then does a process that was killed. */
	while (!watched[0].revents)
		poll(watched, 1, -1);
	count += freeze_thaw(&freeze);
	if (count)
		log_warning("%u file systems were thawed by the guard: who was to do it is dead or stuck",
			    count);
	return EXIT_SUCCESS;
}
