// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Questions to the daemon: control.h.
 */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "ctl.h"
#include "json.h"

#define TIMEOUT_SEC 2

static int exchange(int fd, const char *request, struct buf *reply)
{
	struct iovec line[] = {
		{ (char *)request, strlen(request) }, { "\n", 1 },
	};
	struct msghdr message = { .msg_iov = line, .msg_iovlen = 2 };
	uint64_t start = clock_ms(CLOCK_MONOTONIC);
	char *to;
	ssize_t n;

	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	while (!reply->len || reply->data[reply->len - 1] != '\n') {
		to = buf_room(reply, 4096);
		if (!to || reply->len > CTL_REPLY_MAX)
			return -EPROTO;
		if (clock_ms(CLOCK_MONOTONIC) - start > TIMEOUT_SEC * 1000)
			return -EAGAIN;	/* a little now and then is no answer */
		n = recv(fd, to, 4096, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPROTO;
		reply->len += n;
		reply->data[reply->len] = '\0';
	}
	return 0;
}

static void explain(int error, const char *path, struct buf *reply)
{
	buf_clear(reply);
	if (error == -ENOENT || error == -ECONNREFUSED)
		buf_str(reply, "vmguestd is not running");
	else if (error == -EAGAIN)
		buf_str(reply, "vmguestd does not answer");
	else if (error == -EPROTO)
		buf_str(reply, "what vmguestd answers is not understood");
	else
		buf_printf(reply, "cannot ask vmguestd at %s: %s", path, strerror(-error));
}

int control_ask(const char *path, const char *request, struct buf *reply)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = TIMEOUT_SEC };
	int fd = -1, ret;

	buf_clear(reply);
	if (strlen(path) >= sizeof(address.sun_path)) {
		ret = -ENAMETOOLONG;
		goto out;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ret = fd < 0 ? -errno : 0;
	if (ret)
		goto out;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno :
	      exchange(fd, request, reply);
	if (!ret && json_parse(str_of(reply->data, reply->len)).type != JSON_OBJECT)
		ret = -EPROTO;
out:
	if (fd >= 0)
		close(fd);
	if (ret)
		explain(ret, path, reply);
	return ret;
}

int control_do(const char *request, struct buf *reply)
{
	struct buf error = { 0 };
	struct json_value answer;
	int ret = control_ask(CTL_PATH, request, reply);

	if (ret)
		return ret;
	answer = json_parse(str_of(reply->data, reply->len));
	if (json_is_true(json_get(answer, "ok")))
		return 0;
	if (!json_unquote(json_get(answer, "error"), &error))
		buf_str(&error, "vmguestd has refused, and does not say why");
	buf_free(reply);
	*reply = error;
	return -EIO;
}
