// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * NOTIFY_SOCKET, by hand: a datagram. A library for it would be the largest that we have.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "str.h"

void notify_open(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET"), *watchdog = getenv("WATCHDOG_USEC");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	uint64_t us;

	*notify = (struct notify){ .fd = -1 };
	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0)
		return;
	if (connect(notify->fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len))) {
		notify_close(notify);
		return;
	}
	if (watchdog && str_u64(str(watchdog), &us) && us >= 2000)
		notify->every = us / 2000;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

void notify_say(struct notify *notify, const char *text)
{
	if (notify->fd >= 0 && send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;		/* the supervisor is gone, or busy: the next word will do */
}

void notify_watchdog(struct notify *notify, uint64_t now_ms)
{
	if (!notify->every || now_ms < notify->next)
		return;
	notify->next = now_ms + notify->every;
	notify_say(notify, "WATCHDOG=1");
}
