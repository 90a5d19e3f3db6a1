// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Requests to the broker, and which of them still wait.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker_link.h"

static void finish(struct broker_link *link, size_t i, const struct broker_answer *answer)
{
	broker_done *done = link->pending[i].done;
	void *data = link->pending[i].data;

	if (!answer->more)
		link->pending[i].id = 0;
	if (done)
		done(data, answer);
}

static void gone(struct broker_link *link)
{
	struct broker_answer answer = { .result = -EPIPE };
	int fd = link->source.fd;

	if (fd < 0)
		return;
	loop_remove(link->loop, &link->source);
	close(fd);
	for (size_t i = 0; i < BROKER_PENDING; i++) {
		if (!link->pending[i].id)
			continue;
		answer.op = link->pending[i].op;
		answer.id = link->pending[i].id;
		finish(link, i, &answer);
	}
	answer.op = 0;
	answer.id = 0;
	link->event(link->data, &answer);
}

static void ready(void *data, uint32_t events)
{
	struct broker_link *link = data;
	struct broker_answer answer;
	ssize_t n = recv(link->source.fd, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(answer)) {
		gone(link);
		return;
	}
	if (!answer.id) {
		link->event(link->data, &answer);
		return;
	}
	for (size_t i = 0; i < BROKER_PENDING; i++) {
		if (link->pending[i].id == answer.id) {
			finish(link, i, &answer);
			return;
		}
	}
}

int broker_link_start(struct broker_link *link, struct loop *loop, int fd, broker_done *event,
		      void *data)
{
	*link = (struct broker_link){
		.loop = loop,
		.source = { -1, ready, link },
		.next_id = 1,
		.event = event,
		.data = data,
	};
	return loop_add(loop, &link->source, fd, EPOLLIN);
}

void broker_link_stop(struct broker_link *link)
{
	int fd = link->source.fd;

	if (fd < 0)
		return;
	loop_remove(link->loop, &link->source);
	close(fd);
}

int broker_ask(struct broker_link *link, struct broker_request *request, broker_done *done,
	       void *data)
{
	size_t i = 0;

	if (link->source.fd < 0)
		return -EPIPE;
	while (i < BROKER_PENDING && link->pending[i].id)
		i++;
	if (i == BROKER_PENDING)
		return -EBUSY;
	request->id = link->next_id++;
	if (!link->next_id)
		link->next_id = 1;
	if (send(link->source.fd, request, sizeof(*request), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno == EAGAIN ? -EBUSY : -EPIPE;
	link->pending[i].id = request->id;
	link->pending[i].op = request->op;
	link->pending[i].done = done;
	link->pending[i].data = data;
	return 0;
}
