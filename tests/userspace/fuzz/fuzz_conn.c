// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Whatever a host does on either way to it. The first byte says which: calls of the
 * backdoor, which get their registers from what follows, or a stream, which brings that in
 * pieces. No message is larger than we permit, and there is an end of it when the host says
 * no more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backdoor.h"
#include "conn.h"
#include "datamap.h"
#include "hosttime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_socket(int family, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);

static struct str input;
static int host_end;

static uint32_t take(size_t len)
{
	uint32_t value = 0;

	memcpy(&value, input.at, input.len < len ? input.len : len);
	input = str_skip(input, len);
	return value;
}

#define NOT_KNOWN 0xffu
#define ANOTHER 0xfeu

/*
 * Status, kind of the reply, and a value. Of the status two say that the call is not known,
 * or answered in another way; when nothing is left, none is known.
 */
void backdoor_call(struct backdoor_regs *regs)
{
	uint32_t status = input.len ? take(1) : NOT_KNOWN;

	regs->ax = status == NOT_KNOWN ? BACKDOOR_UNKNOWN : status == ANOTHER ? 1 : BACKDOOR_MAGIC;
	regs->cx = status == NOT_KNOWN ? 0 : status << 16;
	regs->dx = take(1) << 16;
	regs->bx = take(4);
	regs->si = regs->bx;
	regs->di = regs->cx;
}

uint16_t backdoor_transfer(const struct backdoor_hb *hb)
{
	uint16_t status = take(1);
	size_t len = input.len < hb->len ? input.len : hb->len;

	if (!hb->out && len) {
		memcpy(hb->data, input.at, len);
		input = str_skip(input, len);
	}
	return status;
}

bool backdoor_has_hb(void)
{
	return true;
}

int __wrap_socket(int family, int type, int protocol)
{
	int pair[2];

	(void)family;
	if (socketpair(AF_UNIX, type, protocol, pair))
		abort();
	host_end = pair[1];
	return pair[0];
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd;
	(void)address;
	(void)len;
	return 0;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return __wrap_bind(fd, address, len);
}

/* All that there is by now; false: the connection is dead. */
static bool look(struct conn *conn, size_t max)
{
	struct buf message = { 0 };
	int ret;

	while ((ret = conn_receive(conn, &message)) == 1) {
		if (message.len > max)
			abort();
	}
	buf_free(&message);
	return !ret;
}

static void backdoor(void)
{
	struct hosttime time;
	struct conn conn;

	hosttime_read(&time);
	while (input.len && !conn_backdoor(&conn, CONN_TCLO)) {
		conn_send(&conn, "OK answer", take(1) % 10);
		look(&conn, CHANNEL_RECEIVE_MAX);
		conn_close(&conn);
	}
}

static void stream(size_t piece)
{
	struct conn conn;

	if (conn_vsock(&conn, CONN_TCLO, CONN_ANY, 1))
		abort();
	do {
		struct str bytes = str_of(input.at, input.len < piece ? input.len : piece);

		input = str_skip(input, bytes.len);
		if (send(host_end, bytes.at, bytes.len, MSG_DONTWAIT) < 0)
			abort();
	} while (look(&conn, DATAMAP_MAX) && input.len);
	shutdown(host_end, SHUT_WR);
	if (look(&conn, DATAMAP_MAX))
		abort();
	conn_close(&conn);
	close(host_end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t way;

	if (!size)
		return 0;
	input = str_of(data, size);
	way = take(1);
	if (way & 1)
		stream(1 + way / 2);
	else
		backdoor();
	return 0;
}
