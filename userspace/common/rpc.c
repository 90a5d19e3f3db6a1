// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Requests to the host: rpc.h.
 */
#include "rpc.h"

#include <errno.h>

#include "clock.h"

/* The host answers while it is asked; only one that is gone takes longer. */
#define TIMEOUT_MS	2000
#define PAUSE_MS	2000
#define PAUSE_MAX_MS	300000
/* On the backdoor the reply is there at once, or there is none. */
#define LOOKS		3

static int open_vsock(struct rpc *rpc)
{
	int ret;

	if (rpc->privilege == CONN_ANY || clock_ms(CLOCK_MONOTONIC) < rpc->vsock_after)
		return -ENODEV;
	ret = conn_vsock(&rpc->conn, CONN_RPCI, rpc->privilege, TIMEOUT_MS);
	if (ret) {
		rpc->vsock_pause = rpc->vsock_pause ? rpc->vsock_pause * 2 : PAUSE_MS;
		if (rpc->vsock_pause > PAUSE_MAX_MS)
			rpc->vsock_pause = PAUSE_MAX_MS;
		rpc->vsock_after = clock_ms(CLOCK_MONOTONIC) + rpc->vsock_pause;
		return ret;
	}
	rpc->vsock_pause = 0;
	rpc->conn.closing = rpc->once;
	return 0;
}

static int open_any(struct rpc *rpc)
{
	if (rpc->conn.ops || !open_vsock(rpc))
		return 0;
	/* What only root may have is not asked for as anybody. */
	if (rpc->privilege == CONN_ROOT)
		return -EACCES;
	return conn_backdoor(&rpc->conn, CONN_RPCI);
}

static int receive(struct rpc *rpc, struct buf *reply)
{
	int ret = 0;

	for (int i = 0; i < LOOKS && !ret; i++) {
		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		ret = conn_receive(&rpc->conn, reply);
		/* There it has been waited for. */
		if (!ret && rpc->conn.fd >= 0)
			break;
	}
	return ret ? ret : -ETIMEDOUT;
}

/* @delivered: the host may have acted, though it was not understood what it said */
static int exchange(struct rpc *rpc, struct str request, struct buf *reply, bool *delivered)
{
	int ret = open_any(rpc);

	*delivered = false;
	if (ret)
		return ret;
	ret = conn_send(&rpc->conn, request.at, request.len);
	if (!ret) {
		*delivered = true;
		ret = receive(rpc, reply);
	} else if (ret != -ENOTCONN) {
		*delivered = ret != -E2BIG;
	}
	if (ret < 0 || rpc->once)
		conn_close(&rpc->conn);
	return ret;
}

static const char *failure(int error)
{
	switch (error) {
	case -EACCES:
		return "Permission denied";
	case -E2BIG:
		return "the message is too long";
	case -ENODEV:
		return "the host has no channel for requests";
	case -EPROTO:
		return "the host's reply is not understood";
	case -ETIMEDOUT:
		return "the host does not reply";
	case -ENOMEM:
		return "out of memory";
	default:
		return "the channel to the host is broken";
	}
}

int rpc_call(struct rpc *rpc, struct str request, unsigned int flags, struct buf *reply)
{
	struct str result;
	bool delivered;
	int ret = exchange(rpc, request, reply, &delivered);

	/*
	 * A kept channel may have died with the host that it was on. Asking again is
	 * right if nothing was delivered, or if delivering it twice does no harm.
	 */
	if (ret < 0 && ret != -EACCES && ret != -E2BIG && ret != -ENODEV &&
	    (!delivered || flags & RPC_REPEAT))
		ret = exchange(rpc, request, reply, &delivered);
	if (ret > 0)
		ret = rpc_verdict(str_of(reply->data, reply->len), &result);
	if (ret >= 0) {
		buf_drop(reply, 2);
		return ret;
	}
	buf_clear(reply);
	buf_str(reply, failure(ret));
	return ret;
}

void rpc_reset(struct rpc *rpc)
{
	conn_close(&rpc->conn);
	rpc->vsock_after = 0;
	rpc->vsock_pause = 0;
}

void rpc_close(struct rpc *rpc)
{
	conn_close(&rpc->conn);
}
