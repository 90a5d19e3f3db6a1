// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Connections that carry messages, and those over the backdoor: conn.h. Those over
 * vsock are in vsock.c.
 */
#include "conn.h"

#include <errno.h>

#include <vmw/backdoor_dev.h>

static int backdoor_send(struct conn *conn, const void *data, size_t len)
{
	return channel_send(&conn->channel, data, len);
}

static int backdoor_receive(struct conn *conn, struct buf *message)
{
	return channel_receive(&conn->channel, message);
}

static void backdoor_close(struct conn *conn)
{
	channel_close(&conn->channel);
}

static const struct conn_ops backdoor_ops = {
	.name = "backdoor",
	.send = backdoor_send,
	.receive = backdoor_receive,
	.close = backdoor_close,
};

int conn_backdoor(struct conn *conn, enum conn_purpose purpose)
{
	struct channel channel;
	int ret = channel_open(&channel, purpose == CONN_RPCI ? BACKDOOR_PROTO_RPCI :
			       BACKDOOR_PROTO_TCLO);

	if (ret)
		return ret;
	*conn = (struct conn){ .ops = &backdoor_ops, .fd = -1, .channel = channel };
	return 0;
}

int conn_send(struct conn *conn, const void *data, size_t len)
{
	return conn->ops ? conn->ops->send(conn, data, len) : -ENOTCONN;
}

int conn_receive(struct conn *conn, struct buf *message)
{
	buf_clear(message);
	return conn->ops ? conn->ops->receive(conn, message) : -ENOTCONN;
}

void conn_close(struct conn *conn)
{
	if (conn->ops)
		conn->ops->close(conn);
	*conn = (struct conn){ 0 };
}
