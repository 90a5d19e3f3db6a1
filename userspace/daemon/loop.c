// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The event loop. The timeout of epoll_wait() is the only timer in the kernel that it
 * uses: no descriptor to set and read for each. It runs on CLOCK_MONOTONIC, which stands
 * still while the VM is suspended, so that there is nothing to catch up afterwards.
 */
#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "loop.h"

static uint64_t monotonic(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int loop_init(struct loop *loop)
{
	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .clock = monotonic };
	return loop->epoll < 0 ? -errno : 0;
}

void loop_close(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	loop->epoll = -1;
}

int loop_add(struct loop *loop, struct loop_fd *source, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	source->fd = fd;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) {
		source->fd = -1;
		return -errno;
	}
	return 0;
}

void loop_remove(struct loop *loop, struct loop_fd *source)
{
	if (source->fd < 0)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	source->fd = -1;
}

void loop_cancel(struct loop *loop, struct loop_timer *timer)
{
	if (!timer->armed)
		return;
	for (struct loop_timer **at = &loop->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	timer->armed = false;
}

void loop_timer(struct loop *loop, struct loop_timer *timer, uint64_t ms)
{
	struct loop_timer **at = &loop->timers;

	loop_cancel(loop, timer);
	timer->due = loop_now(loop) + ms;
	while (*at && (*at)->due <= timer->due)
		at = &(*at)->next;
	timer->next = *at;
	timer->armed = true;
	*at = timer;
}

int loop_expire(struct loop *loop)
{
	uint64_t now = loop_now(loop);

	/* Those that a timer sets while it fires are for the next turn, even if due at once. */
	while (loop->timers && loop->timers->due <= now) {
		struct loop_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->armed = false;
		timer->fire(timer->data);
		if (loop_now(loop) != now)
			break;
	}
	if (!loop->timers)
		return -1;
	now = loop_now(loop);
	if (loop->timers->due <= now)
		return 0;
	if (loop->timers->due - now > INT_MAX)
		return INT_MAX;
	return (int)(loop->timers->due - now);
}

int loop_turn(struct loop *loop, int ms)
{
	struct epoll_event event;
	int timer = loop_expire(loop);
	int n;

	if (loop->stop)
		return 0;
	if (timer >= 0 && (ms < 0 || timer < ms))
		ms = timer;
	/* One at a time: a handler may free the source of an event that is fetched already. */
	n = epoll_wait(loop->epoll, &event, 1, ms);
	loop->turns += ms != 0;
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n > 0) {
		struct loop_fd *source = event.data.ptr;

		source->ready(source->data, event.events);
	}
	return 0;
}

int loop_run(struct loop *loop)
{
	while (!loop->stop) {
		int error = loop_turn(loop, -1);

		if (error)
			return error;
	}
	return 0;
}
