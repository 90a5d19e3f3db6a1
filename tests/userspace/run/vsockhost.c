// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * GuestRPC over streams: vsockhost.h. A thread a connection; the host's lock is held
 * whenever it is asked.
 */
#define _GNU_SOURCE
#include "vsockhost.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datamap.h"
#include "host.h"
#include "services.h"

/* What the host has for the guest is looked for this often. */
#define LOOK_MS	5

struct listener {
	int fd;
	unsigned int port;
	bool privileged;
};

static struct vmhost *host;
static bool privileged_only;

struct client {
	int fd;
	const struct listener *of;
	struct buf in;
};

bool vsockhost_address(unsigned int port, bool privileged, struct sockaddr_un *address)
{
	if (!host || (port != VSOCKHOST_TCLO && port != VSOCKHOST_RPCI))
		return false;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path + 1, VSOCKHOST_ADDRESS_LEN - 2, "vmr%07d%c%c", getpid(),
		 port == VSOCKHOST_TCLO ? 'T' : 'R', privileged ? 'p' : 'u');
	return true;
}

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* 1: a packet; 0: none within the time; -1: it is over. @packet lasts until the next call. */
static int receive(struct client *client, struct datamap *packet, int timeout, size_t *used)
{
	struct pollfd fd = { .fd = client->fd, .events = POLLIN };
	ssize_t n;
	char *to;

	buf_drop(&client->in, *used);
	*used = 0;
	for (;;) {
		n = datamap_parse(client->in.data, client->in.len, packet);
		if (n) {
			*used = n > 0 ? n : 0;
			return n > 0 ? 1 : -1;
		}
		if (poll(&fd, 1, timeout) == 0)
			return 0;
		to = buf_room(&client->in, 4096);
		n = to ? read(client->fd, to, 4096) : -1;
		if (n <= 0)
			return -1;
		client->in.len += n;
	}
}

static bool send_data(struct client *client, const struct vh_buf *data)
{
	struct datamap packet = { DATAMAP_DATA, str_of(data->data, data->len), false };
	struct buf out = { 0 };
	bool good;

	datamap_add(&out, &packet);
	good = send(client->fd, out.data, out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
	buf_free(&out);
	return good;
}

static void serve_rpci(struct client *client)
{
	struct vh_buf reply = { 0 };
	struct datamap packet;
	bool going = true;
	size_t used = 0;

	while (going && receive(client, &packet, -1, &used) == 1) {
		vh_buf_clear(&reply);
		vh_lock(host);
		if (privileged_only && !client->of->privileged)
			vh_buf_add(&reply, "0 Permission denied", 19);
		else
			vh_rpci(host, (const uint8_t *)packet.payload.at, packet.payload.len,
				&reply);
		vh_event(host, "vsock", "{s:b, s:b}", "privileged", client->of->privileged,
			 "fastClose", packet.fast_close);
		vh_unlock(host);
		going = send_data(client, &reply) && !packet.fast_close;
	}
	vh_buf_free(&reply);
}

/* One round: what came from the guest, then what there is for it. */
static bool serve_tclo_once(struct client *client, struct vh_buf *command, size_t *used)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct datamap packet;
	int got = receive(client, &packet, LOOK_MS, used);
	bool give;

	if (got < 0)
		return false;
	vh_lock(host);
	if (got && packet.type == DATAMAP_PING)
		vh_tools_sign(host);
	else if (got)
		vh_tclo_message(host, (const uint8_t *)packet.payload.at, packet.payload.len);
	vh_buf_clear(command);
	/* To poll would be a sign of life, which is the guest's to give. */
	give = !tclo->current && tclo->queue && vh_tclo_poll(host, command);
	vh_unlock(host);
	return !give || send_data(client, command);
}

static void serve_tclo(struct client *client)
{
	struct vh_buf command = { 0 };
	size_t used = 0;

	vh_lock(host);
	vh_tclo_opened(host);
	vh_unlock(host);
	while (serve_tclo_once(client, &command, &used))
		;
	vh_lock(host);
	vh_tclo_closed(host);
	vh_unlock(host);
	vh_buf_free(&command);
}

static void *serve(void *data)
{
	struct client *client = data;

	if (client->of->port == VSOCKHOST_RPCI)
		serve_rpci(client);
	else
		serve_tclo(client);
	close(client->fd);
	buf_free(&client->in);
	free(client);
	return NULL;
}

static void start(void *(*run)(void *), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, data))
		die("vmrun: a thread for vsock");
	pthread_detach(thread);
}

static void *accept_all(void *data)
{
	struct listener *listener = data;

	for (;;) {
		struct client *client = calloc(1, sizeof(*client));

		if (!client)
			die("vmrun: vsock");
		client->of = listener;
		client->fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
		if (client->fd < 0)
			die("vmrun: vsock");
		start(serve, client);
	}
	return NULL;
}

void vsockhost_start(struct vmhost *of, bool only)
{
	static struct listener listeners[] = {
		{ -1, VSOCKHOST_RPCI, true }, { -1, VSOCKHOST_RPCI, false },
		{ -1, VSOCKHOST_TCLO, true }, { -1, VSOCKHOST_TCLO, false },
	};

	host = of;
	privileged_only = only;
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		struct sockaddr_un address;

		vsockhost_address(listeners[i].port, listeners[i].privileged, &address);
		listeners[i].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (listeners[i].fd < 0 ||
		    bind(listeners[i].fd, (struct sockaddr *)&address, VSOCKHOST_ADDRESS_LEN) ||
		    listen(listeners[i].fd, 16))
			die("vmrun: vsock");
		start(accept_all, &listeners[i]);
	}
}
