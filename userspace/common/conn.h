/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A connection that carries messages: requests to the host and their replies, or its
 * commands and our answers. What carries them is a channel of the backdoor or a vsock
 * stream; whoever has a connection need not know which.
 *
 * Specification: backdoor and GuestRPC §5.3, §8, §9.
 */
#ifndef VMGUEST_CONN_H
#define VMGUEST_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "channel.h"

enum conn_purpose {
	CONN_RPCI,	/* we ask */
	CONN_TCLO,	/* the host asks */
};

enum conn_privilege {
	CONN_ANY,		/* nobody in particular asks */
	CONN_PREFER_ROOT,	/* as the guest's root, if that can be had */
	CONN_ROOT,		/* as the guest's root, or not at all: -EACCES */
};

struct conn;

struct conn_ops {
	const char *name;
	int (*send)(struct conn *conn, const void *data, size_t len);
	int (*receive)(struct conn *conn, struct buf *message);
	void (*close)(struct conn *conn);
};

/* Zeroed is closed. */
struct conn {
	const struct conn_ops *ops;
	int fd;			/* readable when a message comes; -1: has to be polled */
	bool privileged;	/* the host takes us for the guest's root */
	bool closing;		/* one request is sent, and the host told that no other follows */
	struct channel channel;	/* backdoor */
	unsigned int patience;	/* vsock: longest wait of a call, ms; 0: none, we are asked */
	struct buf pending;	/* vsock: what has arrived of the next packet */
};

/* conn_backdoor() - after detect(); -ENODEV: the host has no channel for us */
int conn_backdoor(struct conn *conn, enum conn_purpose purpose);
/*
 * conn_vsock() - -ENODEV: this host or kernel has no such thing; -EACCES: see CONN_ROOT
 * Waits for the connection at most @timeout_ms, and about as long in each conn_receive() of
 * an RPCI connection, whatever comes meanwhile. A TCLO connection does not block.
 */
int conn_vsock(struct conn *conn, enum conn_purpose purpose, enum conn_privilege privilege,
	       unsigned int timeout_ms);

/*
 * conn_send() - one message; an empty one says only that we are alive
 * -ENOTCONN: the host has got nothing of it. After any error the connection is dead.
 */
int conn_send(struct conn *conn, const void *data, size_t len);
/*
 * conn_receive() - puts a message into @message, which is emptied first
 * 1: there is one; 0: not yet; -E2BIG, -ENOMEM: it was refused; otherwise dead. On a TCLO
 * connection 0 may leave something to read: ->fd is then readable still.
 */
int conn_receive(struct conn *conn, struct buf *message);
/* conn_close() - also a closed one */
void conn_close(struct conn *conn);

#endif
