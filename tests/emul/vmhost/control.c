// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The control socket and its thread: it carries bytes between clients and client.c, and it
 * is the host's clock for limits. Nothing here blocks with the lock held.
 */
#include "services.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX	32
#define BACKLOG_MAX	(16u << 20)	/* of answers that a client does not read */

void vh_control_wake(struct vmhost *host)
{
	struct vh_control *control = &host->services->control;

	if (!control->running || control->woken)
		return;
	control->woken = true;
	eventfd_write(control->wake, 1);
}

/* Whether somebody listens there; what nobody listens to is a remainder. */
static bool in_use(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool used = !connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
		    errno == EAGAIN;

	close(fd);
	return used;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat info;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	if (!lstat(path, &info) && S_ISSOCK(info.st_mode)) {
		if (in_use(&address)) {
			errno = EADDRINUSE;
			return -1;
		}
		unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* Nobody can connect before listen(), so that the mode is right in time. */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || chmod(path, 0600) ||
	    listen(fd, CLIENTS_MAX)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static void drop_client(struct vmhost *host, struct vh_client *client)
{
	struct vh_control *control = &host->services->control;
	struct vh_client **link = &control->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	control->count--;
	vh_client_free(host, client);
}

static void accept_clients(struct vmhost *host)
{
	struct vh_control *control = &host->services->control;
	int fd;

	while ((fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		static const char full[] =
			"{\"ok\":false,\"error\":\"too many clients: let one of them go\"}\n";
		struct vh_client *client;

		if (control->count == CLIENTS_MAX) {
			(void)!send(fd, full, strlen(full), MSG_NOSIGNAL);
			close(fd);
			continue;
		}
		client = vh_client_new(fd);
		client->next = control->clients;
		control->clients = client;
		control->count++;
	}
}

/* Writes what the socket takes. False: the client has gone. */
static bool flush(struct vh_client *client)
{
	struct vh_buf *out = &client->out;

	while (client->written < out->len) {
		ssize_t n = send(client->fd, out->data + client->written,
				 out->len - client->written, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN && out->len - client->written < BACKLOG_MAX;
		client->written += n;
	}
	vh_buf_clear(out);
	client->written = 0;
	return !client->doomed && (!client->ended || client->requests || client->follows);
}

/* False: the client has gone. */
static bool receive(struct vmhost *host, struct vh_client *client)
{
	char data[65536];
	ssize_t n = recv(client->fd, data, sizeof(data), 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		client->ended = true;
	else if (!client->doomed)
		vh_client_input(host, client, data, n);
	return true;
}

static double serve(struct vmhost *host)
{
	struct vh_control *control = &host->services->control;
	double next = vh_services_tick(host);
	struct vh_client *client, *after;

	for (client = control->clients; client; client = after) {
		after = client->next;
		next = fmin(next, vh_client_pump(host, client));
		if (!flush(client))
			drop_client(host, client);
	}
	return next;
}

/* Fills what poll() shall look at. Both places of a client stay together. */
static nfds_t collect(struct vh_control *control, struct pollfd *polled,
		      struct vh_client **whose)
{
	nfds_t count = 0;

	polled[count++] = (struct pollfd){ .fd = control->wake, .events = POLLIN };
	polled[count++] = (struct pollfd){ .fd = control->listener, .events = POLLIN };
	for (struct vh_client *client = control->clients; client; client = client->next) {
		short events = client->ended ? 0 : POLLIN;

		if (client->written < client->out.len)
			events |= POLLOUT;
		whose[count] = client;
		polled[count++] = (struct pollfd){ .fd = client->fd, .events = events };
	}
	return count;
}

static void handle(struct vmhost *host, const struct pollfd *polled, struct vh_client **whose,
		   nfds_t count)
{
	eventfd_t ignored;

	if (polled[0].revents)
		eventfd_read(host->services->control.wake, &ignored);
	host->services->control.woken = false;
	for (nfds_t i = 2; i < count; i++) {
		if (polled[i].revents & (POLLHUP | POLLERR) ||
		    (polled[i].revents & POLLIN && !receive(host, whose[i])))
			drop_client(host, whose[i]);
	}
	if (polled[1].revents)
		accept_clients(host);
}

static void *run(void *data)
{
	struct pollfd polled[2 + CLIENTS_MAX];
	struct vh_client *whose[2 + CLIENTS_MAX];
	struct vmhost *host = data;
	struct vh_control *control = &host->services->control;

	vh_lock(host);
	while (!control->stopping) {
		/* At least once a second, because tests may let the host's clock jump. */
		double wait = fmin(1, fmax(0, serve(host) - vh_seconds(host)));
		nfds_t count = collect(control, polled, whose);
		int ready;

		vh_unlock(host);
		ready = poll(polled, count, ceil(wait * 1000));
		vh_lock(host);
		if (ready > 0)
			handle(host, polled, whose, count);
		else
			control->woken = false;
	}
	vh_unlock(host);
	return NULL;
}

bool vh_control_start(struct vmhost *host)
{
	struct vh_control *control = &host->services->control;
	const char *path = host->options.control;

	if (!path)
		return true;
	control->listener = listen_at(path);
	if (control->listener < 0) {
		fprintf(stderr, "vmhost: control=%s: %s\n", path, strerror(errno));
		return false;
	}
	control->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	control->running = true;
	if (control->wake >= 0 && !pthread_create(&control->thread, NULL, run, host))
		return true;
	fprintf(stderr, "vmhost: control=%s: no thread for it\n", path);
	control->running = false;
	close(control->listener);
	return false;
}

void vh_control_stop(struct vmhost *host)
{
	struct vh_control *control = &host->services->control;

	if (!control->running)
		return;
	vh_lock(host);
	control->stopping = true;
	control->woken = false;
	vh_control_wake(host);
	vh_unlock(host);
	pthread_join(control->thread, NULL);
	control->running = false;
	while (control->clients) {
		/* The thread may not have come to what was the last to happen. */
		vh_client_pump(host, control->clients);
		flush(control->clients);
		drop_client(host, control->clients);
	}
	unlink(host->options.control);
	close(control->listener);
	close(control->wake);
}
