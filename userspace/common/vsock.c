// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Connections over AF_VSOCK: conn.h. The frames are datamap.c's.
 *
 * The host takes whoever comes from a port below 1024 for the guest's root. It keeps a
 * pair of ports for a while after it was closed and resets whoever comes with it again:
 * so the search for a free port begins at random.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "datamap.h"

#define PORT_TCLO	975
#define PORT_RPCI	976
#define PRIVILEGED_MAX	1023
#define PRIVILEGED_FROM	512
#define RESETS_MAX	8
#define NOBUFS_MAX	5
#define BUFFER		(64u << 10)
/* A host that has not taken a message since is not there. */
#define SEND_MS		1000

static struct timeval milliseconds(unsigned int ms)
{
	return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

static int new_socket(unsigned int timeout_ms)
{
	struct timeval timeout = milliseconds(timeout_ms);
	unsigned long long size = BUFFER;
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* What an old kernel does not know it does without. */
	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof(size));
	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &timeout, sizeof(timeout));
	return fd;
}

/* One try: a connected socket, or the error, of which @bound tells where it was. */
static int try_port(unsigned int from, unsigned int to, unsigned int timeout_ms, bool *bound)
{
	struct sockaddr_vm local = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = from,
	};
	struct sockaddr_vm peer = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HYPERVISOR, .svm_port = to,
	};
	int fd = new_socket(timeout_ms);
	int error;

	*bound = false;
	if (fd < 0)
		return fd;
	if (!bind(fd, (struct sockaddr *)&local, sizeof(local))) {
		*bound = true;
		if (!connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
			return fd;
	}
	error = errno;
	close(fd);
	return -error;
}

static unsigned int any_privileged_port(void)
{
	unsigned int random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = getpid();
	return PRIVILEGED_FROM + random % (PRIVILEGED_MAX + 1 - PRIVILEGED_FROM);
}

static int connect_to(unsigned int port, enum conn_privilege privilege, unsigned int timeout_ms,
		      bool *privileged)
{
	unsigned int from = privilege == CONN_ANY ? VMADDR_PORT_ANY : any_privileged_port();
	unsigned int resets = 0, nobufs = 0;
	bool bound;
	int fd;

	for (;;) {
		fd = try_port(from, port, timeout_ms, &bound);
		*privileged = from <= PRIVILEGED_MAX;
		if (fd >= 0)
			return fd;
		if (fd == -EINTR)
			continue;
		if (fd == -ENOBUFS && ++nobufs < NOBUFS_MAX) {
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
			continue;
		}
		if (!*privileged)
			return -ENODEV;
		if (!bound && (fd == -EACCES || fd == -EPERM)) {
			if (privilege == CONN_ROOT)
				return -EACCES;
			from = VMADDR_PORT_ANY;
			continue;
		}
		if (!(bound ? fd == -ECONNRESET && ++resets < RESETS_MAX : fd == -EADDRINUSE) ||
		    from == 1)
			return -ENODEV;
		from--;
	}
}

/* False: it has taken longer than @ms since the first of these calls, which makes *@due. */
static bool wait_for(int fd, short what, unsigned int ms, uint64_t *due)
{
	uint64_t now = clock_ms(CLOCK_MONOTONIC);

	if (!*due)
		*due = now + ms;
	return now < *due && poll(&(struct pollfd){ .fd = fd, .events = what }, 1,
				  (int)(*due - now)) != 0;
}

static int vsock_send(struct conn *conn, const void *data, size_t len)
{
	struct datamap packet = {
		.type = len ? DATAMAP_DATA : DATAMAP_PING,
		.payload = str_of(data, len),
		.fast_close = conn->closing,
	};
	struct buf out = { 0 };
	uint64_t due = 0;
	size_t sent = 0;
	ssize_t n;
	int ret;

	datamap_add(&out, &packet);
	ret = out.error;
	while (!ret && sent < out.len) {
		n = send(conn->fd, out.data + sent, out.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			sent += n;
		else if (errno == EAGAIN)
			ret = wait_for(conn->fd, POLLOUT, SEND_MS, &due) ? 0 : -ETIMEDOUT;
		else if (errno != EINTR)
			ret = sent ? -errno : -ENOTCONN;
	}
	buf_free(&out);
	return ret;
}

/* 1: a message; 0: there is no whole one in what has arrived */
static int take(struct buf *pending, struct buf *message)
{
	struct datamap packet;
	ssize_t n;

	while ((n = datamap_parse(pending->data, pending->len, &packet)) > 0) {
		if (packet.type == DATAMAP_DATA)
			buf_add(message, packet.payload.at, packet.payload.len);
		buf_drop(pending, n);
		if (packet.type == DATAMAP_DATA)
			return message->error ? message->error : 1;
	}
	return n;
}

static int vsock_receive(struct conn *conn, struct buf *message)
{
	struct buf *pending = &conn->pending;
	int ret = take(pending, message);
	uint64_t due = 0;

	while (!ret) {
		/* A packet has a largest size, and with it what is pending. */
		char *to = buf_room(pending, 4096);
		ssize_t n;

		if (!to)
			return pending->error;
		n = recv(conn->fd, to, 4096, MSG_DONTWAIT);
		if (!n)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			pending->len += n;
			ret = take(pending, message);
		}
		/* A host that sends on and on is not listened to for ever. */
		if (ret || !conn->patience ||
		    !wait_for(conn->fd, POLLIN, conn->patience, &due))
			break;
	}
	return ret;
}

static void vsock_close(struct conn *conn)
{
	close(conn->fd);
	buf_free(&conn->pending);
}

static const struct conn_ops vsock_ops = {
	.name = "vsock",
	.send = vsock_send,
	.receive = vsock_receive,
	.close = vsock_close,
};

int conn_vsock(struct conn *conn, enum conn_purpose purpose, enum conn_privilege privilege,
	       unsigned int timeout_ms)
{
	bool privileged;
	int fd = connect_to(purpose == CONN_RPCI ? PORT_RPCI : PORT_TCLO, privilege, timeout_ms,
			    &privileged);

	if (fd < 0)
		return fd;
	*conn = (struct conn){
		.ops = &vsock_ops, .fd = fd, .privileged = privileged,
		.patience = purpose == CONN_RPCI ? timeout_ms : 0,
	};
	return 0;
}
